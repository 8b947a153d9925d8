"""Tiles of a picture pyramid: levels, tile rectangles, and which tiles a view needs, nearest the centre first.

Level 0 is the picture itself; each further level halves both sides, rounding down, as libvips writes its pyramids. A
pixel of level n therefore stands for exactly 2ⁿ × 2ⁿ pixels of level 0, and up to one pixel of a level may be missing
at the right and lower edges. All rectangles are half-open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from topazdesk.domain.geometry import Size

#: Width and height of a tile in pixels; the last column and row are smaller.
TILE_PX = 256


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels or in fractions of a picture (0 to 1). Width and height are not negative."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The first coordinate to the right of the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The first coordinate below the rectangle."""
        return self.y + self.height

    def intersected(self, other: Rect) -> Rect:
        """Return the common part; its width or height is 0 if there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Rect(x, y, max(0.0, min(self.right, other.right) - x), max(0.0, min(self.bottom, other.bottom) - y))


class Tile(NamedTuple):
    """The address of a tile. A tuple, because every painted frame makes and looks up hundreds of them."""

    level: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class TileRange:
    """A rectangle of tiles on one level, half-open: `first_column <= column < end_column`, and so for rows."""

    level: int
    first_column: int
    first_row: int
    end_column: int
    end_row: int

    @property
    def count(self) -> int:
        """The number of tiles."""
        return (self.end_column - self.first_column) * (self.end_row - self.first_row)

    def __contains__(self, tile: Tile) -> bool:
        return (
            tile.level == self.level
            and self.first_column <= tile.column < self.end_column
            and self.first_row <= tile.row < self.end_row
        )

    def tiles(self) -> tuple[Tile, ...]:
        """Return all tiles, row by row."""
        return tuple(
            Tile(self.level, column, row)
            for row in range(self.first_row, self.end_row)
            for column in range(self.first_column, self.end_column)
        )


def level_sizes(size: Size, tile_px: int = TILE_PX) -> tuple[Size, ...]:
    """Return the sizes of all levels, from the picture itself down to the first that fits into one tile."""
    sizes = [size]
    while sizes[-1].long_edge > tile_px:
        last = sizes[-1]
        sizes.append(Size(max(1, last.width // 2), max(1, last.height // 2)))
    return tuple(sizes)


def level_for_scale(scale: float, levels: int) -> int:
    """Return the coarsest level that still has a pixel for every pixel of the view, from 0 to `levels` - 1.

    `scale` is in view pixels per pixel of level 0. A thousandth too few pixels is tolerated, so that a rounded factor
    does not cost four times the tiles. Raises ValueError unless `scale` is positive and finite.
    """
    if scale <= 0 or not math.isfinite(scale):
        raise ValueError(f"scale must be positive, got {scale}")
    level = math.floor(math.log2(1 / scale) + 0.0015)
    return min(max(level, 0), levels - 1)


def grid(level_size: Size, tile_px: int = TILE_PX) -> tuple[int, int]:
    """Return the number of columns and rows of a level."""
    return -(-level_size.width // tile_px), -(-level_size.height // tile_px)


def tile_rect(tile: Tile, level_size: Size, tile_px: int = TILE_PX) -> tuple[int, int, int, int]:
    """Return left, top, width and height of a tile in pixels of its level.

    Raises ValueError for a tile outside the level.
    """
    columns, rows = grid(level_size, tile_px)
    if not (0 <= tile.column < columns and 0 <= tile.row < rows):
        raise ValueError(f"{tile} is outside of {columns} x {rows} tiles")
    left, top = tile.column * tile_px, tile.row * tile_px
    return left, top, min(tile_px, level_size.width - left), min(tile_px, level_size.height - top)


def range_for(level: int, level_size: Size, part: Rect, tile_px: int = TILE_PX) -> TileRange:
    """Return the tiles of a level that a part of the picture touches.

    `part` is in pixels of level 0 and may reach beyond the picture; an empty part gives an empty range.
    """
    columns, rows = grid(level_size, tile_px)
    step = tile_px * 2.0**level
    if part.width <= 0 or part.height <= 0:
        return TileRange(level, 0, 0, 0, 0)
    first_column = min(max(math.floor(part.x / step), 0), columns - 1)
    first_row = min(max(math.floor(part.y / step), 0), rows - 1)
    end_column = max(min(math.ceil(part.right / step), columns), first_column + 1)
    end_row = max(min(math.ceil(part.bottom / step), rows), first_row + 1)
    return TileRange(level, first_column, first_row, end_column, end_row)


def widened(tiles: TileRange, level_size: Size, by: int = 1, tile_px: int = TILE_PX) -> TileRange:
    """Return the range with `by` more tiles on each side, as far as the level reaches."""
    if tiles.count == 0:
        return tiles
    columns, rows = grid(level_size, tile_px)
    return TileRange(
        tiles.level,
        max(0, tiles.first_column - by),
        max(0, tiles.first_row - by),
        min(columns, tiles.end_column + by),
        min(rows, tiles.end_row + by),
    )


def centre_first(tiles: TileRange, part: Rect, tile_px: int = TILE_PX) -> tuple[Tile, ...]:
    """Return the tiles of a range, those nearest the centre of `part` (level 0 pixels) first: there the eye looks."""
    step = tile_px * 2.0**tiles.level
    x = (part.x + part.width / 2) / step - 0.5
    y = (part.y + part.height / 2) / step - 0.5
    return tuple(sorted(tiles.tiles(), key=lambda tile: ((tile.column - x) ** 2 + (tile.row - y) ** 2, tile)))
