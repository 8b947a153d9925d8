"""A window onto one level of a picture, assembled from whole tiles: a frame is one draw call instead of a hundred.

Scaling many small images costs several times as much as scaling one of the same total size, and shows seams between
them. Here tiles are copied once, when they come into sight; panning only shifts what is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, TileRange, grid, tile_rect

#: More columns and rows than fit a view: two because it starts and ends in mid-tile, the others to pan in.
_SPARE = 4

#: Paints a substitute for a tile that is not loaded yet into the given pixels of the mosaic.
StandIn = Callable[[QPainter, Tile, QRect, QPoint], None]


class Mosaic:
    """`pixmap` shows tiles of `level`; its corner is at `left`, `top` in pixels of that level.

    Only the tiles given to the last `cover` are sure to be painted. Used in the window's thread only.
    """

    def __init__(self, *, has_alpha: bool) -> None:
        self._has_alpha = has_alpha
        self.pixmap = QPixmap()
        self.level = -1
        self.used = 0  # for the owner, to note when it was last used
        self._columns = self._rows = 0
        self._column = self._row = 0
        self._painted: dict[Tile, bool] = {}  # True: the tile itself; False: a substitute

    @property
    def is_new(self) -> bool:
        """Whether `cover` was never called."""
        return self.pixmap.isNull()

    @property
    def left(self) -> int:
        """The pixmap's left edge, in pixels of the level."""
        return self._column * TILE_PX

    @property
    def top(self) -> int:
        """The pixmap's top edge, in pixels of the level."""
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
        """Paint `tiles` from `known` or with `stand_in`, and return where they lie in the pixmap.

        `room` is how much may be asked for next at the same place, in pixels of the level. The pixmap is a little
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
        self.pixmap = QPixmap(self._columns * TILE_PX, self._rows * TILE_PX)
        if self._has_alpha:
            self.pixmap.fill(Qt.GlobalColor.transparent)
        self._painted.clear()

    def _shift(self, tiles: TileRange, level_size: Size) -> None:
        """Move what is already painted so that `tiles` fit in."""
        columns, rows = grid(level_size)
        column = _moved(self._column, self._columns, tiles.first_column, tiles.end_column, columns)
        row = _moved(self._row, self._rows, tiles.first_row, tiles.end_row, rows)
        if (column, row) == (self._column, self._row):
            return
        if self._painted:
            used = self._used_rect()
            across, down = (self._column - column) * TILE_PX, (self._row - row) * TILE_PX
            self.pixmap.scroll(across, down, used.united(used.translated(across, down)))
        self._column = column
        self._row = row
        self._painted = {tile: exact for tile, exact in self._painted.items() if self._holds(tile)}

    def _holds(self, tile: Tile) -> bool:
        return 0 <= tile.column - self._column < self._columns and 0 <= tile.row - self._row < self._rows

    def _used_rect(self) -> QRect:
        columns = [tile.column for tile in self._painted]
        rows = [tile.row for tile in self._painted]
        first, top = min(columns), min(rows)
        return QRect(
            (first - self._column) * TILE_PX,
            (top - self._row) * TILE_PX,
            (max(columns) + 1 - first) * TILE_PX,
            (max(rows) + 1 - top) * TILE_PX,
        )

    def _fill(self, tiles: TileRange, level_size: Size, known: Mapping[Tile, QImage], stand_in: StandIn) -> None:
        painted = self._painted
        missing = [tile for tile in tiles.tiles() if not painted.get(tile)]
        missing = [tile for tile in missing if tile in known or tile not in painted]
        if not missing:
            return
        painter = QPainter(self.pixmap)
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

    If it has to move, it leaves the same space on both sides, because zooming needs both.
    """
    if start >= first and end <= first + room:
        return first
    return min(max(0, start - (room - (end - start)) // 2), max(0, most - room))
