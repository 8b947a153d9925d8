"""Complete the facts of a picture by those that a decoder does not tell: colours, resolution, and further pages."""

from __future__ import annotations

import os
import struct
from dataclasses import replace

from topazdesk.domain.image import FileFormat, ImageInfo, PageKind
from topazdesk.media import colour_facts, exif_block, pages
from topazdesk.media.byte_ranges import of_descriptor, read_at
from topazdesk.media.limits import vips
from topazdesk.media.png_chunks import short_ones
from topazdesk.media.tiff_tags import Directories, Directory

#: Across and down in dpi, None where there is no unit; and the width of a pixel divided by its height.
Resolution = tuple[tuple[float, float] | None, float]
_NONE: Resolution = (None, 1.0)
#: Pixels that are further from square are a mistake in the file.
_MOST_ASPECT = 4.0
_MOST_DPI = 100_000.0
_INCH_CM, _INCH_M = 2.54, 0.0254
#: Fields of TIFF and EXIF.
_ACROSS, _DOWN, _UNIT = 282, 283, 296


def completed(descriptor: int, info: ImageInfo, profile: tuple[bytes, str] | None) -> ImageInfo:
    """Return `info` with what the open file says about colours, resolution and pages. Raises OSError.

    `profile` is the embedded one, with the kind of picture, where a decoder found it.
    """
    try:
        colour, fault = colour_facts.facts(descriptor, info, profile)
    except vips().Error:
        colour, fault = info.colour, info.profile_fault  # decoding will say what is wrong
    dpi, aspect = _resolution(descriptor, info)
    return replace(
        info,
        colour=colour,
        profile_fault=fault,
        dpi=dpi,
        pixel_aspect=aspect,
        pages=pages.count(descriptor, info),
        page_kind=_KINDS.get(info.format, PageKind.PICTURE),
    )


_KINDS = {
    FileFormat.TIFF: PageKind.PAGE,
    FileFormat.GIF: PageKind.FRAME,
    FileFormat.WEBP: PageKind.FRAME,
    FileFormat.PNG: PageKind.FRAME,
}


def _resolution(descriptor: int, info: ImageInfo) -> Resolution:
    try:
        match info.format:
            case FileFormat.JPEG:
                return _of_jpeg(descriptor)
            case FileFormat.PNG:
                return _of_png(descriptor)
            case FileFormat.TIFF:
                return _of_tiff(descriptor)
            case FileFormat.BMP:
                return _of_bmp(descriptor)
            case _:
                return _NONE
    except (struct.error, ValueError):
        return _NONE


def _of_jpeg(descriptor: int) -> Resolution:
    """Return the density of the JFIF head; where that has no unit, that of EXIF, as most programs do."""
    found = _NONE
    for content in exif_block.blocks(of_descriptor(descriptor)):
        if content[:5] == b"JFIF\0" and len(content) >= 12:
            unit, across, down = struct.unpack_from(">BHH", content, 7)
            found = _made(across, down, {1: 1.0, 2: _INCH_CM}.get(unit))
        block = exif_block.exif_in(content)
        if block is not None and found[0] is None:
            told = _of_directory(block.at(block.first))
            found = told if told[0] is not None else found
    return found


def _of_tiff(descriptor: int) -> Resolution:
    directories = Directories(of_descriptor(descriptor))
    return _of_directory(directories.at(directories.main(os.fstat(descriptor).st_size)[1]))


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


def _made(across: float, down: float, per_inch: float | None) -> Resolution:
    """Return the resolution of so many pixels a unit, `per_inch` units of which are an inch; None has only a ratio."""
    if across <= 0 or down <= 0:
        return _NONE
    aspect = down / across
    aspect = aspect if 1 / _MOST_ASPECT <= aspect <= _MOST_ASPECT else 1.0
    if per_inch is None or max(across, down) * per_inch > _MOST_DPI:
        return None, aspect
    return (round(across * per_inch, 3), round(down * per_inch, 3)), aspect
