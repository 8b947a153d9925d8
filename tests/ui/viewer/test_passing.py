"""A picture that has just come: what nobody sees waits, and what somebody zooms to is sharp in the next frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from pytestqt.qtbot import QtBot

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Tile
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.viewer import CompareView
from topazdesk.ui.viewer.loader import Loader, OpenRequest, TileRequest
from topazdesk.ui.viewer.side import Side

SIZE = (2_600, 1_800)


def stripes(path: Path) -> Path:
    """Black and white ones, four pixels wide: the image that fits into the view shows them as grey."""
    numbers = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for column in range(4):
        numbers[:, column::8] = 255
    Image.fromarray(numbers).save(path, compress_level=1)
    return path


def test_zooming_in_between_shows_no_coarse_frame(view: CompareView, tmp_path: Path, qtbot: QtBot) -> None:
    """All pixels were in memory, and the frame after a zoom to less than 50 % was made of those that fit into the view."""
    view.set_pair(stripes(tmp_path / "stripes.png"), None)
    qtbot.waitUntil(lambda: view.stage.is_sharp and view.stage.pairs.shown.is_open)
    view.stage.zoom_to(45)
    seen = view.grab().toImage()  # the very next frame: nothing is waited for
    middle = seen.height() // 2
    levels = [seen.pixelColor(x, middle).red() for x in range(250, 350)]
    assert max(levels) - min(levels) > 150
    qtbot.waitUntil(lambda: view.stage.is_sharp)
    levels = [view.grab().toImage().pixelColor(x, middle).red() for x in range(250, 350)]
    assert max(levels) - min(levels) > 150


def test_what_nobody_sees_waits_while_somebody_passes_by(qapp: object, tmp_path: Path, qtbot: QtBot) -> None:
    """Going on by the arrow keys, the next picture waited for half-size levels of the one that was left."""
    path = stripes(tmp_path / "stripes.png")
    loader = Loader(TileCache(tmp_path / "cache"))
    pyramid = Pyramid.open(path, TileCache(tmp_path / "cache"))
    come: list[Tile] = []
    loader.tile_ready.connect(lambda answer: come.append(answer.tile))
    loader.open(OpenRequest(1, Side.BEFORE, path, Size(600, 400)))
    ahead = [TileRequest(7, pyramid, Tile(1, column, 0), is_ahead=True) for column in range(4)]
    loader.ask([*ahead, TileRequest(7, pyramid, Tile(0, 3, 3))])
    assert not loader.is_idle
    qtbot.waitUntil(lambda: bool(come))
    assert come[0] == Tile(0, 3, 3)
    qtbot.waitUntil(lambda: loader.is_idle)
    assert set(come) == {Tile(0, 3, 3), *(wish.tile for wish in ahead)}
    loader.stop()
