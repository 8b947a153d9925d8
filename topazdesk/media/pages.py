"""Count the pictures in a file, and find the one that is meant: thumbnails and reduced copies are none."""

from __future__ import annotations

import os

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media import exif_block
from topazdesk.media.byte_ranges import of_descriptor
from topazdesk.media.png_chunks import short_ones
from topazdesk.media.tiff_tags import Directories


def count(descriptor: int, info: ImageInfo) -> int:
    """Return how many pictures the open file of `info` has, at least 1. Raises OSError."""
    read = of_descriptor(descriptor)
    match info.format:
        case FileFormat.TIFF:
            reduced = [is_reduced for _, is_reduced in Directories(read).chain(info.bytes_on_disk)]
            return reduced.count(False) or max(1, len(reduced))
        case FileFormat.JPEG:
            return max(map(exif_block.pictures_in, exif_block.blocks(read)), default=1) or 1
        case FileFormat.PNG:
            told = short_ones(read, frozenset({b"acTL"})).get(b"acTL", b"")
            return max(1, int.from_bytes(told[:4], "big"))
        case _:
            return info.pages


def main_page(descriptor: int) -> int:
    """Return the number, from 0, of the page that is the picture; 0 for all but TIFF. Raises OSError."""
    try:
        return Directories(of_descriptor(descriptor)).main(os.fstat(descriptor).st_size)[0]
    except ValueError:
        return 0
