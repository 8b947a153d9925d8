"""Tiles meet without gaps, overlaps or seams, whatever the zoom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from topazdesk.ui.viewer import CompareView

Sharp = Callable[[CompareView], QImage]

#: Reduced by odd factors, exact, enlarged and smoothed, bare pixels.
ZOOMS = (19.7, 33.3, 50, 61.3, 99.1, 100, 137, 199, 317, 1000)


@pytest.fixture(scope="module", params=[3, 4])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One colour, opaque or half transparent, with odd sides so that every level drops a row and a column."""
    colour = [90, 140, 200, 128][: request.param]
    path = tmp_path_factory.mktemp("plain") / f"plain{request.param}.png"
    image = pyvips.Image.black(2_615, 1_787, bands=len(colour)).linear(1, colour).cast("uchar")
    image.copy(interpretation="srgb").write_to_file(str(path), compression=1)
    return path


def test_one_colour_stays_one_colour(view: CompareView, sharp: Sharp, plain: Path) -> None:
    """A gap would show the surround, an overlap of transparent tiles a darker line, a seam a wrong mixture."""
    view.set_pair(plain, None)
    sharp(view)
    transparent = plain.stem.endswith("4")
    for zoom in ZOOMS:
        view.stage.zoom_to(zoom)
        view.stage.pan(0.137, 0.091)
        image = sharp(view).convertToFormat(QImage.Format.Format_RGB32)
        assert view.stage.viewport is not None
        place = view.stage.viewport.frame_rect
        left, top = max(0, int(place.x) + 1), max(40, int(place.y) + 1)
        right, bottom = min(600, int(place.right) - 1), min(280, int(place.bottom) - 1)
        seen = {image.pixel(x, y) for y in range(top, bottom) for x in range(left, right)}
        assert len(seen) == (2 if transparent else 1), f"{len(seen)} colours at {zoom} %"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every place of it looks different, so that a tile in a wrong place is seen."""
    path = tmp_path_factory.mktemp("busy") / "busy.png"
    grid = pyvips.Image.xyz(3_333, 2_221)
    planes = [(grid[0] / 13.0).sin() * 90 + grid[1] / 20, (grid[1] / 17.0).cos() * 90 + grid[0] / 30, grid[0] / 14]
    planes[0].bandjoin(planes[1:]).cast("uchar").copy(interpretation="srgb").write_to_file(str(path), compression=1)
    return path


def test_a_view_that_has_moved_shows_what_a_fresh_one_shows(
    view: CompareView, sharp: Sharp, busy: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    """What is painted is shifted about and kept from one level to the next: none of it may be stale."""
    fresh = CompareView(tmp_path / "cache")
    qtbot.addWidget(fresh)
    fresh.resize(view.size())
    with qtbot.waitExposed(fresh):
        fresh.show()
    view.set_pair(busy, None)
    fresh.set_pair(busy, None)
    sharp(view)
    sharp(fresh)
    view.stage.zoom_to(100)
    moves = [(53, 0), (0, -47), (-211, 90), (300, -280), (-700, 40)]
    for round_, zoom in enumerate((100, 61, 55, 40, 27, 48, 52, 93, 130, 90)):
        view.stage.zoom_to(zoom)
        for right, down in moves:
            view.stage.pan_by(right * (1 if round_ % 2 else -1), down)
            view.repaint()
        moved = sharp(view)
        fresh.stage.zoom_fit()
        sharp(fresh)
        assert view.stage.viewport is not None
        assert fresh.stage.viewport is not None
        fresh.stage.zoom_to(zoom)
        mine, place = view.stage.viewport.frame_rect, fresh.stage.viewport.frame_rect
        fresh.stage.pan_by(mine.x - place.x, mine.y - place.y)
        assert fresh.stage.viewport.frame_rect == mine
        other = sharp(fresh)
        picture = moved.rect().adjusted(0, 40, -170, -120)  # without label and map
        assert moved.copy(picture) == other.copy(picture), f"at {zoom} %"
    fresh.stop()
