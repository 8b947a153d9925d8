"""The results of trials in the 2 × 2, in a whole window with a real sandbox; looking at them costs nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, until
from tests.ui.shell.test_trials import opened, tried
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch
from topazdesk.ui.shell.window import Window
from topazdesk.ui.viewer.modes import GRID, MODES
from topazdesk.ui.viewer.side import CELLS, Side

PATCH = Patch(700, 300, 256, 200)


def words(window: Window) -> list[str]:
    """What stands in the cells, or is compared."""
    shown = window.viewer.view.stage.pairs.shown
    return [shown.word(side) for side in CELLS if side in shown.paths]


async def shows(window: Window, *wanted: str) -> None:
    await until(lambda: words(window) == list(wanted), f"{wanted}, not {words(window)}")
    await quiet(window)


def test_results_of_an_area_stand_in_the_cells(qapp: QApplication, tmp_path: Path) -> None:
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 1200, 800))

    async def story(window: Window) -> None:
        drop(window.pictures, picture)
        context, view = await opened(window)
        state, stage, find = context.state, window.viewer.view.stage, session_of(window).context.catalogue.find
        board = state.board
        assert board is not None
        state.set_patch(PATCH)
        state.add(find(ServiceName.TOPAZ, "Recover 3"))
        await until(lambda: view.panel.start.label() == "Try 2 models · 2 credits", "both prices")
        assert "none here yet" in stage.cells.reason
        QTest.keyClick(view.frame, Qt.Key.Key_G)
        assert not context.cells.is_on
        view.panel.start.click()
        await tried(context)
        await quiet(window)
        await until(lambda: stage.cells.is_possible, "something to compare")
        button = window.viewer.strip.modes.segment(GRID)
        assert button is not None
        assert button.isEnabled(), "of other files than the only one on screen"
        assert not any(window.viewer.strip.modes.segment(mode).isEnabled() for mode in MODES if mode is not GRID)
        paid = len(sandbox.rows("jobs"))
        # All show the tried area, and nothing else of the picture.
        QTest.keyClick(view.frame, Qt.Key.Key_G)
        await shows(window, "Original", "Standard 2", "Recover 3")
        assert stage.mode is GRID
        assert view.frame.isHidden()
        shown = stage.pairs.shown
        names = [shown.paths[side].name for side in CELLS[:3]]
        assert all(name.startswith("street, area 256x200 at ") for name in names), "dragged out, they say what of"
        assert shown.sizes[CELLS[0]] == Size(256, 200)
        assert [shown.cell_number(side) for side in CELLS[:3]] == [0, 1, 2], "as the cards are numbered"
        QTest.keyClick(window, Qt.Key.Key_2)
        assert (board.chosen, stage.cells.chosen) == (2, CELLS[2])
        assert view.panel.card.use.isEnabled(), "what is chosen there can be used at once"
        stage.cells.choose(CELLS[1])
        assert board.chosen == 1
        await until(lambda: view.panel.card.name.text() == "Standard 2", "the same one at the right")
        # Two alone with the divider, and back by the same key.
        stage.cells.compare_wanted.emit(CELLS[1], CELLS[2])
        await shows(window, "Standard 2", "Recover 3")
        assert stage.mode.has_divider
        assert stage.divider.isVisible()
        QTest.keyClick(window.viewer.view, Qt.Key.Key_G)
        await shows(window, "Original", "Standard 2", "Recover 3")
        # Escape leads back to the frame first, with the area in sight, and only then out of the trials.
        QTest.keyClick(window.viewer.view, Qt.Key.Key_Escape)
        assert context.is_open
        await until(view.frame.isVisible, "the frame")
        await until(lambda: stage.viewport is not None and not stage.viewport.shows_all, "the area fills the view")
        assert len(sandbox.rows("jobs")) == paid
        # Four results fill the cells; the original comes while a key is held.
        for name in ("High Fidelity 2", "Low Resolution 2"):
            state.add(find(ServiceName.TOPAZ, name))
        await until(lambda: view.panel.start.label() == "Try 2 models · 2 credits", "both prices")
        view.panel.start.click()
        await tried(context)
        await until(lambda: view.panel.start.label() == "All tried", "all four")
        stage.choose(GRID)
        await shows(window, "Standard 2", "Recover 3", "High Fidelity 2", "Low Resolution 2")
        assert stage.pairs.shown.origin is Side.ORIGIN
        before = window.viewer.view.grab().toImage()
        stage.cells.hold(CELLS[3])
        assert words_on_labels(window)[3].startswith("Original")
        assert window.viewer.view.grab().toImage() != before
        stage.cells.hold(None)
        assert stage.pairs.shown.subject == (stage.pairs.shown.paths[Side.ORIGIN], 0)
        # What is taken away leaves its cell to the original.
        state.remove(2)
        await shows(window, "Original", "Standard 2", "High Fidelity 2", "Low Resolution 2")
        # Another place has no results: the frame is there.
        state.set_patch(Patch(10, 10, 256, 256))
        assert not context.cells.is_on
        await until(view.frame.isVisible, "the frame")
        context.leave()
        await until(lambda: not stage.mode.is_grid and words(window) == ["Original"], "the picture alone")

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        assert live(qapp, profile, story) == []


def words_on_labels(window: Window) -> list[str]:
    return [label.text() for label in window.viewer.view.visible_labels() if label.isVisible()]  # type: ignore[attr-defined]


def test_whole_results_stand_in_the_cells_of_the_same_2_by_2(qapp: QApplication, tmp_path: Path) -> None:
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 300, 200))

    async def story(window: Window) -> None:
        drop(window.pictures, picture)
        context, view = await opened(window)
        state, stage, find = context.state, window.viewer.view.stage, session_of(window).context.catalogue.find
        state.set_whole(True)
        state.add(find(ServiceName.TOPAZ, "Recover 3"))
        await until(lambda: view.panel.start.label() == "Try 2 models · 2 credits", "both prices")
        view.panel.start.click()
        await tried(context)
        await shows(window, "Before", "After")
        stage.choose(GRID)
        await shows(window, "Original", "Standard 2", "Recover 3")
        assert stage.pairs.shown.paths[stage.pairs.shown.origin] == picture
        stage.choose(GRID)
        await shows(window, "Before", "After")
        assert context.is_open
        context.leave()
        await until(lambda: words(window) == ["Original"], "the picture alone")

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story) == []
