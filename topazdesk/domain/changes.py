"""Where a result differs from its source: measurements per cell of a grid, the strongest areas, and the changed share.

Each cell holds two measurements, made with both pictures at the source's size. *Structure* is 1 − SSIM of the
lightness, averaged over windows of 8 × 8 pixels (Wang, Bovik, Sheikh, Simoncelli 2004, constants 0.01 and 0.03): 0 is
the same pattern, 1 nothing in common. *Colour* is CIEDE2000 (ISO/CIE 11664-6) between means of 4 × 4 pixels, so that
noise does not count twice: 1 can just be seen side by side, 10 at a glance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect

#: Approximate number of cells along the long edge; the side of a cell is a multiple of `WINDOW_PX`.
CELLS = 96
WINDOW_PX = 8
#: The colour difference that counts as much as an entirely different pattern.
FULL_COLOUR = 20.0
#: From this strength on, a change is clear: whoever flips between the two pictures sees it without being told where.
CLEAR = 0.3
#: How many areas are listed at most, how many cells each spans per side, and the least strength of one.
AREAS = 5
AREA_CELLS = 4
FAINT = 0.05


@dataclass(frozen=True, slots=True)
class Area:
    """An area that changed. `rank` counts from 1, the strongest; `part` is in fractions of the source (0 to 1)."""

    rank: int
    part: Rect
    strength: float


@dataclass(frozen=True)
class ChangeMap:
    """The measurements of all cells, row by row; `size` is the size at which both pictures were compared."""

    size: Size
    cell_px: int
    columns: int
    rows: int
    structure: tuple[float, ...]
    colour: tuple[float, ...]

    def __post_init__(self) -> None:
        if not (len(self.structure) == len(self.colour) == self.columns * self.rows > 0) or self.cell_px < 1:
            raise ValueError(f"{len(self.structure)} and {len(self.colour)} do not fill {self.columns} x {self.rows}")

    @cached_property
    def strengths(self) -> tuple[float, ...]:
        """The change of each cell from 0 to 1, row by row; structure alone or colour alone can make it 1."""
        return tuple(strength(s, c) for s, c in zip(self.structure, self.colour, strict=True))

    @property
    def clear_share(self) -> float:
        """The share of the picture (0 to 1) that changed clearly; of a cell at the edge, the part inside counts."""
        changed = sum(weight for weight, value in zip(self._weights(), self.strengths, strict=True) if value >= CLEAR)
        return changed / self.size.pixels

    def areas(self, most: int = AREAS) -> tuple[Area, ...]:
        """Return up to `most` areas, strongest first and well apart; fewer where little changed."""
        reach_x, reach_y = min(AREA_CELLS, self.columns), min(AREA_CELLS, self.rows)
        sums = _sums(self.strengths, self.columns, self.rows, reach_x, reach_y)
        found: list[tuple[int, int]] = []
        areas: list[Area] = []
        for value, x, y in sorted(sums, key=lambda entry: (-entry[0], entry[2], entry[1])):
            if value < FAINT or len(areas) == most:
                break
            # At least their own size apart: five marks on one spot would say no more than one.
            if all(abs(x - a) > 2 * reach_x or abs(y - b) > 2 * reach_y for a, b in found):
                found.append((x, y))
                areas.append(Area(len(areas) + 1, self._part(x, y, reach_x, reach_y), value))
        return tuple(areas)

    def to_json(self) -> dict[str, Any]:
        """Return the map as a JSON object, for a file next to the result."""
        return {
            "version": 1,
            "size": [self.size.width, self.size.height],
            "cell_px": self.cell_px,
            "columns": self.columns,
            "rows": self.rows,
            "structure": [round(value, 3) for value in self.structure],
            "colour": [round(value, 2) for value in self.colour],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ChangeMap:
        """Return the map that `to_json` wrote. Raises ValueError for anything else."""
        try:
            if data["version"] != 1:
                raise ValueError("another version")
            width, height = (int(value) for value in data["size"])
            numbers = {
                name: tuple(float(value) for value in data[name] if math.isfinite(float(value)))
                for name in ("structure", "colour")
            }
            return cls(Size(width, height), int(data["cell_px"]), int(data["columns"]), int(data["rows"]), **numbers)
        except (KeyError, TypeError) as error:
            raise ValueError("these are no numbers of a change map") from error

    def _weights(self) -> Iterator[int]:
        """Yield for each cell how many of its pixels lie inside the picture."""
        for row in range(self.rows):
            height = max(0, min(self.cell_px, self.size.height - row * self.cell_px))
            for column in range(self.columns):
                yield height * max(0, min(self.cell_px, self.size.width - column * self.cell_px))

    def _part(self, x: int, y: int, across: int, down: int) -> Rect:
        width, height = self.size.width, self.size.height
        left, top = x * self.cell_px / width, y * self.cell_px / height
        right, bottom = min(1.0, (x + across) * self.cell_px / width), min(1.0, (y + down) * self.cell_px / height)
        return Rect(left, top, right - left, bottom - top)


def strength(structure: float, colour: float) -> float:
    """Return the change of a cell from 0 to 1: 1 − (what is left of the pattern) × (what is left of the colour)."""
    return 1 - (1 - min(max(structure, 0.0), 1.0)) * (1 - min(max(colour, 0.0) / FULL_COLOUR, 1.0))


def cell_for(size: Size) -> int:
    """Return the side of a cell in pixels: a multiple of the window, for about `CELLS` cells along the long edge."""
    return max(1, round(size.long_edge / CELLS / WINDOW_PX)) * WINDOW_PX


def _sums(values: tuple[float, ...], columns: int, rows: int, wide: int, high: int) -> list[tuple[float, int, int]]:
    """Return the mean of each rectangle of `wide` × `high` cells as (mean, first column, first row).

    A summed-area table makes this linear in the number of cells.
    """
    table = [[0.0] * (columns + 1)]
    for row in range(rows):
        line, last = [0.0], table[-1]
        for column in range(columns):
            line.append(line[-1] + values[row * columns + column])
        table.append([above + total for above, total in zip(last, line, strict=True)])
    count = wide * high
    return [
        # Rounded, so that equally strong places come in reading order.
        (round((table[y + high][x + wide] - table[y][x + wide] - table[y + high][x] + table[y][x]) / count, 6), x, y)
        for y in range(rows - high + 1)
        for x in range(columns - wide + 1)
    ]
