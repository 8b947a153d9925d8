"""Requests for tiles of a pyramid that is still being built: answered as they come, the first ones first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support import pictures
from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.tiling import Tile
from topazdesk.media import pyramid_file
from topazdesk.media.pyramid import Pyramid
from topazdesk.media.pyramid_tiles import PyramidTiles, Strip
from topazdesk.media.tile_layout import TileLayout
from topazdesk.media.tile_packing import Packing
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.viewer.loader import Loader, TileReady, TileRequest

SIZE = Size(300, 1_500)
STRIPS = 6


@pytest.fixture
def strips(tmp_path: Path) -> dict[int, Strip]:
    """Where the strips lie in the file `part`, all of which are there."""
    path = tmp_path / "picture.png"
    pictures.scene(SIZE.width, SIZE.height).pngsave(str(path), compression=1)
    found: dict[int, Strip] = {}
    pyramid_file.write(path, tmp_path / "part", plain=True, added=found.__setitem__)
    return found


@pytest.fixture
def tiles(tmp_path: Path) -> PyramidTiles:
    """Tiles of which none is there yet."""
    return PyramidTiles(tmp_path / "part", TileLayout(SIZE), Packing.PLAIN, 3)


@pytest.fixture
def loader(qapp: object, tmp_path: Path) -> Iterator[Loader]:
    made = Loader(TileCache(tmp_path / "cache"))
    yield made
    made.stop()


def test_tiles_come_as_their_strips_do(
    loader: Loader, tiles: PyramidTiles, strips: dict[int, Strip], qtbot: QtBot
) -> None:
    pyramid = Pyramid(PixelGrid(SIZE), False, (), tiles)
    asked: list[tuple[int, ...]] = []
    tiles.begin(asked.append)
    come: list[Tile] = []
    loader.tile_ready.connect(lambda answer: come.append(answer.tile))
    ahead = TileRequest(1, pyramid, Tile(0, 0, 5), is_ahead=True)
    loader.ask([TileRequest(1, pyramid, Tile(0, 0, 3)), TileRequest(1, pyramid, Tile(1, 0, 0)), ahead])
    assert asked == [(3, 0, 1)]
    assert not loader.is_idle
    tiles.add(5, strips[5])
    qtbot.waitUntil(lambda: come == [Tile(0, 0, 5)])
    tiles.add(0, strips[0])
    tiles.add(3, strips[3])
    qtbot.waitUntil(lambda: come == [Tile(0, 0, 5), Tile(0, 0, 3)])
    tiles.add(1, strips[1])  # the second half of the tile of the next level
    qtbot.waitUntil(lambda: loader.is_idle)
    assert come[-1] == Tile(1, 0, 0)


def test_where_nobody_looks_any_more_is_in_no_hurry(loader: Loader, tiles: PyramidTiles) -> None:
    """After zooming out, the build still passed over everything on its way to the place left behind."""
    pyramid = Pyramid(PixelGrid(SIZE), False, (), tiles)
    asked: list[tuple[int, ...]] = []
    tiles.begin(asked.append)
    loader.ask([TileRequest(1, pyramid, Tile(0, 0, 4))])
    loader.ask([TileRequest(1, pyramid, Tile(0, 0, 4))])  # nothing new
    loader.ask([])
    assert asked == [(4,), ()]
    assert loader.is_idle


def test_what_was_asked_for_first_comes_first(
    loader: Loader, tiles: PyramidTiles, strips: dict[int, Strip], qtbot: QtBot
) -> None:
    pyramid = Pyramid(PixelGrid(SIZE), False, (), tiles)
    come: list[TileReady] = []
    loader.tile_ready.connect(come.append)
    wanted = [Tile(0, 0, row) for row in (4, 2, 1, 3, 0)]
    loader.ask([TileRequest(1, pyramid, tile) for tile in wanted])
    for number in range(STRIPS):
        tiles._strips[number] = strips[number]  # all of them at once
    tiles.add(0, strips[0])
    qtbot.waitUntil(lambda: loader.is_idle)
    assert sorted(answer.tile.row for answer in come) == [0, 1, 2, 3, 4]
    assert come[0].tile.row in (4, 2, 1)  # of those that are decoded at once any may be the first
