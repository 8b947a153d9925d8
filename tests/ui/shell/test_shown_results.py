"""All results of a picture: one side steps through them, each can be marked, and they are found by content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.fake_context import job_of, known
from tests.support.pictures import encode
from tests.support.window import jpeg, live, profile_with_sandbox, quiet, session_of, until
from tests.ui.shell.conftest import Stage
from topazdesk.app.settings import Settings
from topazdesk.domain.draft import draft
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState, Verdict
from topazdesk.domain.recipe import OnConflict
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.shell.shown_results import ShownResults
from topazdesk.ui.shell.window import Window
from topazdesk.ui.viewer.modes import FADE, GRID
from topazdesk.ui.viewer.side import CELLS, Side


def only(window: Window) -> Picture:
    (picture,) = session_of(window).library.pictures.pictures()
    return picture


async def enhanced(window: Window, slug: str) -> None:
    """Enhance the only picture with a model, again if it was before."""
    session = session_of(window)
    picture = only(window)
    if picture.section is Section.FINISHED:
        session.library.again([picture.id])
    model = session.context.catalogue.by_slug(session.pricing.recipe.recipe.service, slug)
    assert model is not None
    session.pricing.recipe.set_model(model)
    await until(lambda: session.pricing.held_all.plan.startable == (picture.id,), "the button")
    session.enhance(session.pricing.held_all.plan)
    await until(lambda: picture.section is Section.PROGRESS, "the start")
    await until(lambda: picture.section is Section.FINISHED, "the result")


def sides(window: Window) -> list[str]:
    """The words on the labels: what is compared with what."""
    shown = window.viewer.view.stage.pairs.shown
    return [shown.word(side) for side in Side if side in shown.paths]


async def compared(window: Window, *words: str) -> None:
    await until(lambda: sides(window) == list(words), f"{words}, not {sides(window)}")


def test_a_picture_that_is_read_after_its_result_is_known_has_all_of_them(stage: Stage, tmp_path: Path) -> None:
    """After a start on a slow disk only its newest result could be looked at, and the 2 × 2 was gone."""
    (picture,) = known(stage.session, (1500, 1000))
    info, pricing, library = picture.info, stage.session.pricing, stage.session.library
    assert info is not None
    done = job_of(draft(info, pricing.recipe.model, pricing.recipe.recipe), "job-1", JobState.DONE)
    picture.job = picture.result = replace(done, result=jpeg(tmp_path / "out", "result.jpg"))
    picture.info = None
    stage.window.pictures.view.choose([picture.id], picture.id)
    library.current_changed.emit()
    assert "results of the picture" not in stage.spawned.names()
    picture.info = info
    for _ in range(2):
        library.current_changed.emit()
    assert stage.spawned.names().count("results of the picture") == 1


def test_a_result_that_was_replaced_is_no_result_to_step_to(qapp: QApplication, tmp_path: Path) -> None:
    """ "1 of 2" and "2 of 2" were one file, the newer one."""
    path = tmp_path / "portrait.jpg"
    path.write_bytes(encode(FileFormat.JPEG, 120, 80))

    async def story(window: Window) -> None:
        recipe = session_of(window).pricing.recipe
        output = recipe.recipe.output
        recipe.set_output(replace(output, on_conflict=OnConflict.OVERWRITE, format=FileFormat.TIFF))
        await enhanced(window, "standard-2")
        await compared(window, "Before", "After")
        first = only(window).result
        await enhanced(window, "standard-2")
        second = only(window).result
        assert first is not None
        assert second is not None
        assert (first.result, first.result_bytes) == (second.result, second.result_bytes)
        assert first.id != second.id
        await quiet(window)
        await compared(window, "Before", "After")
        assert not window.viewer.result.later.isVisible(), "there is nothing to step to"
        await enhanced(window, "high-fidelity-2")
        await compared(window, "Before", "2 of 2 · High Fidelity 2")

    async def after_a_restart(window: Window) -> None:
        await until(lambda: only(window).result is not None, "restored")
        await quiet(window)
        await compared(window, "Before", "2 of 2 · High Fidelity 2")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, path) == []
        assert live(qapp, profile, after_a_restart) == []


def test_one_side_steps_and_marks_stay_with_the_content(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "portrait.jpg"
    path.write_bytes(encode(FileFormat.JPEG, 120, 80))

    async def first(window: Window) -> None:
        strip, run = window.viewer.result, window.commands.run
        await enhanced(window, "standard-2")
        await compared(window, "Before", "After")
        assert strip.keep.isVisible()
        assert not strip.later.isVisible(), "there is nothing to step to"
        await enhanced(window, "high-fidelity-2")
        await enhanced(window, "low-resolution-2")
        await compared(window, "Before", "3 of 3 · Low Resolution 2")
        run("next_result")
        await compared(window, "Before", "1 of 3 · Standard 2")
        assert strip.place.text() == "1 of 3"
        assert "standard-2" in strip.name.text()
        run("next_before")
        await compared(window, "2 of 3 · High Fidelity 2", "1 of 3 · Standard 2")
        run("next_result")
        await compared(window, "2 of 3 · High Fidelity 2", "3 of 3 · Low Resolution 2")
        run("previous_before")
        await compared(window, "1 of 3 · Standard 2", "3 of 3 · Low Resolution 2")
        window.commands.run("fade")
        fader = window.viewer.view.fade_bar
        assert [end.text() for end in fader.ends] == ["Standard 2", "Low Resolution 2"], "no before and after"
        assert fader.slider.accessibleName() == "Fade from Standard 2 to Low Resolution 2"
        window.commands.run("fade")
        run("previous_before")
        await compared(window, "Before", "3 of 3 · Low Resolution 2")
        run("reject")
        await until(strip.reject.isChecked, "the mark")
        run("next_result")
        await compared(window, "Before", "1 of 3 · Standard 2")
        run("keep")
        await until(strip.keep.isChecked, "the mark")
        picture = only(window)
        assert picture.verdict is Verdict.KEPT
        run("undo")
        await until(lambda: picture.verdict is Verdict.REJECTED, "the mark to be taken back")
        assert not strip.keep.isChecked()
        run("redo")
        await until(lambda: picture.verdict is Verdict.KEPT, "the mark to be there again")
        run("keep")
        await until(lambda: picture.verdict is Verdict.REJECTED, "the same mark to take it back")
        run("keep")
        await until(lambda: picture.verdict is Verdict.KEPT, "the mark")
        window.pictures.filter.setText("rejected")
        assert window.library.pictures.shown_ids() == []
        window.pictures.filter.setText("kept")
        assert window.library.pictures.shown_ids() == [picture.id]
        window.pictures.filter.clear()
        await session_of(window).context.engine.forget_over()
        session_of(window).library.remove([picture.id])

    async def second(window: Window) -> None:
        await until(lambda: only(window).section is Section.FINISHED, "the earlier result")
        picture = only(window)
        await until(lambda: len(picture.verdicts) == 3, "all results")
        assert picture.name == "renamed.jpg"
        assert picture.verdict is Verdict.KEPT
        await compared(window, "Before", "3 of 3 · Low Resolution 2")
        assert window.viewer.result.reject.isChecked()
        stage = window.viewer.view.stage
        stage.set_mode(GRID)  # all that there are, also those that were found after the newest one
        await compared(window, "Original", "Standard 2", "High Fidelity 2", "Low Resolution 2")
        assert stage.mode is GRID
        strip = window.viewer.result
        stage.cells.choose(CELLS[0])
        await until(
            lambda: strip.path == picture.path, "the line to be about the picture itself, not its newest result"
        )
        assert (strip.state.text(), strip.name.text()) == ("Original", "renamed.jpg")
        window.viewer.take_keys()
        window.commands.run("copy_path")
        assert QGuiApplication.clipboard().text() == str(picture.path)
        stage.cells.choose(CELLS[3])
        await until(window.viewer.result.reject.isChecked, "the mark of the chosen cell")
        assert (strip.state.text(), strip.path) == ("Saved", strip.shown)
        # The list takes digits as text, but not these while there are cells.
        window.pictures.view.setFocus()
        QTest.keyClick(window.pictures.view, Qt.Key.Key_2)
        assert stage.cells.chosen is CELLS[1]
        window.pictures.filter.setFocus()
        QTest.keyClick(window.pictures.filter, Qt.Key.Key_3)
        assert (window.pictures.filter.text(), stage.cells.chosen) == ("3", CELLS[1]), "a field keeps what is typed"
        window.pictures.filter.clear()
        stage.cells.choose(CELLS[3])
        await compared(window, "Original", "Standard 2", "High Fidelity 2", "Low Resolution 2")
        QTest.keyClick(window.viewer.view, Qt.Key.Key_Escape)
        await until(lambda: not stage.mode.is_grid, "Escape to lead back")
        stage.choose(GRID)
        await compared(window, "Original", "Standard 2", "High Fidelity 2", "Low Resolution 2")
        stage.cells.compare_wanted.emit(CELLS[1], CELLS[3])
        await compared(window, "1 of 3 · Standard 2", "3 of 3 · Low Resolution 2")
        stage.choose(GRID)
        await compared(window, "Original", "Standard 2", "High Fidelity 2", "Low Resolution 2")
        stage.choose(GRID)
        await until(lambda: stage.mode is not GRID, "the mode before")
        while sides(window)[0] != "Before":
            window.commands.run("previous_before")
            await until(lambda: not stage.pairs.is_loading, "the file")
        window.commands.run("next_result")
        await compared(window, "Before", "1 of 3 · Standard 2")
        assert window.viewer.result.keep.isChecked()
        window.commands.run("reject")
        await until(lambda: picture.verdict is Verdict.REJECTED, "a mark on what was cleared from the queue")

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        live(qapp, profile, first, path)
        (tmp_path / "elsewhere").mkdir()
        moved = path.rename(tmp_path / "elsewhere" / "renamed.jpg")
        live(qapp, profile, second, moved)


def test_the_line_below_the_viewer_is_about_the_picture_in_it(qapp: QApplication, tmp_path: Path) -> None:
    """It named the result of the picture looked at before, and Show in folder opened that one's folder."""
    paths = [tmp_path / f"{letter}.jpg" for letter in "ab"]
    for place, path in enumerate(paths):
        path.write_bytes(encode(FileFormat.JPEG, 120, 80, seed=place))

    async def story(window: Window) -> None:
        session, strip = session_of(window), window.viewer.result
        await until(lambda: len(session.pricing.held_all.plan.startable) == 2, "the button")
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "the results")
        await quiet(window)
        view, seen = window.pictures.view, set()
        for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Up):
            QTest.keyClick(view, key)
            picture = session.library.picture
            assert picture is not None
            assert picture.result is not None
            await compared(window, "Before", "After")
            assert strip.path == picture.result.result
            assert strip.name.text().startswith(picture.path.stem)
            seen.add(picture.id)
        assert len(seen) == 2

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, story, *paths)


def test_the_2_by_2_is_there_again_at_the_next_start(qapp: QApplication, tmp_path: Path) -> None:
    """Pictures with one result keep the mode before, and what stands in the cells is what was put there."""
    path = tmp_path / "portrait.jpg"
    path.write_bytes(encode(FileFormat.JPEG, 120, 80))

    async def first(window: Window) -> None:
        stage = window.viewer.view.stage
        for slug in ("standard-2", "high-fidelity-2"):
            await enhanced(window, slug)
        await compared(window, "Before", "2 of 2 · High Fidelity 2")
        stage.choose(FADE)
        stage.choose(GRID)
        await compared(window, "Original", "Standard 2", "High Fidelity 2")
        stage.cells.choose(CELLS[1])
        window.findChild(ShownResults)._put_in_cell(CELLS[2], 0)  # type: ignore[union-attr]  # as its menu does
        await compared(window, "High Fidelity 2", "Standard 2", "Original")

    async def second(window: Window) -> None:
        stage = window.viewer.view.stage
        await compared(window, "High Fidelity 2", "Standard 2", "Original")
        assert stage.mode is GRID
        assert stage.pairs.shown.origin is CELLS[2]
        stage.choose(FADE)
        await until(lambda: stage.mode is FADE, "the fade")

    async def third(window: Window) -> None:
        stage = window.viewer.view.stage
        await until(lambda: stage.compares_now and not stage.pairs.is_loading, "the pictures")
        assert stage.mode is FADE

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, first, path)
        assert Settings.load(profile / "settings.toml").compare_mode == "grid"
        live(qapp, profile, second)
        live(qapp, profile, third)


def test_a_file_that_is_gone_is_said_as_long_as_it_is_looked_at(qapp: QApplication, tmp_path: Path) -> None:
    """ "The file is not there" stood above other pictures, and above the same one after it was put back."""
    paths = [jpeg(tmp_path / "in", name) for name in ("a.jpg", "b.jpg")]

    async def story(window: Window) -> None:
        await until(lambda: len(window.library.pictures) == len(paths), "the pictures")
        await quiet(window)
        looked_at = window.library.picture
        assert looked_at is not None
        other = next(each for each in window.library.pictures.pictures() if each is not looked_at)
        await until(lambda: other.info is not None, "it was read")
        other.path.unlink()
        window.pictures.view.choose([other.id], other.id)
        await until(lambda: [each.title for each in window.notices.shown()] == ["The file is not there"], "the notice")
        window.pictures.view.choose([looked_at.id], looked_at.id)
        await until(lambda: window.notices.shown() == [], "gone with the picture")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story, *paths) == []
