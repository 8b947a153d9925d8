"""How the tiles of a pyramid lie in its file: strip by strip, so that a part of the picture is there before the rest.

A strip is one row of tiles of the finest level. It holds what it contributes to the next levels, too: half a row of
tiles, a quarter, and so on, down to `STRIP_LEVELS`. Those beyond are small, and follow when all strips are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import TILE_PX, Tile, level_sizes

#: Number of levels that are in the strips. A strip has 32 rows of the last one, and JPEG packs 8 at a time.
STRIP_LEVELS = 4


@dataclass(frozen=True)
class TileLayout:
    """The parts of a picture of this size."""

    size: Size

    @cached_property
    def levels(self) -> tuple[Size, ...]:
        """The sizes of all levels."""
        return level_sizes(self.size)

    @property
    def in_strips(self) -> int:
        """How many levels are in the strips."""
        return min(STRIP_LEVELS, len(self.levels))

    @property
    def strips(self) -> int:
        """How many strips there are."""
        return -(-self.size.height // TILE_PX)

    def rows(self, strip: int, level: int = 0) -> int:
        """Return how many rows of a level a strip has."""
        return max(0, min(TILE_PX >> level, self.levels[level].height - strip * (TILE_PX >> level)))

    def parts(self, strip: int) -> Iterator[tuple[int, int]]:
        """Yield level and column of what a strip holds, in the order of the file."""
        for level in range(self.in_strips):
            if self.rows(strip, level):
                for column in range(-(-self.levels[level].width // TILE_PX)):
                    yield level, column

    def place(self, strip: int, level: int, column: int) -> int:
        """Return which of a strip's parts this is, counted from 0."""
        before = (-(-self.levels[each].width // TILE_PX) for each in range(level) if self.rows(strip, each))
        return sum(before) + column

    def strips_of(self, tile: Tile) -> range:
        """Return the strips that a tile of one of their levels lies in."""
        return range(tile.row << tile.level, min(self.strips, (tile.row + 1) << tile.level))
