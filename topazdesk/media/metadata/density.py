"""The resolution that a picture states, in dots per inch: read it, work out the result's, write it everywhere alike."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.kept import ResolutionMode
from topazdesk.media.byte_ranges import of_file
from topazdesk.media.jpeg_segments import APP0, segments
from topazdesk.media.metadata import png_text
from topazdesk.media.metadata.library import exiv2
from topazdesk.media.png_chunks import short_ones

#: Dots per inch, across and down.
Density = tuple[float, float]

_INCH_CM = 2.54
_INCH_M = 0.0254
#: What programs write where EXIF demands a number and nothing is known.
_UNKNOWN = 72.0
_TURNED = (5, 6, 7, 8)
#: JFIF holds whole numbers of 16 bits, EXIF rationals; more than that is no resolution of a picture.
_MOST = 65_535.0


def density_of(path: Path, image_format: FileFormat, exif: Any) -> Density | None:
    """Return the resolution that a file states, as its pixels are stored, or None. Raises OSError."""
    by_exif = _of_exif(exif)
    own: Density | None = None
    match image_format:
        case FileFormat.JPEG:
            own = _of_jfif(path)
        case FileFormat.PNG:
            own = _of_png(path)
        case _:
            pass
    if own is not None and (by_exif is None or by_exif == (_UNKNOWN, _UNKNOWN) or image_format is FileFormat.PNG):
        return own
    return by_exif


def density_for(
    stated: Density | None, orientation: int, source: Size, result: Size, mode: ResolutionMode
) -> Density | None:
    """Return the resolution for the result: `stated` is the original's as stored, `source` its upright size."""
    if stated is None:
        return None
    across, down = (stated[1], stated[0]) if orientation in _TURNED else stated
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


def _of_exif(exif: Any) -> Density | None:
    across, down, unit = (
        _number(exif, f"Exif.Image.{name}") for name in ("XResolution", "YResolution", "ResolutionUnit")
    )
    if not across or not down or unit == 1:
        return None
    factor = _INCH_CM if unit == 3 else 1.0
    return _sane(across * factor, down * factor)


def _number(exif: Any, key: str) -> float | None:
    found = exif.findKey(exiv2().ExifKey(key))
    if found == exif.end() or not found.count():
        return None
    numerator, denominator = found.toRational()
    return numerator / denominator if denominator else None


def _of_jfif(path: Path) -> Density | None:
    with path.open("rb") as file:
        read = of_file(file)
        for segment in segments(read):
            content = segment.content(read) if segment.marker == APP0 else b""
            if is_jfif(segment.marker, content):
                unit, across, down = struct.unpack_from(">BHH", content, 7)
                factor = {1: 1.0, 2: _INCH_CM}.get(unit)
                return _sane(across * factor, down * factor) if factor else None
    return None


def _of_png(path: Path) -> Density | None:
    with path.open("rb") as file:
        content = short_ones(of_file(file), frozenset({b"pHYs"})).get(b"pHYs", b"")
    if len(content) != 9:
        return None
    across, down, unit = struct.unpack(">IIB", content)
    return _sane(across * _INCH_M, down * _INCH_M) if unit == 1 else None


def _sane(across: float, down: float) -> Density | None:
    # pHYs counts whole pixels per metre: 300 dpi is written as 11811 and read as 299.9994.
    across, down = (round(value) if abs(value - round(value)) < 0.02 else value for value in (across, down))
    return (float(across), float(down)) if 0 < across <= _MOST and 0 < down <= _MOST else None


def as_rational(value: float) -> tuple[int, int]:
    """Return a resolution as numerator and denominator."""
    return (round(value), 1) if abs(value - round(value)) < 1e-6 else (round(value * 1000), 1000)
