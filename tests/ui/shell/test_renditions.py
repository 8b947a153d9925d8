"""Several sizes and formats of pictures in one run, in the window, against a real sandbox process."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.encoded import jpeg_quality
from tests.support.window import (
    drop,
    jpeg,
    live,
    no_environment,
    profile_with_sandbox,
    quiet,
    session_of,
    settings,
    sheet,
    until,
)
from topazdesk.app.run_file import RunTerms
from topazdesk.domain.account import Account
from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.confirm_spending import ConfirmSpending
from topazdesk.ui.models.picture import Section
from topazdesk.ui.recipe.renditions_sheet import RenditionsSheet
from topazdesk.ui.shell.window import Window
from topazdesk.ui.shell.workspace import Workspace

__all__ = ["no_environment"]

_FOUR = OutputSize.scale(4)


def test_two_pictures_in_two_sizes_and_two_formats_are_four_paid_results_and_their_copies(
    qapp: QApplication, tmp_path: Path
) -> None:
    """What the sheet says is what is charged. A second press starts nothing, and what is there is never paid again."""
    one, two = jpeg(tmp_path / "in", "one.jpg", 240), jpeg(tmp_path / "in", "two.jpg", 300)
    charged: list[int] = []

    async def several(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, one, two)
        await until(lambda: window.footer.all_button.label() == "Both · 2 credits", "button")
        window.pictures.view.selectAll()
        await until(lambda: session.pricing.held_all.plan.is_confirmed, "the service's own price")
        window.commands.run("renditions")
        asked = await sheet(window, RenditionsSheet)
        assert [box.isChecked() for box in asked.sizes.values()] == [False, True, False, False]
        assert asked.formats[None].isChecked()
        await until(lambda: asked.start.label() == "Make 2 results · 2 credits", "what the main button means")
        asked.sizes[_FOUR].click()
        asked.formats[FileFormat.PNG].click()
        await until(lambda: asked.start.label().startswith("Make 4 results · "), "each size is paid once")
        await until(asked.start.isEnabled, "what is there is known")
        await until(lambda: "about" not in asked.start.label(), "the service's own price of each size")
        plan = session.pricing.plan
        assert len(plan.ids) == 2, "the list means what it meant before"
        price = int(asked.start.label().removeprefix("Make 4 results · ").removesuffix(" credits"))
        charged.append(price)
        assert [(line.name, "free" in line.note) for line in asked.choice.lines()][:4] == [
            ("one_standard-2_2x.png", False),
            ("one_standard-2_2x.jpg", True),
            ("one_standard-2_4x.png", False),
            ("one_standard-2_4x.jpg", True),
        ]
        assert asked.choice.lines()[1].note == "from the PNG · free"
        assert asked.total.text() == f"4 results · {price} credits · 4 copies made here, free"
        assert "the best is paid for" in asked.said.text()
        await quiet(window)
        QTest.mouseDClick(asked.start, Qt.MouseButton.LeftButton)
        asked.start.click()
        pictures = session.library.pictures
        await until(lambda: len(pictures.in_section(Section.FINISHED)) == 2, "both done")
        assert window.notices.toasted is not None
        assert window.notices.toasted.title == "4 results of 2 pictures are done"
        assert {job.state for picture in pictures.pictures() for job in picture.jobs} == {JobState.DONE}
        assert [len(picture.jobs) for picture in pictures.pictures()] == [2, 2]
        assert len({job.run_id for picture in pictures.pictures() for job in picture.jobs}) == 1
        await until(lambda: session.pricing.available == 500 - price, "paid")
        await until(lambda: "2" in window.viewer.result.place.text(), "the viewer steps through both")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, several) == []
        results = {path.name for path in (tmp_path / "in").iterdir()} - {"one.jpg", "two.jpg"}
        assert results == {
            f"{name}_standard-2_{size}.{kind}"
            for name in ("one", "two")
            for size in ("2x", "4x")
            for kind in ("jpg", "png")
        }
        assert len(sandbox.rows("jobs")) == 4
        assert sum(row["credits"] for row in sandbox.rows("jobs")) == charged[0]

        async def once_more(window: Window) -> None:
            session = session_of(window)
            pictures = session.library.pictures
            await until(lambda: len(pictures.in_section(Section.FINISHED)) == 2, "restored")
            assert [len(picture.jobs) for picture in pictures.pictures()] == [2, 2]
            window.pictures.view.selectAll()
            window.commands.run("renditions")
            asked = await sheet(window, RenditionsSheet)
            asked.sizes[_FOUR].click()
            await until(lambda: "4 results are there already" in asked.said.text(), "what is there is free")
            assert not asked.start.isEnabled()
            (tmp_path / "in" / "two_standard-2_4x.jpg").unlink()
            asked.formats[FileFormat.TIFF].click()
            await until(lambda: asked.start.label().startswith("Make 4 results · "), "what holds more is to be paid")
            asked.formats[FileFormat.TIFF].click()
            await until(lambda: asked.start.label() == "Make 1 copy · free", "it is made of what is there")
            assert (asked.start.isEnabled(), asked.start.cost) == (True, "free")
            asked.start.click()
            await until((tmp_path / "in" / "two_standard-2_4x.jpg").is_file, "made")
            await until(lambda: window.notices.is_told("copies"), "said")

        assert live(qapp, profile, once_more) == []
        assert len(sandbox.rows("jobs")) == 4


def test_many_results_of_a_model_that_changes_pictures_are_confirmed_like_a_batch(
    qapp: QApplication, tmp_path: Path
) -> None:
    """It is the question of the main button, about all results; the limit for a run holds, too."""

    async def story(window: Window) -> None:
        session = session_of(window)
        session.context.keys.remember(Account(ServiceName.TOPAZ), sandbox.key)
        session.pricing.set_service(ServiceName.TOPAZ)
        session.pricing.recipe.set_model(session.pricing.recipe.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
        drop(window.pictures, *(jpeg(tmp_path / "in", f"{n}.jpg", 200 + n) for n in range(4)))
        await until(
            lambda: len(session.pricing.held_all.plan.ids) == 4 and session.pricing.available == 500, "four priced"
        )
        window.pictures.view.selectAll()

        async def twelve() -> RenditionsSheet:
            window.commands.run("renditions")
            asked = await sheet(window, RenditionsSheet)
            for box in asked.formats.values():
                box.setChecked(True)
            for box in asked.sizes.values():
                box.setChecked(box in list(asked.sizes.values())[:3])
            await until(lambda: asked.start.label() == "Make 12 results · 12 credits", "each size once, in all formats")
            await until(lambda: asked.start.isEnabled() and asked.start.cost == "money", "it may be pressed")
            return asked

        (await twelve()).start.click()
        dialog = await sheet(window, ConfirmSpending)
        assert dialog.windowTitle() == "Enhance 12 results of 4 pictures for 12 credits?"
        dialog.reject()
        await quiet(window)
        assert sandbox.rows("jobs") == []
        (await twelve()).start.click()
        (await sheet(window, ConfirmSpending)).one.click()
        finished = session.library.pictures.in_section
        await until(lambda: len(finished(Section.FINISHED)) == 1, "one is done")
        assert len(sandbox.rows("jobs")) == 1
        session.set_terms(RunTerms(budget=3))
        window.pictures.view.selectAll()
        window.commands.run("renditions")
        asked = await sheet(window, RenditionsSheet)
        for box in asked.formats.values():
            box.setChecked(True)
        for box in list(asked.sizes.values())[:3]:
            box.setChecked(True)
        await until(lambda: asked.start.label() == "Make 3 of 9 results · 3 credits", "a part")
        assert "3 of 9 results" in asked.said.text()
        asked.start.click()
        (await sheet(window, ConfirmSpending)).all.click()
        await until(lambda: len(sandbox.rows("jobs")) == 4, "as much as the limit allows")
        await until(lambda: not window.library.queue.active, "over")
        assert len(sandbox.rows("jobs")) == 4

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        settings(profile, topaz_url=sandbox.url)
        assert live(qapp, profile, story) == []


def test_a_restart_a_cancelled_size_and_one_more_try_leave_the_picture_with_all_its_results(
    qapp: QApplication, tmp_path: Path
) -> None:
    """The picture is in progress until the last of its results is, whichever program shows it."""

    def jobs_of(window: Window) -> list[Job]:
        (picture,) = session_of(window).library.pictures.pictures()
        return sorted(picture.jobs, key=lambda job: job.position)

    async def start(window: Window) -> None:
        session = session_of(window)
        session.pause(True)
        await until(lambda: window.library.queue.paused, "paused")
        drop(window.pictures, jpeg(tmp_path / "in", "one.jpg"))
        await until(lambda: len(session.pricing.plan.ids) == 1, "priced")
        window.commands.run("renditions")
        asked = await sheet(window, RenditionsSheet)
        asked.sizes[_FOUR].click()
        await until(lambda: asked.start.isEnabled() and asked.start.label().startswith("Make 2 "), "two results")
        QTest.keyClick(asked.start, Qt.Key.Key_Space)
        await until(lambda: window.library.queue.active == 2, "both wait")

    async def go_on(window: Window) -> None:
        session = session_of(window)
        pictures, engine = session.library.pictures, session.context.engine
        await until(lambda: len(pictures.in_section(Section.PROGRESS)) == 1 and len(jobs_of(window)) == 2, "restored")
        await engine.cancel(jobs_of(window)[1].id)
        await until(lambda: jobs_of(window)[1].state is JobState.CANCELLED, "one is cancelled")
        assert len(pictures.in_section(Section.PROGRESS)) == 1, "the other one waits"
        session.pause(False)
        await until(lambda: len(pictures.in_section(Section.FINISHED)) == 1, "what was left is done")
        (picture,) = pictures.pictures()
        assert picture.outcome is not None
        assert picture.outcome.state is JobState.DONE
        await engine.retry(jobs_of(window)[1].id)
        await until(lambda: [job.state for job in jobs_of(window)] == [JobState.DONE] * 2, "both are done")
        assert len(pictures.in_section(Section.FINISHED)) == 1

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, start) == []
        assert sandbox.rows("jobs") == []
        assert live(qapp, profile, go_on) == []
        assert len(sandbox.rows("jobs")) == 2
    assert {path.name for path in (tmp_path / "in").iterdir()} == {
        "one.jpg",
        "one_standard-2_2x.jpg",
        "one_standard-2_4x.jpg",
    }


def test_the_quality_of_what_is_made_here_is_chosen_there_and_another_is_free(
    qapp: QApplication, tmp_path: Path
) -> None:
    path = jpeg(tmp_path / "in", "one.jpg", 240)
    made = tmp_path / "in" / "one_standard-2_2x.jpg"

    async def asked_for(window: Window, quality: str) -> RenditionsSheet:
        workspace = window.findChild(Workspace)
        assert workspace is not None
        await until(lambda: workspace.dialogs.is_free, "the one before is over")
        await until(window.commands["renditions"].isEnabled, "what the button means is known")
        window.commands.run("renditions")
        asked = await sheet(window, RenditionsSheet)
        assert not asked.encoding.isVisible(), "alone, it is written by the service"
        asked.formats[None].setChecked(False)
        asked.formats[FileFormat.TIFF].setChecked(True)
        asked.formats[FileFormat.JPEG].setChecked(True)
        assert asked.encoding.quality.isVisible()
        asked.encoding.quality.setText(quality)
        asked.encoding.quality.textEdited.emit(quality)
        await until(asked.start.isEnabled, "what is there is known")
        return asked

    async def story(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, path)
        await until(lambda: session.pricing.held_all.plan.is_confirmed, "the service's own price")
        assert not window.recipe.output.encoding.isVisible()
        asked = await asked_for(window, "60")
        await until(lambda: asked.start.label().endswith(" · 1 credit"), "priced")
        asked.start.click()
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 1, "done")
        assert jpeg_quality(made) == 60
        assert session.pricing.recipe.recipe.output.encoding == USUAL, "it was for this run"
        window.pictures.view.selectAll()
        asked = await asked_for(window, "80")
        await until(lambda: asked.start.label() == "Make 1 copy · free", "it is made of the TIFF")
        assert asked.choice.lines()[-1].name == "one_standard-2_2x-2.jpg"
        asked.start.click()
        second = made.with_name("one_standard-2_2x-2.jpg")
        await until(lambda: second.is_file() and window.notices.is_told("copies"), "made and said")
        assert (jpeg_quality(made), jpeg_quality(second)) == (60, 80)
        (picture,) = session.library.pictures.pictures()
        (job,) = picture.jobs
        assert [copy.encoding for _, copy in sorted((copy.name, copy) for copy in job.copies)] == [
            Encoding(80),
            Encoding(60),
        ]

        # What is chosen for this computer is kept for it, and no service is told.
        pricing = session.pricing
        pricing.set_service(ServiceName.LOCAL)
        await until(window.recipe.output.encoding.isVisible, "it writes its results here")
        window.recipe.output.encoding.quality.setText("70")
        window.recipe.output.encoding.quality.textEdited.emit("70")
        pricing.set_service(ServiceName.SANDBOX)
        await until(lambda: not window.recipe.output.encoding.isVisible(), "the service writes them")
        pricing.set_service(ServiceName.LOCAL)
        await until(window.recipe.output.encoding.isVisible, "back")
        assert window.recipe.output.encoding.quality.text() == "70"

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []
        assert len(sandbox.rows("jobs")) == 1
