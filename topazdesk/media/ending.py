"""Detect truncated picture files without decoding them.

Failed copies, full cards and broken downloads cut files off. Each format has an end mark or a length that shows it.
Trailing data after the picture (motion photos, camera notes, padding) is legal and not a fault.
"""

from __future__ import annotations

import struct

from topazdesk.domain.image import FileFormat
from topazdesk.media.boxes import box_places
from topazdesk.media.byte_ranges import of_descriptor, read_at
from topazdesk.media.jpeg_segments import first_scan
from topazdesk.media.png_chunks import chunks
from topazdesk.media.tiff_directory import CutOffError, read_directory

_TAIL = 65_536
_CHUNK = 4_194_304


def ends_early(descriptor: int, image_format: FileFormat, length: int) -> bool:
    """Return whether the file, `length` bytes long, certainly ends too early; False if that is costly to find out."""
    match image_format:
        case FileFormat.JPEG:
            return _jpeg(descriptor, length)
        case FileFormat.PNG:
            return _png(descriptor, length)
        case FileFormat.WEBP:
            return length < 8 + int.from_bytes(read_at(descriptor, 4, 4), "little")
        case FileFormat.BMP:
            return _bmp(descriptor, length)
        case FileFormat.TIFF:
            return _tiff(descriptor, length)
        case FileFormat.HEIC | FileFormat.AVIF:
            return _boxes(descriptor, length)
        case _:
            return False


def _jpeg(descriptor: int, length: int) -> bool:
    start = first_scan(of_descriptor(descriptor), length)
    if start is None:
        return True
    # FF D9 cannot occur inside coded data (FF is always followed by 00 there), so finding it after the start of the
    # first scan means that the picture is complete. The thumbnail inside the header has an end mark of its own and is
    # skipped.
    tail = max(start, length - _TAIL)
    if b"\xff\xd9" in read_at(descriptor, tail, length - tail):
        return False
    while start < tail:
        part = read_at(descriptor, start, _CHUNK + 1)
        if b"\xff\xd9" in part:
            return False
        start += _CHUNK
    return True


def _png(descriptor: int, length: int) -> bool:
    tail = max(8, length - _TAIL)
    mark = read_at(descriptor, tail, length - tail).find(b"IEND")
    if mark >= 0 and tail + mark + 8 <= length:
        return False
    # There may be a lot of data after the end mark: walk the chunks instead.
    return all(chunk.kind != b"IEND" or chunk.end > length for chunk in chunks(of_descriptor(descriptor)))


def _bmp(descriptor: int, length: int) -> bool:
    head = read_at(descriptor, 0, 54)
    if len(head) < 54:
        return True
    offset, header = struct.unpack_from("<I", head, 10)[0], struct.unpack_from("<I", head, 14)[0]
    if header < 40:
        return False
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", head, 18)
    if compression not in (0, 3):
        return False
    row = (abs(width) * bits + 31) // 32 * 4
    return bool(length < offset + row * abs(height))


def _tiff(descriptor: int, length: int) -> bool:
    """Return whether the first directory, or a strip or tile in it, lies beyond the end."""
    try:
        directory = read_directory(descriptor, length)
    except CutOffError:
        return True
    return any(offset + count > length for offset, count in directory.segments)


def _boxes(descriptor: int, length: int) -> bool:
    """Return whether a box, of those that HEIC and AVIF consist of, lies beyond the end."""
    for box in box_places(of_descriptor(descriptor), length):
        if not box.kind.isascii():
            return False  # something else follows the picture
        if box.end > length:
            return True
    return False
