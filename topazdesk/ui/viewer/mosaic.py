"""A window onto one level of a picture, assembled from whole tiles: a frame is one draw call instead of a hundred.

Scaling many small images costs several times as much as scaling one of the same total size, and shows seams between
them. Here tiles are copied once, when they come into sight; panning only shifts what is there already. The memory is
used again (`pixel_memory`): to touch new pages takes five times as long as to copy a tile into old ones.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, TileRange, grid, tile_rect
from topazdesk.media.pixel_memory import memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: More columns and rows than fit a view: two because it starts and ends in mid-tile, the others to pan in.
_SPARE = 4
#: The part of what is spare that lies ahead, where somebody pans.
_AHEAD = 0.75

#: Paints a substitute for a tile that is not loaded yet into the given pixels of the mosaic.
StandIn = Callable[[QPainter, Tile, QRect, QPoint], None]


class Mosaic:
    """`image` shows tiles of `level`; its corner is at `left`, `top` in pixels of that level.

    Only the tiles given to the last `cover` are sure to be painted. Used in the window's thread only.
    """

    def __init__(self, *, has_alpha: bool) -> None:
        self._has_alpha = has_alpha
        self.image = QImage()
        self._pixels: NDArray[Any] | None = None  # those of the image, row by row
        self.level = -1
        self.used = 0  # for the owner, to note when it was last used
        self._columns = self._rows = 0
        self._column = self._row = 0
        self._painted: dict[Tile, bool] = {}  # True: the tile itself; False: a substitute

    @property
    def is_new(self) -> bool:
        """Whether `cover` was never called."""
        return self.image.isNull()

    @property
    def left(self) -> int:
        """The image's left edge, in pixels of the level."""
        return self._column * TILE_PX

    @property
    def top(self) -> int:
        """The image's top edge, in pixels of the level."""
        return self._row * TILE_PX

    def forget(self) -> None:
        """Discard everything painted."""
        self.level = -1
        self._painted.clear()

    def holds(self, tiles: TileRange) -> bool:
        """Return whether all tiles are painted, either themselves or by a substitute."""
        return tiles.level == self.level and all(tile in self._painted for tile in tiles.tiles())

    def cover(
        self, tiles: TileRange, room: Size, level_size: Size, known: Mapping[Tile, QImage], stand_in: StandIn
    ) -> QRect:
        """Paint `tiles` from `known` or with `stand_in`, and return where they lie in the image.

        `room` is how much may be asked for next at the same place, in pixels of the level. The image is a little
        larger and if possible created only once, because touching memory for the first time costs more than painting.
        """
        self._make_room(tiles, room, level_size)
        self._shift(tiles, level_size)
        self._fill(tiles, level_size, known, stand_in)
        left, top = tiles.first_column * TILE_PX, tiles.first_row * TILE_PX
        right = min(tiles.end_column * TILE_PX, level_size.width)
        bottom = min(tiles.end_row * TILE_PX, level_size.height)
        return QRect(left - self.left, top - self.top, right - left, bottom - top)

    def _make_room(self, tiles: TileRange, room: Size, level_size: Size) -> None:
        if tiles.level != self.level:
            self.forget()
            self.level = tiles.level
        wide, high = tiles.end_column - tiles.first_column, tiles.end_row - tiles.first_row
        if wide <= self._columns and high <= self._rows:
            return
        columns, rows = grid(level_size)
        self._columns = max(wide, self._columns, min(columns, room.width // TILE_PX + _SPARE))
        self._rows = max(high, self._rows, min(rows, room.height // TILE_PX + _SPARE))
        width, height = self._columns * TILE_PX, self._rows * TILE_PX
        self.image, self._pixels = QImage(), None  # first, so that its memory can be used again
        self._pixels = memory.take(width * height * 4)
        form = QImage.Format.Format_ARGB32_Premultiplied if self._has_alpha else QImage.Format.Format_RGB32
        self.image = QImage(self._pixels.data, width, height, width * 4, form)
        if self._has_alpha:
            self.image.fill(Qt.GlobalColor.transparent)
        self._painted.clear()

    def _shift(self, tiles: TileRange, level_size: Size) -> None:
        """Move what is already painted so that `tiles` fit in."""
        columns, rows = grid(level_size)
        column = _moved(self._column, self._columns, tiles.first_column, tiles.end_column, columns)
        row = _moved(self._row, self._rows, tiles.first_row, tiles.end_row, rows)
        if (column, row) == (self._column, self._row):
            return
        seen = {tile: exact for tile, exact in self._painted.items() if tile in tiles}
        if seen:
            lines = [tile.row - self._row for tile in seen]
            self._move(min(lines), max(lines) + 1, self._column - column, self._row - row)
        self._column = column
        self._row = row
        self._painted = seen

    def _move(self, first: int, end: int, right: int, down: int) -> None:
        """Move these rows of tiles by so many tiles. What leaves the image on one side comes in on the other."""
        if self._pixels is None:
            return
        row_bytes = self._columns * TILE_PX * 4 * TILE_PX
        by = down * row_bytes + right * TILE_PX * 4
        start = max(first * row_bytes, -by)
        count = min(end * row_bytes, self._pixels.size - by) - start
        at = self._pixels.ctypes.data + start
        ctypes.memmove(at + by, at, count)

    def _fill(self, tiles: TileRange, level_size: Size, known: Mapping[Tile, QImage], stand_in: StandIn) -> None:
        painted = self._painted
        missing = [tile for tile in tiles.tiles() if not painted.get(tile)]
        missing = [tile for tile in missing if tile in known or tile not in painted]
        if not missing:
            return
        painter = QPainter(self.image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for tile in missing:
            left, top, width, height = tile_rect(tile, level_size)
            at = QPoint(left - self.left, top - self.top)
            image = known.get(tile)
            if image is not None:
                painter.drawImage(at, image)
            else:
                cell = QRect(at.x(), at.y(), width, height)
                painter.setClipRect(cell)
                stand_in(painter, tile, cell, QPoint(self.left, self.top))
                painter.setClipping(False)
            painted[tile] = image is not None
        painter.end()


def _moved(first: int, room: int, start: int, end: int, most: int) -> int:
    """Return where a window of `room` tiles, now at `first`, must begin to hold `start` to `end`, out of `most` tiles.

    If it has to move, it leaves most space on the side where it goes, and some on the other: zooming needs both.
    """
    if start >= first and end <= first + room:
        return first
    spare = room - (end - start)
    behind = round(spare * (_AHEAD if start < first else 1 - _AHEAD))
    return min(max(0, start - behind), max(0, most - room))
