"""Pictures whose pixels are not square, in the viewer: circles are circles, and places and numbers are those of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.support import uneven_pixels
from tests.support.uneven_pixels import FAX, FAX_ASPECT, circle, is_circle
from topazdesk.ui.viewer import DIFFERENCE, SIDE_BY_SIDE, SPLIT, SWAP, CompareView
from topazdesk.ui.viewer.readout import Readout
from topazdesk.ui.viewer.side import Side

Sharp = Callable[[CompareView], QImage]
_HIGH = round(FAX[1] / FAX_ASPECT)


@pytest.fixture
def fax(tmp_path: Path) -> Path:
    return uneven_pixels.fax(tmp_path / "page.tif")


def middle(view: CompareView, image: QImage, number: int = 0) -> QImage:
    """The square in the middle of a picture, with the circle and without labels."""
    stage = view.stage
    pane = stage.panes()[number]
    place = stage.place_of(stage.pairs.shown.pictures[pane.side], pane)
    side = round(place.width * 0.9)
    return image.copy(round(place.x + (place.width - side) / 2), round(place.y + (place.height - side) / 2), side, side)


@pytest.fixture
def tall(view: CompareView) -> CompareView:
    """A view that is higher than the labels on it."""
    view.resize(700, 700)
    return view


def test_a_fax_is_shown_whole_in_its_proportions(tall: CompareView, fax: Path, sharp: Sharp) -> None:
    tall.set_pair(fax, None)
    image = sharp(tall)
    place = tall.stage.place_of(tall.stage.pairs.shown.pictures[Side.BEFORE], tall.stage.panes()[0])
    assert place.height / place.width == pytest.approx(FAX[1] / FAX_ASPECT / FAX[0], rel=0.01)
    assert is_circle(middle(tall, image))
    assert tall.stage.pairs.shown.sizes[Side.BEFORE].width == FAX[0]
    assert tall.stage.pairs.shown.sizes[Side.BEFORE].height == FAX[1], "the label counts the pixels of the file"


def test_at_100_percent_no_pixel_is_lost(tall: CompareView, fax: Path, sharp: Sharp) -> None:
    """The finer direction has one pixel of the picture on one of the screen, the other one is stretched."""
    tall.set_pair(fax, None)
    sharp(tall)
    tall.stage.zoom_to(100)
    sharp(tall)
    place = tall.stage.place_of(tall.stage.pairs.shown.pictures[Side.BEFORE], tall.stage.panes()[0])
    assert (place.width, place.height) == (FAX[0], _HIGH)


@pytest.mark.parametrize("result", ["states", "lost", "square"])
@pytest.mark.parametrize("mode", [SPLIT, SIDE_BY_SIDE, SWAP])
def test_before_and_after_cover_each_other(
    tall: CompareView, fax: Path, sharp: Sharp, tmp_path: Path, result: str, mode: object
) -> None:
    """Whether the result states its resolution, has lost it as services do, or was made square by somebody."""
    after = tmp_path / "after.png"
    large = circle((FAX[0] * 2, FAX[1] * 2))
    match result:
        case "states":
            uneven_pixels.png(after, (16_062, 7716), picture=large)
        case "lost":
            large.save(after)
        case _:
            circle((FAX[0], _HIGH), 1.0).save(after)
    tall.set_pair(fax, after)
    tall.stage.set_mode(mode)  # type: ignore[arg-type]
    image = sharp(tall)
    stage = tall.stage
    places = {
        pane.side: stage.place_of(stage.pairs.shown.pictures[pane.side], pane)
        for pane in stage.kept_panes()
        if pane.viewport is None
    }
    sizes = [(round(place.width), round(place.height)) for place in places.values()]
    assert len(sizes) == 2
    assert sizes[0] == pytest.approx(sizes[1], abs=2)
    for number in range(len(stage.panes()) if mode is not SPLIT else 0):  # the divider is ink, too
        assert is_circle(middle(tall, image, number))


def test_percent_of_the_source_counts_its_finer_pixels(
    tall: CompareView, fax: Path, sharp: Sharp, tmp_path: Path
) -> None:
    after = uneven_pixels.png(tmp_path / "after.png", (16_062, 7716), picture=circle((FAX[0] * 2, FAX[1] * 2)))
    tall.set_pair(fax, after)
    sharp(tall)
    tall.stage.zoom_to(100)
    assert tall.stage.percent == pytest.approx(100)
    tall.stage.set_zoom_unit(Side.BEFORE)
    assert tall.stage.percent == pytest.approx(200, rel=0.01)


def test_the_readout_names_pixels_of_the_file(tall: CompareView, fax: Path, sharp: Sharp, qtbot: QtBot) -> None:
    readout = Readout(tall)
    tall.set_pair(fax, None)
    sharp(tall)
    place = tall.stage.place_of(tall.stage.pairs.shown.pictures[Side.BEFORE], tall.stage.panes()[0])
    qtbot.mouseMove(tall, QPoint(round(place.x + place.width * 0.75), round(place.y + place.height * 0.9)))
    qtbot.waitUntil(lambda: None not in readout.values.values() and bool(readout.values))
    found = re.match(r"x (\d+), y (\d+)", readout.text())
    assert found is not None
    x, y = (int(number) for number in found.groups())
    assert (x, y) == pytest.approx((FAX[0] * 0.75, FAX[1] * 0.9), abs=2)


def test_the_loupe_shows_a_circle(tall: CompareView, sharp: Sharp, tmp_path: Path) -> None:
    small = uneven_pixels.png(tmp_path / "small.png", picture=circle((60, 40)))
    tall.set_pair(small, None)
    sharp(tall)
    tall.loupe.magnification = 2
    tall.loupe.toggle()
    tall.loupe.move_to(tall.rect().center().toPointF())
    sharp(tall)
    seen = tall.loupe.grab().toImage()
    assert is_circle(seen.copy(seen.width() // 2 - 55, seen.height() // 2 - 55, 110, 110))


def test_the_difference_mode_finds_no_difference_in_proportions(
    tall: CompareView, fax: Path, sharp: Sharp, qtbot: QtBot, tmp_path: Path
) -> None:
    after = tmp_path / "after.png"
    circle((FAX[0] * 2, FAX[1] * 2)).save(after)
    tall.set_pair(fax, after)
    sharp(tall)
    tall.stage.set_mode(DIFFERENCE)
    qtbot.waitUntil(lambda: tall.stage.differences.changes is not None)
    changes = tall.stage.differences.changes
    assert changes is not None
    assert changes.clear_share < 0.02


def test_the_overview_map_has_the_proportions(tall: CompareView, fax: Path, sharp: Sharp) -> None:
    tall.set_pair(fax, None)
    sharp(tall)
    tall.stage.zoom_to(400)
    sharp(tall)
    overview = tall._furniture.overview
    assert overview.isVisible()
    assert overview.height() > overview.width()
