"""The resolution of a result, in dots per inch: work it out from the original's, write it everywhere alike."""

from __future__ import annotations

import struct
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import TURNED
from topazdesk.domain.kept import ResolutionMode
from topazdesk.media.jpeg_segments import APP0
from topazdesk.media.metadata import png_text
from topazdesk.media.metadata.library import exiv2

#: Dots per inch, across and down.
Density = tuple[float, float]

_INCH_CM = 2.54
_INCH_M = 0.0254
#: JFIF holds whole numbers of 16 bits, EXIF rationals; more than that is no resolution of a picture.
_MOST = 65_535.0


def density_for(
    stated: Density | None, orientation: int, source: Size, result: Size, mode: ResolutionMode
) -> Density | None:
    """Return the resolution for the result: `stated` is the original's as stored, `source` its upright size."""
    if stated is None:
        return None
    across, down = (stated[1], stated[0]) if orientation in TURNED else stated
    if mode is ResolutionMode.PRINT_SIZE:
        across, down = across * result.width / source.width, down * result.height / source.height
    return (across, down) if 0 < across <= _MOST and 0 < down <= _MOST else None


def put_in_exif(exif: Any, density: Density | None) -> None:
    """Set the resolution in EXIF, or remove it. Not for TIFF, where exiv2 does not write these tags."""
    library = exiv2()
    for name in ("XResolution", "YResolution", "ResolutionUnit"):
        erase(exif, f"Exif.Image.{name}")
    if density is not None:
        exif["Exif.Image.XResolution"] = library.URationalValue([as_rational(density[0])])
        exif["Exif.Image.YResolution"] = library.URationalValue([as_rational(density[1])])
        exif["Exif.Image.ResolutionUnit"] = library.UShortValue([2])


def erase(data: Any, key: str) -> None:
    """Remove all entries of an EXIF key."""
    key_ = exiv2().ExifKey(key)
    while (found := data.findKey(key_)) != data.end():
        data.erase(found)


def jfif(content: bytes, density: Density | None) -> bytes:
    """Return the content of a JFIF segment with this resolution; without one it states square pixels."""
    across, down = (1, 1) if density is None else (max(1, round(density[0])), max(1, round(density[1])))
    return content[:7] + struct.pack(">BHH", 0 if density is None else 1, across, down) + content[12:]


def is_jfif(marker: int, content: bytes) -> bool:
    """Return whether a segment is the JFIF header."""
    return marker == APP0 and content.startswith(b"JFIF\0") and len(content) >= 14


def phys(density: Density) -> bytes:
    """Return the chunk pHYs, which counts pixels per metre."""
    across, down = (max(1, round(value / _INCH_M)) for value in density)
    return png_text.chunk(b"pHYs", struct.pack(">IIB", across, down, 1))


def of_exif(exif: Any) -> Density | None:
    """Return the resolution that EXIF states, for formats whose header has none; or None."""
    across, down, unit = (
        _number(exif, f"Exif.Image.{name}") for name in ("XResolution", "YResolution", "ResolutionUnit")
    )
    if not across or not down or unit == 1:
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
