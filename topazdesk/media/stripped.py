"""Make a copy of a JPEG or PNG with its pixels and colours and nothing else, byte for byte and without decoding it.

What a service needs not know stays here: where and when a picture was taken, by whom and with which camera, what was
written into it, its thumbnail, and anything that hangs behind its end. The marks of JPEG are those of ITU-T T.81, the
chunks those of the PNG specification, third edition.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from topazdesk.disk.private_file import part_beside
from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import of_bytes
from topazdesk.media.jpeg_segments import APP0, APP2, END, SCAN, Segment, segments
from topazdesk.media.png_chunks import chunks
from topazdesk.media.writing import disk_trouble

#: A mark within coded data: 0xFF that is neither escaped, nor a restart mark, nor padding.
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
#: Frames, tables and the number of lines; APP14 says how the colours are coded.
_PIXELS = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xEE})
#: Frames and conditions of arithmetic coding, which few programs can read.
_ARITHMETIC = frozenset({0xC9, 0xCA, 0xCC, 0xCD, 0xCE})
_JFIF, _PROFILE = b"JFIF\0", b"ICC_PROFILE\0"
_JFIF_BYTES = 14

#: The chunks that say what the pixels are and which colours they mean, and the resolution.
_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"sBIT", b"pHYs"}
)
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)

Piece = bytes | memoryview


class OddFileError(Exception):
    """The file is not built as its format demands, so that nothing in it can be told apart, or as few programs read."""


def strip(descriptor: int, image_format: FileFormat, path: Path) -> int | None:
    """Write the bare picture to `path`; return its length, or None, without a file, if nothing had to be left out.

    Raises OddFileError, and ComputerError when the file cannot be written.
    """
    length = os.fstat(descriptor).st_size
    if not length:
        raise OddFileError
    # Not closed here: the pieces are parts of it, and the last of them to go closes it.
    data = memoryview(mmap.mmap(descriptor, length, access=mmap.ACCESS_READ))
    pieces = list(bare_pieces(data, image_format))
    return None if sum(map(len, pieces)) == length else _write(pieces, path)


def bare_pieces(data: memoryview, image_format: FileFormat) -> Iterator[Piece]:
    """Yield the parts of a JPEG or PNG that are its picture, in their order. Raises OddFileError."""
    return _PIECES[image_format](data)


def _write(pieces: list[Piece], path: Path) -> int:
    part = part_beside(path)
    try:
        with os.fdopen(os.open(part, _FLAGS, 0o666), "wb") as file:
            for piece in pieces:
                file.write(piece)
            written = file.tell()
        os.replace(part, path)  # noqa: PTH105 - accepts names of any bytes
    except OSError as error:
        part.unlink(missing_ok=True)
        raise disk_trouble(error) from error
    return written


def _jpeg(data: memoryview) -> Iterator[Piece]:
    yield data[:2]
    read, place = of_bytes(data), 2
    while True:
        last = None
        for last in segments(read, place):
            if last.end > len(data) or (last.marker != END and read(last.start + 2, 2) < b"\0\2"):
                raise OddFileError
            if last.marker not in (SCAN, END):
                yield from _of_segment(last, data)
        if last is None or last.marker not in (SCAN, END):
            raise OddFileError
        if last.marker == END:
            yield data[last.start : last.end]
            return
        found = _MARK.search(data, last.end)
        if found is None:
            raise OddFileError
        yield data[last.start : found.start()]
        place = found.start()


def _of_segment(segment: Segment, data: memoryview) -> Iterator[Piece]:
    """Yield what is kept of a segment."""
    marker, body = segment.marker, segment.start + 4
    if marker in _ARITHMETIC:
        raise OddFileError
    if marker == APP0 and data[body : body + len(_JFIF)] == _JFIF and segment.end - body >= _JFIF_BYTES:
        # Without the thumbnail that may follow: its size is set to 0 × 0.
        yield struct.pack(">BBH", 0xFF, marker, 2 + _JFIF_BYTES) + bytes(data[body : body + 12]) + b"\0\0"
    elif marker in _PIXELS or (marker == APP2 and data[body : body + len(_PROFILE)] == _PROFILE):
        yield data[segment.start : segment.end]


def _png(data: memoryview) -> Iterator[Piece]:
    yield data[:8]
    for chunk in chunks(of_bytes(data)):
        if chunk.end > len(data):
            raise OddFileError
        if chunk.kind in _CHUNKS:
            yield data[chunk.start : chunk.end]
        elif not chunk.kind[0] & 0x20:  # a critical chunk of an unknown kind: the pixels cannot be read without it
            raise OddFileError
        if chunk.kind == b"IEND":
            return
    raise OddFileError


_PIECES = {FileFormat.JPEG: _jpeg, FileFormat.PNG: _png}
