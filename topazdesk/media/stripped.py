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
from topazdesk.media.writing import disk_trouble

#: A mark within coded data: 0xFF that is neither escaped, nor a restart mark, nor padding.
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_END, _SCAN = 0xD9, 0xDA
#: Frames, tables and the number of lines; APP14 says how the colours are coded.
_PIXELS = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xEE})
_JFIF, _PROFILE = b"JFIF\0", b"ICC_PROFILE\0"
_JFIF_BYTES = 14

#: The chunks that say what the pixels are and which colours they mean, and the resolution.
_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"sBIT", b"pHYs"}
)
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)

Piece = bytes | memoryview


class OddFileError(Exception):
    """The file is not built as its format demands, so that nothing in it can be told apart."""


def strip(descriptor: int, image_format: FileFormat, path: Path) -> int | None:
    """Write the bare picture to `path`; return its length, or None, without a file, if nothing had to be left out.

    Raises OddFileError, and ComputerError when the file cannot be written.
    """
    length = os.fstat(descriptor).st_size
    if not length:
        raise OddFileError
    # Not closed here: the pieces are parts of it, and the last of them to go closes it.
    data = memoryview(mmap.mmap(descriptor, length, access=mmap.ACCESS_READ))
    pieces = list(_PIECES[image_format](data))
    return None if sum(map(len, pieces)) == length else _write(pieces, path)


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
    place = 2
    while True:
        if place + 2 > len(data) or data[place] != 0xFF:
            raise OddFileError
        mark = data[place + 1]
        if mark == 0xFF:  # padding
            place += 1
            continue
        if mark == _END:
            yield data[place : place + 2]
            return
        if mark == 0x01 or 0xD0 <= mark <= 0xD8:
            place += 2
            continue
        if place + 4 > len(data):
            raise OddFileError
        end = place + 2 + struct.unpack_from(">H", data, place + 2)[0]
        if end > len(data) or end < place + 4:
            raise OddFileError
        if mark == _SCAN:
            found = _MARK.search(data, end)
            if found is None:
                raise OddFileError
            yield data[place : found.start()]
            place = found.start()
            continue
        body = place + 4
        if mark == 0xE0 and data[body : body + len(_JFIF)] == _JFIF and end - body >= _JFIF_BYTES:
            # Without the thumbnail that may follow: its size is set to 0 × 0.
            yield struct.pack(">BBH", 0xFF, mark, 2 + _JFIF_BYTES) + bytes(data[body : body + 12]) + b"\0\0"
        elif mark in _PIXELS or (mark == 0xE2 and data[body : body + len(_PROFILE)] == _PROFILE):
            yield data[place:end]
        place = end


def _png(data: memoryview) -> Iterator[Piece]:
    yield data[:8]
    place = 8
    while True:
        if place + 12 > len(data):
            raise OddFileError
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise OddFileError
        if kind in _CHUNKS:
            yield data[place:end]
        elif not kind[0] & 0x20:  # a critical chunk of an unknown kind: the pixels cannot be read without it
            raise OddFileError
        if kind == b"IEND":
            return
        place = end


_PIECES = {FileFormat.JPEG: _jpeg, FileFormat.PNG: _png}
