"""The 2 × 2: up to four files at the same place, of which each is seen whole, chosen, held and dragged on another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from tests.ui.viewer.conftest import BLUE, GREEN, RED, colour, marked, near
from topazdesk.ui.viewer import CompareView
from topazdesk.ui.viewer.shown_files import ShownFile
from topazdesk.ui.viewer.side import Side

Sharp = Callable[[CompareView], QImage]
GREY = (120, 120, 120)
CELLS = list(Side)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> list[ShownFile]:
    """The original 300 × 200 and three results, each in a colour of its own."""
    folder = tmp_path_factory.mktemp("four")
    made = [
        marked(folder / f"{number}.png", 300 * scale, 200 * scale, ground)
        for number, (scale, ground) in enumerate(((1, RED), (2, GREEN), (2, BLUE), (4, GREY)))
    ]
    return [ShownFile(path, word=f"number {number}") for number, path in enumerate(made, 1)]


def show(view: CompareView, files: list[ShownFile]) -> None:
    view.set_files(files, (files[0].path, 0), is_grid=True)


def middles(view: CompareView, count: int) -> list[QPoint]:
    """A place of each cell beside its mark and its label, in the widget."""
    rects = view.stage.cell_rects()
    return [
        (rects[side].topLeft() + QPoint(rects[side].width() * 2 // 3, rects[side].height() // 2))
        for side in CELLS[:count]
    ]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_each_file_fills_a_cell_of_its_own(view: CompareView, sharp: Sharp, four: list[ShownFile], count: int) -> None:
    show(view, four[:count])
    image = sharp(view)
    assert view.stage.mode.is_grid
    for place, wanted in zip(middles(view, count), (RED, GREEN, BLUE, GREY), strict=False):
        assert near(colour(image, place.x(), place.y()), wanted)
    if count == 3:  # nothing is pretended to stand in the place that is left
        left = view.stage.cell_rects()
        corner = QPoint(left[CELLS[1]].center().x(), left[CELLS[2]].center().y())
        assert not any(near(colour(image, corner.x(), corner.y()), each) for each in (RED, GREEN, BLUE))


def test_they_move_together(view: CompareView, sharp: Sharp, four: list[ShownFile]) -> None:
    show(view, four)
    sharp(view)
    view.stage.zoom_to(100)
    sharp(view)
    before = [view.stage.part_under(place.toPointF()) for place in middles(view, 4)]
    assert len({(round(x, 3), round(y, 3)) for x, y in filter(None, before)}) == 1
    view.stage.pan(-40, -20)
    sharp(view)
    after = [view.stage.part_under(place.toPointF()) for place in middles(view, 4)]
    assert len({(round(x, 3), round(y, 3)) for x, y in filter(None, after)}) == 1
    assert after != before


def test_held_a_cell_shows_the_original(view: CompareView, sharp: Sharp, four: list[ShownFile]) -> None:
    show(view, four)
    sharp(view)
    third = middles(view, 4)[2]
    QTest.keyClick(view, Qt.Key.Key_3)
    assert view.stage.cells.chosen is CELLS[2]
    view.stage.cells.hold(CELLS[2])
    image = view.grab().toImage()
    assert near(colour(image, third.x(), third.y()), RED)
    view.stage.cells.hold(None)
    image = view.grab().toImage()
    assert near(colour(image, third.x(), third.y()), BLUE)


def test_a_cell_dropped_on_another_asks_to_compare_the_two(
    view: CompareView, sharp: Sharp, four: list[ShownFile]
) -> None:
    show(view, four)
    sharp(view)
    asked: list[tuple[Side, Side]] = []
    view.stage.cells.compare_wanted.connect(lambda one, other: asked.append((one, other)))
    view.stage.cells.drag(CELLS[3], CELLS[1])
    view.stage.cells.drop()
    view.stage.cells.drag(CELLS[3], CELLS[3])
    view.stage.cells.drop()
    assert asked == [(CELLS[3], CELLS[1])]


def test_a_file_that_is_gone_leaves_the_others(view: CompareView, sharp: Sharp, four: list[ShownFile]) -> None:
    gone = ShownFile(Path(four[2].path).with_name("gone.png"), word="gone")
    show(view, [*four[:2], gone, four[3]])
    image = sharp(view)
    assert CELLS[2] in view.stage.pairs.shown.errors
    for place, wanted in list(zip(middles(view, 4), (RED, GREEN, None, GREY), strict=True)):
        assert wanted is None or near(colour(image, place.x(), place.y()), wanted)
