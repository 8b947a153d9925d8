"""The resolution that a picture states, in dots per inch, and the proportions of its pixels: read them, state them.

A picture that states none stays without: a number that a writer makes up would decide how large it is printed.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media import bmff, exif_block
from topazdesk.media.byte_ranges import of_descriptor, of_file, read_at
from topazdesk.media.png_chunks import before_pixels, short_ones
from topazdesk.media.tiff_tags import Directories, Directory

if TYPE_CHECKING:
    import pyvips

#: Across and down in dpi, None where there is no unit; and the width of a pixel divided by its height.
Resolution = tuple[tuple[float, float] | None, float]
_NONE: Resolution = (None, 1.0)
#: What programs write where EXIF demands a number and nothing is known.
_UNKNOWN = (72.0, 72.0)
#: Pixels that are further from square are a mistake in the file, and its resolution is one, too; nearer ones are square
#: but for rounding.
_MOST_ASPECT = 4.0
_LEAST_ASPECT = 1.01
_MOST_DPI = 100_000.0
_INCH_CM, _INCH_M, _INCH_MM = 2.54, 0.0254, 25.4
#: Fields of TIFF and EXIF.
_ACROSS, _DOWN, _UNIT = 282, 283, 296


def stating(image: pyvips.Image, info: ImageInfo) -> pyvips.Image:
    """Return the upright picture with the resolution of its file, or with the proportions of its pixels alone.

    libvips writes a unit in any case: call `without_unit` on a file of a picture that states no resolution.
    """
    across, down = info.dpi or (_INCH_MM, _INCH_MM * info.pixel_aspect)
    if info.is_turned:
        across, down = down, across
    stated: pyvips.Image = image.copy(xres=across / _INCH_MM, yres=down / _INCH_MM)
    return stated


def without_unit(path: Path, image_format: FileFormat) -> None:
    """Make the resolution in a PNG or TIFF that we wrote one without a unit: proportions, no size. Raises OSError."""
    with path.open("rb+") as file:
        read = of_file(file)
        if image_format is FileFormat.PNG:
            for chunk in before_pixels(read):
                if chunk.kind == b"pHYs":
                    content = b"pHYs" + chunk.content(read)[:8] + b"\0"
                    file.seek(chunk.start + 4)
                    file.write(content + struct.pack(">I", zlib.crc32(content)))
                    return
        else:
            directories = Directories(read)
            place = directories.inline_place(directories.first, _UNIT)
            if place is not None:
                file.seek(place)
                file.write(struct.pack(directories.order + "H", 1))


def read(descriptor: int, image_format: FileFormat, page: int = 0) -> Resolution:
    """Return what an open file of a format says about a page's resolution, as its pixels are stored. Raises OSError."""
    try:
        match image_format:
            case FileFormat.JPEG:
                return _of_jpeg(descriptor)
            case FileFormat.PNG:
                return _of_png(descriptor)
            case FileFormat.TIFF:
                return _of_tiff(descriptor, page)
            case FileFormat.BMP:
                return _of_bmp(descriptor)
            case FileFormat.GIF:
                return _of_gif(descriptor)
            case FileFormat.HEIC | FileFormat.AVIF:
                width, height = bmff.describe(descriptor).spacing
                return _made(height, width, None)
            case _:
                return _NONE
    except (struct.error, ValueError):
        return _NONE


def _of_jpeg(descriptor: int) -> Resolution:
    """Return what EXIF says, unless that is what programs write where they know nothing; then the JFIF head."""
    by_head = by_exif = _NONE
    for content in exif_block.blocks(of_descriptor(descriptor)):
        if content[:5] == b"JFIF\0" and len(content) >= 12:
            unit, across, down = struct.unpack_from(">BHH", content, 7)
            by_head = _made(across, down, {1: 1.0, 2: _INCH_CM}.get(unit))
        block = exif_block.exif_in(content)
        if block is not None:
            by_exif = _of_directory(block.at(block.first))
    says_nothing = by_exif[0] is None or by_exif[0] == _UNKNOWN
    return by_head if says_nothing and by_head != _NONE else by_exif


def _of_tiff(descriptor: int, page: int) -> Resolution:
    directories = Directories(of_descriptor(descriptor))
    return _of_directory(directories.at(directories.page(os.fstat(descriptor).st_size, page)[1]))


def _of_png(descriptor: int) -> Resolution:
    data = short_ones(of_descriptor(descriptor), frozenset({b"pHYs"})).get(b"pHYs", b"")
    if len(data) != 9:
        return _NONE
    across, down, unit = struct.unpack(">IIB", data)
    return _made(across, down, _INCH_M if unit == 1 else None)


def _of_directory(directory: Directory) -> Resolution:
    unit = int(directory.number(_UNIT, 2))  # inches, unless it says otherwise
    return _made(directory.number(_ACROSS), directory.number(_DOWN), {2: 1.0, 3: _INCH_CM}.get(unit))


def _of_bmp(descriptor: int) -> Resolution:
    head = read_at(descriptor, 14, 40)
    if len(head) < 40 or int.from_bytes(head[:4], "little") < 40:
        return _NONE
    across, down = struct.unpack_from("<ii", head, 24)
    return _made(across, down, _INCH_M)


def _of_gif(descriptor: int) -> Resolution:
    """Return what the screen descriptor says (GIF89a, section 18): proportions only, 0 for none."""
    byte = read_at(descriptor, 12, 1)
    return _made(64.0, byte[0] + 15.0, None) if byte and byte[0] else _NONE


def _made(across: float, down: float, per_inch: float | None) -> Resolution:
    """Return the resolution of so many pixels a unit, `per_inch` units of which are an inch; None has only a ratio."""
    if not (0 < across <= _MOST_ASPECT * down and 0 < down <= _MOST_ASPECT * across):
        return _NONE
    aspect = down / across
    if max(aspect, 1 / aspect) < _LEAST_ASPECT:
        aspect = 1.0
    if per_inch is None or max(across, down) * per_inch > _MOST_DPI:
        return None, aspect
    return (_whole(across * per_inch), _whole(down * per_inch)), aspect


def _whole(dpi: float) -> float:
    # pHYs counts whole pixels per metre: 300 dpi is written as 11811 and read as 299.9994.
    return float(round(dpi)) if abs(dpi - round(dpi)) < 0.02 else round(dpi, 3)
