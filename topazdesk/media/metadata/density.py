"""The resolution of a result, in dots per inch: work it out from the original's, write it everywhere alike."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.kept import ResolutionMode
from topazdesk.domain.viewport import WHOLE, placement
from topazdesk.media.jpeg_segments import APP0
from topazdesk.media.metadata import png_text
from topazdesk.media.metadata.library import exiv2

_INCH_CM = 2.54
_INCH_M = 0.0254
#: JFIF holds whole numbers of 16 bits, EXIF rationals; more than that is no resolution of a picture.
_MOST = 65_535.0


@dataclass(frozen=True, slots=True)
class Density:
    """Dots per inch, across and down; with `has_unit` False these numbers are proportions only."""

    across: float
    down: float
    has_unit: bool = True

    @property
    def is_writable(self) -> bool:
        """Whether every format can state it."""
        return 0 < self.across <= _MOST and 0 < self.down <= _MOST


def density_for(
    stated: tuple[float, float] | None, source: PixelGrid, result: Size, mode: ResolutionMode, *, is_cropped: bool
) -> Density | None:
    """Return the resolution for the result: `stated` is the upright original's, `source` its pixels.

    `is_cropped`: a result of another shape was made by cropping; else bars were added.
    """
    if stated is None:
        return density_without_unit(source)
    factor = 1.0
    if mode is ResolutionMode.PRINT_SIZE:
        # One factor for both directions: the picture was enlarged alike in both, whatever is around it now.
        factors = result.width / source.pixels.width, result.height / source.pixels.height
        if placement(source.pixels, result) == WHOLE:
            factor = result.long_edge / source.pixels.long_edge
        else:
            factor = max(factors) if is_cropped else min(factors)
    found = Density(stated[0] * factor, stated[1] * factor)
    return found if found.is_writable else None


def density_in_print(result: PixelGrid, page: Size | None, dpi: float) -> Density:
    """Return the resolution of a result that was made for a paper, `page` in pixels at `dpi`, either way round.

    It is `dpi`. Pixels that are not square get one for each direction, so that the print has the picture's proportions
    and is as large as fits on the paper.
    """
    if result.is_square or page is None:
        return Density(dpi, dpi)
    shown = result.shown
    if (shown.width < shown.height) != (page.width < page.height):
        page = page.turned()
    per_inch = dpi * max(shown.width / page.width, shown.height / page.height)
    return Density(per_inch * result.pixels.width / shown.width, per_inch * result.pixels.height / shown.height)


def density_without_unit(grid: PixelGrid) -> Density | None:
    """Return what states the shape of pixels and nothing else; None for square ones."""
    if grid.is_square:
        return None
    ratio = Fraction(grid.aspect).limit_denominator(1000)
    return Density(ratio.denominator, ratio.numerator, has_unit=False)


def put_in_exif(exif: Any, density: Density | None) -> None:
    """Set the resolution in EXIF, or remove it. Not for TIFF, where exiv2 does not write these tags."""
    library = exiv2()
    for name in ("XResolution", "YResolution", "ResolutionUnit"):
        erase(exif, f"Exif.Image.{name}")
    if density is not None:
        exif["Exif.Image.XResolution"] = library.URationalValue([as_rational(density.across)])
        exif["Exif.Image.YResolution"] = library.URationalValue([as_rational(density.down)])
        exif["Exif.Image.ResolutionUnit"] = library.UShortValue([2 if density.has_unit else 1])


def erase(data: Any, key: str) -> None:
    """Remove all entries of an EXIF key."""
    key_ = exiv2().ExifKey(key)
    while (found := data.findKey(key_)) != data.end():
        data.erase(found)


def jfif(content: bytes, density: Density | None) -> bytes:
    """Return the content of a JFIF segment with this resolution; without one it states square pixels."""
    stated = density or Density(1, 1, has_unit=False)
    across, down = max(1, round(stated.across)), max(1, round(stated.down))
    return content[:7] + struct.pack(">BHH", int(stated.has_unit), across, down) + content[12:]


def is_jfif(marker: int, content: bytes) -> bool:
    """Return whether a segment is the JFIF header."""
    return marker == APP0 and content.startswith(b"JFIF\0") and len(content) >= 14


def phys(density: Density) -> bytes:
    """Return the chunk pHYs, which counts pixels per metre, or states proportions."""
    unit = _INCH_M if density.has_unit else 1.0
    across, down = (max(1, round(value / unit)) for value in (density.across, density.down))
    return png_text.chunk(b"pHYs", struct.pack(">IIB", across, down, int(density.has_unit)))


def of_exif(exif: Any) -> tuple[float, float] | None:
    """Return the resolution that EXIF states, for formats whose header has none; or None.

    Those are shown with square pixels by everybody, so that another resolution across than down is a mistake.
    """
    across, down, unit = (
        _number(exif, f"Exif.Image.{name}") for name in ("XResolution", "YResolution", "ResolutionUnit")
    )
    if not across or not down or unit == 1:
        return None
    if abs(across - down) > 0.01 * down:
        return None
    factor = _INCH_CM if unit == 3 else 1.0
    return across * factor, down * factor


def _number(exif: Any, key: str) -> float | None:
    found = exif.findKey(exiv2().ExifKey(key))
    if found == exif.end() or not found.count():
        return None
    numerator, denominator = found.toRational()
    return numerator / denominator if denominator else None


def as_rational(value: float) -> tuple[int, int]:
    """Return a resolution as numerator and denominator."""
    return (round(value), 1) if abs(value - round(value)) < 1e-6 else (round(value * 1000), 1000)
