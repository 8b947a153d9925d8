"""A picture that was enhanced before comes with its result, and is not paid for again by accident."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.errors import Code
from topazdesk.ui.models.picture import Section
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.shell.window import Window


async def _enhanced(session: WindowSession, count: int) -> dict[str, Path]:
    """Press the button for all pictures, `count` of them. Returns their results by their names."""
    await until(lambda: len(session.pricing.held_all.plan.startable) == count, "the button")
    session.enhance(session.pricing.held_all.plan)
    await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == count, "finished")
    results: dict[str, Path] = {}
    for picture in session.library.pictures.pictures():
        assert picture.result is not None
        assert picture.result.result is not None
        results[picture.name] = picture.result.result
    return results


def test_dropped_again_after_the_list_was_lost_it_is_finished(qapp: QApplication, tmp_path: Path) -> None:
    """Jobs of the command line were unknown to the list: the button offered to pay for the same picture once more."""
    names = ("same.jpg", "changed.jpg", "gone.jpg")
    paths = [tmp_path / name for name in names]
    for place, path in enumerate(paths):
        path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=place))
    results: dict[str, Path] = {}

    async def first(window: Window) -> None:
        session = session_of(window)
        results.update(await _enhanced(session, 3))
        session.library.remove([p.id for p in session.library.pictures.pictures()])

    async def second(window: Window) -> None:
        session = session_of(window)
        drop(window.viewer.empty, *paths)
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "the earlier result")
        await quiet(window)
        (finished,) = session.library.pictures.in_section(Section.FINISHED)
        assert finished.name == "same.jpg"
        assert finished.job is not None
        assert finished.job.state is JobState.DONE
        assert [p.name for p in session.library.pictures.in_section(Section.TODO)] == ["changed.jpg", "gone.jpg"]
        await until(lambda: len(session.pricing.held_all.plan.startable) == 2, "two left to enhance")
        assert [n.title for n in window.notices.shown()] == ["same.jpg was enhanced before"]
        session.library.again([finished.id])
        assert len(session.library.pictures.in_section(Section.TODO)) == 3

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        live(qapp, profile, first, *paths)
        paths[1].write_bytes(encode(FileFormat.JPEG, 120, 80, seed=3))
        results["gone.jpg"].unlink()
        live(qapp, profile, second)
        assert len(sandbox.rows("jobs")) == 3


def test_a_copy_is_the_same_picture_and_a_result_in_a_folder_is_none(qapp: QApplication, tmp_path: Path) -> None:
    """In the window a picture was known by its path alone: a renamed copy, the same bytes twice, and the program's own
    results in the folder were paid for once more."""
    folder = tmp_path / "in"
    folder.mkdir()
    first, twin = folder / "a.jpg", folder / "copy of a.jpg"
    for path in (first, twin):
        path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=1))

    async def both(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(session.pricing.held_all.plan.startable) == 2, "the button")
        levels: list[str] = []
        session.made_once.connect(lambda _: levels.extend(notice.kind for notice in window.notices.shown()))
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "one job, two pictures")
        assert levels == ["info"], "a copy that costs nothing is no error"
        assert len({picture.job.id for picture in session.library.pictures.pictures() if picture.job}) == 1
        told = {notice.title: notice.kind for notice in window.notices.shown()}
        assert told["copy of a.jpg is the same picture as a.jpg"] == "info"
        assert "copy of a.jpg is being enhanced already" not in told, "it is over"
        session.library.remove([p.id for p in session.library.pictures.pictures()])

    async def dropped(window: Window) -> None:
        session = session_of(window)
        intake = session.library.intake
        drop(window.viewer.empty, folder)  # with the result, and the picture renamed
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "known by their content")
        await until(lambda: bool(intake.refused), "the result is left out")
        await quiet(window)
        assert [each.code for each in intake.refused] == [Code.INPUT_OWN_RESULT]
        assert session.library.pictures.in_section(Section.TODO) == []
        result = intake.refused[0].path
        session.library.add([result])  # by itself it is taken
        await until(lambda: len(session.library.pictures.in_section(Section.TODO)) == 1, "the result as a picture")
        await quiet(window)
        assert session.library.pictures.in_section(Section.TODO)[0].path == result
        # Enhance again is one click, and pays.
        finished = session.library.pictures.in_section(Section.FINISHED)[0]
        session.library.again([finished.id])
        session.library.remove([session.library.pictures.at(result).id])  # type: ignore[union-attr]
        await until(lambda: len(session.pricing.held_all.plan.startable) == 1, "again")
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: len(sandbox.rows("jobs")) == 2, "made anew")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        live(qapp, profile, both, first, twin)
        assert len(sandbox.rows("jobs")) == 1
        first.rename(folder / "renamed.jpg")
        live(qapp, profile, dropped)


def test_a_copy_with_settings_of_its_own_still_waits_for_them(qapp: QApplication, tmp_path: Path) -> None:
    """It was called done with the other file's result, of half the size, while its own settings said four times."""
    first, twin, same = (tmp_path / name for name in ("a.jpg", "twin.jpg", "same.jpg"))
    for path in (first, twin, same):
        path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=1))

    async def story(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(session.pricing.held_all.plan.startable) == 3, "the button")
        common, pricing = session.pricing.recipe.recipe, session.pricing
        at = {picture.name: picture for picture in session.library.pictures.pictures()}
        larger = replace(common, output=replace(common.output, size=OutputSize.scale(4)))
        pricing.own.paste(larger, [at["twin.jpg"]])
        pricing.own.paste(common, [at["same.jpg"]])
        pricing.recipes_given()
        window.pictures.view.choose([at["a.jpg"].id], at["a.jpg"].id)
        await until(lambda: session.pricing.plan.startable == (at["a.jpg"].id,), "one meant")
        session.enhance(session.pricing.plan)
        await until(lambda: at["same.jpg"].section is Section.FINISHED, "the copy with the same settings")
        await quiet(window)
        assert at["twin.jpg"].section is Section.TODO
        await until(lambda: session.pricing.held_all.plan.ids == (at["twin.jpg"].id,), "only the twin waits")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        live(qapp, profile, story, first, twin, same)
        assert len(sandbox.rows("jobs")) == 1


def test_results_dropped_with_other_files_are_left_out_and_added_by_a_click(qapp: QApplication, tmp_path: Path) -> None:
    """Who selects all files of a folder and drops them paid for the program's own results, which counted as named."""
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for place, path in enumerate(paths):
        path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=place))
    moved: list[Path] = []

    async def story(window: Window) -> None:
        session = session_of(window)
        results = await _enhanced(session, 2)
        moved.extend(result.rename(tmp_path / f"renamed {name}") for name, result in results.items())
        new = tmp_path / "new.jpg"
        new.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=7))
        drop(window.pictures, new, *moved)
        said = "2 earlier results left out"
        await until(lambda: said in [each.title for each in window.notices.shown()], "said")
        await until(lambda: len(session.library.pictures) == 3, "the new one is in the list")
        await quiet(window)
        (notice,) = [each for each in window.notices.shown() if each.subject == "results left out"]
        assert [button.label() for button in notice.buttons] == ["Add anyway"]
        assert {each.path for each in session.library.intake.refused} == set(moved)
        assert window.commands["refused"].isEnabled()
        notice.buttons[0].click()
        await until(lambda: len(session.pricing.held_all.plan.startable) == 3, "added anyway")
        await quiet(window)
        assert not window.notices.is_told("results left out")
        assert session.library.intake.refused == [], "nothing is listed as skipped that is in the list"

    async def later(window: Window) -> None:
        await until(lambda: len(session_of(window).library.pictures) == 5, "the list is as it was left")
        await quiet(window)
        assert not window.notices.is_told("results left out")

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        live(qapp, profile, story, *paths)
        live(qapp, profile, later)


def test_a_result_is_recognised_at_the_click_too(qapp: QApplication, tmp_path: Path) -> None:
    """A file may become a result, or be recognised as one, only after its header was read: the click looks again."""
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=1))

    async def story(window: Window) -> None:
        session = session_of(window)
        await until(lambda: len(session.pricing.held_all.plan.startable) == 1, "the button")
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "finished")
        job = session.library.pictures.pictures()[0].result
        assert job is not None
        assert job.result is not None
        result = job.result.read_bytes()
        other, third = tmp_path / "other.jpg", tmp_path / "third.jpg"
        small = encode(FileFormat.JPEG, 120, 80, seed=2)
        other.write_bytes(small + bytes(len(result) - len(small)))
        third.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=3))
        drop(window.pictures, other, third)
        await until(lambda: len(session.pricing.held_all.plan.startable) == 2, "two to enhance")
        await quiet(window)
        other.write_bytes(result)
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: window.notices.is_told("results left out"), "said")
        await until(lambda: not session.starting, "started")
        assert session.library.pictures.at(other) is None
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "the other is enhanced")
        assert len(sandbox.rows("jobs")) == 2

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        live(qapp, profile, story, path)
