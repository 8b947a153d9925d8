"""Several sizes and formats of pictures in one run, in the window, against a real sandbox process."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.window import drop, jpeg, live, profile_with_sandbox, quiet, session_of, sheet, until
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.models.picture import Section
from topazdesk.ui.recipe.renditions_sheet import RenditionsSheet
from topazdesk.ui.shell.window import Window

_TWO, _FOUR = OutputSize.scale(2), OutputSize.scale(4)


def test_two_pictures_in_two_sizes_and_two_formats_are_eight_results_of_one_run(
    qapp: QApplication, tmp_path: Path
) -> None:
    """What the sheet says is what is charged. A second press starts nothing, and what is there is never paid again."""
    one, two = jpeg(tmp_path / "in", "one.jpg", 240), jpeg(tmp_path / "in", "two.jpg", 300)
    charged: list[int] = []

    async def several(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, one, two)
        await until(lambda: window.footer.all_button.label() == "All 2 · 2 credits", "button")
        window.pictures.view.selectAll()
        await until(lambda: session.pricing.held_all.plan.is_confirmed, "the service's own price")
        window.commands.run("renditions")
        asked = await sheet(window, RenditionsSheet)
        assert [box.isChecked() for box in asked.sizes.values()] == [False, True, False, False]
        assert asked.formats[None].isChecked()
        await until(lambda: asked.start.label() == "Make 2 results · 2 credits", "what the main button means")
        asked.sizes[_FOUR].click()
        asked.formats[FileFormat.PNG].click()
        await until(lambda: asked.start.label().startswith("Make 8 results · "), "8 results")
        await until(asked.start.isEnabled, "what is there is known")
        plan = session.pricing.plan
        assert len(plan.ids) == 2, "the list means what it meant before"
        price = int(asked.start.label().removeprefix("Make 8 results · ").removesuffix(" credits"))
        charged.append(price)
        lines = [line for line in asked._choice.lines()]  # noqa: SLF001 - the rows as data
        assert [line.name for line in lines][:4] == [
            "one_standard-2_2x.jpg",
            "one_standard-2_2x.png",
            "one_standard-2_4x.jpg",
            "one_standard-2_4x.png",
        ]
        await quiet(window)
        QTest.mouseDClick(asked.start, Qt.MouseButton.LeftButton)
        asked.start.click()
        pictures = session.library.pictures
        await until(lambda: len(pictures.in_section(Section.FINISHED)) == 2, "both done")
        assert {job.state for picture in pictures.pictures() for job in picture.jobs} == {JobState.DONE}
        assert [len(picture.jobs) for picture in pictures.pictures()] == [4, 4]
        assert len({job.run_id for picture in pictures.pictures() for job in picture.jobs}) == 1
        await until(lambda: session.pricing.available == 500 - price, "paid")
        await until(lambda: "4" in window.viewer.result.place.text(), "the viewer steps through all four")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, several) == []
        results = {path.name for path in (tmp_path / "in").iterdir()} - {"one.jpg", "two.jpg"}
        assert results == {
            f"{name}_standard-2_{size}.{kind}"
            for name in ("one", "two")
            for size in ("2x", "4x")
            for kind in ("jpg", "png")
        }
        assert len(sandbox.rows("jobs")) == 8
        assert sum(row["credits"] for row in sandbox.rows("jobs")) == charged[0]

        async def once_more(window: Window) -> None:
            session = session_of(window)
            pictures = session.library.pictures
            await until(lambda: len(pictures.in_section(Section.FINISHED)) == 2, "restored")
            assert [len(picture.jobs) for picture in pictures.pictures()] == [4, 4]
            window.pictures.view.selectAll()
            window.commands.run("renditions")
            asked = await sheet(window, RenditionsSheet)
            asked.sizes[_FOUR].click()
            await until(lambda: "4 results are there already" in asked.said.text(), "what is there is free")
            assert not asked.start.isEnabled()
            asked.formats[FileFormat.TIFF].click()
            await until(lambda: asked.start.label().startswith("Make 4 results · "), "only what is new costs")
            asked.reject()

        assert live(qapp, profile, once_more) == []
        assert len(sandbox.rows("jobs")) == 8
