"""Tiles meet without gaps, overlaps or seams, whatever the zoom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips
from PySide6.QtGui import QImage

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
        view.zoom_to(zoom)
        view.pan(0.137, 0.091)
        image = sharp(view).convertToFormat(QImage.Format.Format_RGB32)
        assert view.viewport is not None
        place = view.viewport.frame_rect
        left, top = max(0, int(place.x) + 1), max(40, int(place.y) + 1)
        right, bottom = min(600, int(place.right) - 1), min(280, int(place.bottom) - 1)
        seen = {image.pixel(x, y) for y in range(top, bottom) for x in range(left, right)}
        assert len(seen) == (2 if transparent else 1), f"{len(seen)} colours at {zoom} %"
