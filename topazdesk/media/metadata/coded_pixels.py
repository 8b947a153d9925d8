"""Compare the coded pixels of two files, byte by byte and without decoding them.

What is equal here decodes to equal pixels: the coded data, and every table and number by which they are decoded. What
is not equal may still decode to the same, so only a decoder can say that it does not.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator
from itertools import zip_longest

from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import of_descriptor, read_at
from topazdesk.media.stripped import OddFileError, bare_pieces
from topazdesk.media.tiff_directory import CutOffError, read_directory
from topazdesk.media.tiff_tags import Directories

#: Fields of a TIFF by which its pixels are decoded and meant, other than where they lie (TIFF 6.0 and supplements).
_DECODING = (
    *(254, 255, 256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 301, 317, 318, 319, 320, 322, 323, 332, 334),
    *(338, 339, 340, 341, 342, 347, 529, 530, 531, 532, 34_675, 50_674),
)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8, 17: 8}
_OLD_JPEG = 6
_CHUNK = 4_194_304
_JFIF_MARK = b"\xff\xe0"


def coded_alike(one: int, other: int, image_format: FileFormat) -> bool:
    """Return whether two open files of a format certainly have the same pixels; False where that cannot be told."""
    try:
        match image_format:
            case FileFormat.TIFF:
                return _of_tiff(one) == _of_tiff(other) and _strips_alike(one, other)
            case FileFormat.JPEG | FileFormat.PNG:
                return _bare_alike(one, other, image_format)
            case _:
                return False
    except (OddFileError, CutOffError, ValueError, KeyError, struct.error):
        return False


def _of_tiff(descriptor: int) -> tuple[object, ...]:
    """Return the head of a TIFF, and the fields of its first page by which that is decoded."""
    read, length = of_descriptor(descriptor), os.fstat(descriptor).st_size
    directories = Directories(read)
    _, place = directories.page(length)
    entries, _ = directories.entries(place) or ([], 0)
    found = {
        entry.tag: (entry.kind, directories.data(entry, entry.values * _SIZES[entry.kind]))
        for entry in entries
        if entry.tag in _DECODING
    }
    if not found or int.from_bytes(found.get(259, (3, b"\1\0"))[1], "little") in (_OLD_JPEG, _OLD_JPEG << 8):
        raise ValueError("decoded by other fields than these")
    return read(0, 4), sorted(found.items())


def _strips_alike(one: int, other: int) -> bool:
    left, right = (read_directory(each, os.fstat(each).st_size).segments for each in (one, other))
    if not left or [count for _, count in left] != [count for _, count in right]:
        return False
    return all(
        read_at(one, a + start, part) == read_at(other, b + start, part) and part > 0
        for (a, count), (b, _) in zip(left, right, strict=True)
        for start in range(0, count, _CHUNK)
        for part in (min(_CHUNK, count - start),)
    )


def _bare_alike(one: int, other: int, image_format: FileFormat) -> bool:
    pairs = zip_longest(_pieces(one, image_format), _pieces(other, image_format), fillvalue=memoryview(b""))
    return all(
        len(left) == len(right)
        and all(
            left[at : at + _CHUNK].tobytes() == right[at : at + _CHUNK].tobytes() for at in range(0, len(left), _CHUNK)
        )
        for left, right in pairs
    )


def _pieces(descriptor: int, image_format: FileFormat) -> Iterator[memoryview]:
    """Yield the parts of the bare picture, other than those that state its resolution."""
    data = memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
    for piece in bare_pieces(data, image_format):
        view = memoryview(piece)
        if view[:2].tobytes() != _JFIF_MARK and view[4:8].tobytes() != b"pHYs":
            yield view
