"""Sizes of pictures in pixels and megapixels, and output size settings that turn a source size into a target size.

A megapixel is 1,000,000 pixels. A side may have 1 to 32,000 pixels (published OpenAPI: `output_width`,
`output_height`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NewType

from topazdesk.language import say

Megapixels = NewType("Megapixels", float)

MAX_SIDE_PX = 32_000

#: The resolution of a good print, and the range that printers and files have a use for.
DEFAULT_DPI = 300.0
LEAST_DPI, MOST_DPI = 10.0, 4800.0


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"size must be positive, got {self.width} x {self.height}")

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.width * self.height

    @property
    def megapixels(self) -> Megapixels:
        """Pixels / 1,000,000."""
        return Megapixels(self.pixels / 1_000_000)

    @property
    def long_edge(self) -> int:
        """The longer side in pixels."""
        return max(self.width, self.height)

    def scaled(self, factor: float) -> Size:
        """Return both sides times `factor`, rounded half up, at least 1 px. Exact for decimal factors such as 1.1."""
        numerator, denominator = _exact(factor).as_integer_ratio()
        # Rounded half up in integer arithmetic, which is fast: thousands of pictures are scaled at once.
        width, height = (
            (2 * side * numerator + denominator) // (2 * denominator) for side in (self.width, self.height)
        )
        return Size(max(1, width), max(1, height))

    def turned(self) -> Size:
        """Return the size with width and height swapped."""
        return Size(self.height, self.width)

    def fits_sides(self, limit_px: int = MAX_SIDE_PX) -> bool:
        """Return whether no side is longer than `limit_px`."""
        return self.long_edge <= limit_px


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """The pixels of an upright picture and their shape, which is all that says how the picture looks.

    `aspect` is the width of one pixel divided by its height. Fax machines and some scanners make it other than 1.
    """

    pixels: Size
    aspect: float = 1.0

    @property
    def is_square(self) -> bool:
        """Whether the pixels are square, as nearly all are."""
        return self.aspect == 1.0

    @property
    def shown(self) -> Size:
        """The size in square pixels at which the picture is shown.

        The coarser direction is stretched and the other one left as it is, so that at 100 % no pixel is lost.
        """
        width, height = self.pixels.width, self.pixels.height
        if self.aspect > 1:
            return Size(max(1, round(width * self.aspect)), height)
        return Size(width, max(1, round(height / self.aspect))) if self.aspect < 1 else self.pixels

    @property
    def size_remark(self) -> str:
        """What is said beside the size of a result that has these pixels; "" where they are square."""
        if self.is_square:
            return ""
        seen = f"{self.shown.width} × {self.shown.height}"
        return say("Sizes count pixels. This picture's are not square: its result is seen as {seen}.", seen=seen)

    def fitted(self, box: Size) -> Size:
        """Return the size at which the picture is shown as large as fits into `box`, but not enlarged."""
        shown = self.shown
        factor = min(1.0, box.width / shown.width, box.height / shown.height)
        return Size(max(1, round(shown.width * factor)), max(1, round(shown.height * factor)))


@lru_cache(maxsize=64)
def _exact(factor: float) -> Fraction:
    """Return the decimal number that was written, not the binary one next to it."""
    return Fraction(str(factor))


def _round(value: Fraction) -> int:
    return max(1, math.floor(value + Fraction(1, 2)))


class SizeMode(StrEnum):
    """How the output size is chosen; the value is the stable word in recipes."""

    KEEP = "keep"  # the service keeps the size (models without an output size)
    SCALE = "scale"
    WIDTH = "width"
    HEIGHT = "height"
    BOX = "box"  # width and height both given
    LONG_EDGE = "long_edge"
    MEGAPIXELS = "megapixels"
    PRINT = "print"  # as large as fits on a paper


class PaperUnit(StrEnum):
    """In what a paper is measured."""

    CM = "cm"
    INCH = "in"

    @property
    def inches(self) -> Fraction:
        """How many inches one of it is."""
        return Fraction(1) if self is PaperUnit.INCH else Fraction(100, 254)


@dataclass(frozen=True, slots=True)
class Paper:
    """The size of a print, either way round: a portrait is printed upright on the same paper as a landscape."""

    width: float
    height: float
    unit: PaperUnit = PaperUnit.CM

    def __str__(self) -> str:
        return f"{self.width:g} × {self.height:g} {self.unit.value}"

    def pixels(self, dpi: float, source: Size) -> Size:
        """Return the paper in pixels, turned as `source` is. Raises ValueError for what is no paper."""
        if not all(math.isfinite(side) and side > 0 for side in (self.width, self.height)):
            raise ValueError(f"a paper has positive sides, got {self.width} x {self.height}")
        short, long = sorted(
            _round(_exact(float(side)) * self.unit.inches * _exact(float(dpi))) for side in (self.width, self.height)
        )
        return Size(long, short) if source.width >= source.height else Size(short, long)


def print_problem(paper: Paper, dpi: float) -> str | None:
    """Return a sentence that says why no result can have this size, or None."""
    if not (math.isfinite(dpi) and LEAST_DPI <= dpi <= MOST_DPI):
        return say(
            "The resolution must be between {least_dpi:g} and {most_dpi:,.0f} dpi.",
            least_dpi=LEAST_DPI,
            most_dpi=MOST_DPI,
        )
    try:
        page = paper.pixels(dpi, Size(1, 1))
    except ValueError:
        return say("Both sides must be above 0.")
    if not page.fits_sides():
        return say("At {dpi:g} dpi it would be longer than {max_side_px:,} pixels.", dpi=dpi, max_side_px=MAX_SIDE_PX)
    return None


@dataclass(frozen=True, slots=True)
class OutputSize:
    """An output size setting. `value` is a factor, pixels, megapixels or dots per inch, as `mode` says.

    `height_px` is for BOX, `paper` for PRINT.
    """

    mode: SizeMode = SizeMode.KEEP
    value: float = 1.0
    height_px: int = 0
    paper: Paper | None = None

    @classmethod
    def keep(cls) -> OutputSize:
        """Return the setting that keeps the size of the source."""
        return cls()

    @classmethod
    def scale(cls, factor: float) -> OutputSize:
        """Return the setting that multiplies both sides by `factor`."""
        return cls(SizeMode.SCALE, factor)

    @classmethod
    def print(cls, paper: Paper, dpi: float) -> OutputSize:
        """Return the setting that fits the picture on a paper at a resolution."""
        return cls(SizeMode.PRINT, dpi, paper=paper)

    @property
    def dpi(self) -> float | None:
        """The resolution that the result is made for; None if it is not made for a print."""
        return float(self.value) if self.mode is SizeMode.PRINT else None

    def resolve(self, source: Size) -> Size:
        """Return the target size for an upright source. The aspect ratio is kept, except by BOX.

        Raises ValueError when `value` is not a positive number, and for PRINT without a paper.
        """
        if not math.isfinite(self.value) or self.value <= 0:
            raise ValueError(f"output size must be positive, got {self.value}")
        match self.mode:
            case SizeMode.KEEP:
                return source
            case SizeMode.SCALE:
                return source.scaled(self.value)
            case SizeMode.WIDTH:
                width = int(self.value)
                return Size(width, _round(Fraction(source.height * width, source.width)))
            case SizeMode.HEIGHT:
                height = int(self.value)
                return Size(_round(Fraction(source.width * height, source.height)), height)
            case SizeMode.BOX:
                return Size(int(self.value), self.height_px)
            case SizeMode.LONG_EDGE:
                edge = int(self.value)
                by_width = source.width >= source.height
                mode = SizeMode.WIDTH if by_width else SizeMode.HEIGHT
                return OutputSize(mode, edge).resolve(source)
            case SizeMode.MEGAPIXELS:
                factor = math.sqrt(self.value * 1_000_000 / source.pixels)
                # Rounded down, so that 24 MP never come out a row of pixels above a price step at 24 MP.
                return Size(max(1, math.floor(source.width * factor)), max(1, math.floor(source.height * factor)))
            case SizeMode.PRINT:
                if self.paper is None:
                    raise ValueError("a print needs a paper")
                page = self.paper.pixels(self.value, source)
                fills_width = page.width * source.height <= page.height * source.width
                mode, side = (SizeMode.WIDTH, page.width) if fills_width else (SizeMode.HEIGHT, page.height)
                return OutputSize(mode, side).resolve(source)

    def factor_for(self, source: Size) -> float:
        """Return the factor from the source's long edge to the result's, for names and labels."""
        return self.resolve(source).long_edge / source.long_edge
