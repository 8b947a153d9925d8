"""How a picture is cut into tiles for a network: cores that cover it once, and what is read around each of them.

A network sees `context` pixels beyond what is kept, and kept parts overlap by twice the feather, in which they are
mixed. So no seam is where two tiles meet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from topazdesk.domain.geometry import Size
from topazdesk.domain.network import Network

#: Half of the width in which two tiles are mixed, in pixels of the source.
FEATHER_PX = 8
#: Sides of tiles are a multiple of this, which is the side of a cell of the colour correction.
CELL_PX = 16
#: The picture is continued by reflection beyond its own edges, as the networks' own programs do.
BORDER_PX = 10

#: What the whole process may have, and what of it the program and a network's weights need.
MOST_BYTES = 1_150_000_000
_BASE_BYTES = 370_000_000


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the source: left and top, right and bottom (exclusive)."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.y1 - self.y0

    def grown(self, by: int, size: Size) -> Box:
        """Return the part with `by` more on all sides, within the picture."""
        return Box(
            max(0, self.x0 - by), max(0, self.y0 - by), min(size.width, self.x1 + by), min(size.height, self.y1 + by)
        )


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile: `core` is its own part, `kept` what is written down of it, `read` what the network is given."""

    core: Box
    kept: Box
    read: Box

    @property
    def work_px(self) -> int:
        """How many pixels the network works on."""
        return (self.read.width + 2 * BORDER_PX) * (self.read.height + 2 * BORDER_PX)


def tiles_of(size: Size, context: int, most_px: int) -> list[Tile]:
    """Return the tiles of a picture, row by row; none has more than about `most_px` pixels to work on."""
    whole = Box(0, 0, size.width, size.height)
    if (size.width + 2 * BORDER_PX) * (size.height + 2 * BORDER_PX) <= most_px:
        return [Tile(whole, whole, whole)]
    around = context + FEATHER_PX
    side = max(2 * CELL_PX, (math.isqrt(most_px) - 2 * around) // CELL_PX * CELL_PX)
    across, down = _even(size.width, side), _even(size.height, side)
    found = []
    for y in range(0, size.height, down):
        for x in range(0, size.width, across):
            core = Box(x, y, min(size.width, x + across), min(size.height, y + down))
            found.append(Tile(core, core.grown(FEATHER_PX, size), core.grown(around, size)))
    return found


def _even(length: int, side: int) -> int:
    """Return the side, at most `side`, with which the same number of tiles are about equally long."""
    return -(-length // -(-length // side) // CELL_PX) * CELL_PX


def most_px(network: Network, free_bytes: int) -> int:
    """Return how many pixels a tile may have, by the memory that is free."""
    room = min(MOST_BYTES, free_bytes * 6 // 10) - _BASE_BYTES
    return max(96 * 96, room // network.bytes_per_px)


def work_px(size: Size, network: Network, free_bytes: int) -> int:
    """Return how many pixels the network works on for a picture of this size, the overlaps counted."""
    return sum(tile.work_px for tile in tiles_of(size, network.context_px, most_px(network, free_bytes)))
