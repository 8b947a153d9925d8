"""Count the pictures in a file, and find the one that is meant: thumbnails and reduced copies are none.

A TIFF is a chain of directories. One with bit 0 of NewSubfileType set is a reduced copy of another (TIFF 6.0, page 36);
some programs write such a thumbnail first.
"""

from __future__ import annotations

import os

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media import jpeg_segments
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.png_start import png_chunks
from topazdesk.media.tiff_directory import CutOffError, TiffDirectory, read_directory

#: A longer chain is a circle, or no scan.
_MOST_PAGES = 10_000
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def count(descriptor: int, info: ImageInfo) -> int:
    """Return how many pictures the open file of `info` has, at least 1. Raises OSError."""
    match info.format:
        case FileFormat.TIFF:
            chain = _chain(descriptor)
            return sum(not each.is_reduced for each in chain) or max(1, len(chain))
        case FileFormat.JPEG:
            return (
                max((jpeg_segments.pictures_in(part) for _, part in jpeg_segments.segments(descriptor)), default=1) or 1
            )
        case FileFormat.PNG:
            told = dict(png_chunks(descriptor, frozenset({b"acTL"}))).get(b"acTL", b"")
            return max(1, int.from_bytes(told[:4], "big"))
        case _:
            return info.pages


def main_page(descriptor: int) -> int:
    """Return the number, from 0, of the page that is the picture; 0 for all but TIFF. Raises OSError."""
    if read_at(descriptor, 0, 4) not in _TIFF:
        return 0
    try:
        length = os.fstat(descriptor).st_size
        first = read_directory(descriptor, length, _first(descriptor))
    except CutOffError:
        return 0
    if not first.is_reduced:
        return 0
    return next((number for number, each in enumerate(_chain(descriptor)) if not each.is_reduced), 0)


def _first(descriptor: int) -> int:
    head = read_at(descriptor, 0, 16)
    order = "little" if head[:2] == b"II" else "big"
    return int.from_bytes(head[8:16] if head[2:4] in (b"+\0", b"\0+") else head[4:8], order)  # type: ignore[arg-type]


def _chain(descriptor: int) -> list[TiffDirectory]:
    length, place = os.fstat(descriptor).st_size, _first(descriptor)
    found, seen = list[TiffDirectory](), set[int]()
    try:
        while 0 < place < length and place not in seen and len(found) < _MOST_PAGES:
            seen.add(place)
            found.append(read_directory(descriptor, length, place))
            place = found[-1].following
    except CutOffError:
        pass  # the pages before it are there
    return found
