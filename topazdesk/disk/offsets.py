"""Read and write an open file at an offset, on systems with and without calls for it."""

from __future__ import annotations

import os
import sys

#: Windows would else translate ends of lines, and end a file at the first Ctrl+Z.
BINARY = getattr(os, "O_BINARY", 0)

if sys.platform == "win32":

    def _read(descriptor: int, offset: int, count: int) -> bytes:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, count)

    def _write(descriptor: int, offset: int, data: bytes) -> int:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)

else:

    def _read(descriptor: int, offset: int, count: int) -> bytes:
        return os.pread(descriptor, count, offset)

    def _write(descriptor: int, offset: int, data: bytes) -> int:
        return os.pwrite(descriptor, data, offset)


def read_at(descriptor: int, offset: int, count: int) -> bytes:
    """Read `count` bytes from `offset`, fewer at the end of the file. Raises OSError."""
    data = _read(descriptor, offset, count)
    if len(data) == count or not data:
        return data
    parts = [data]
    while (left := count - sum(map(len, parts))) > 0:
        part = _read(descriptor, offset + count - left, left)
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


def write_at(descriptor: int, offset: int, data: bytes) -> None:
    """Write all of `data` to `offset`. Raises OSError."""
    while data:
        written = _write(descriptor, offset, data)
        data, offset = data[written:], offset + written
