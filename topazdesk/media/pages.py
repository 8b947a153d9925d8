"""Count the pictures in a file, and find the one that is meant: thumbnails and reduced copies are none."""

from __future__ import annotations

import os

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media.byte_ranges import of_descriptor
from topazdesk.media.multi_picture_index import places
from topazdesk.media.png_chunks import short_ones
from topazdesk.media.tiff_tags import Directories


def count(descriptor: int, info: ImageInfo) -> int:
    """Return how many pictures the open file of `info` has, at least 1. Raises OSError."""
    read = of_descriptor(descriptor)
    match info.format:
        case FileFormat.TIFF:
            return max(1, len(Directories(read).pages(info.bytes_on_disk)))
        case FileFormat.JPEG:
            return max(1, len(places(read)))
        case FileFormat.PNG:
            told = short_ones(read, frozenset({b"acTL", b"fcTL"}))
            if b"acTL" not in told:
                return 1
            # A picture for programs without animation may stand before the frames: then it is none of them.
            return max(1, int.from_bytes(told[b"acTL"][:4], "big") + (b"fcTL" not in told))
        case _:
            return info.pages


def number_in_file(descriptor: int, page: int = 0) -> int:
    """Return the number, from 0, by which decoders know a page: they count the thumbnails in a TIFF, too.

    A picture within another directory has none; it is only read as numbers. Raises OSError.
    """
    try:
        return Directories(of_descriptor(descriptor)).page(os.fstat(descriptor).st_size, page)[0] or 0
    except ValueError:
        return page
