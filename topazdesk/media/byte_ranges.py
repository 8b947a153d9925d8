"""Read ranges of bytes: of an open file, wherever another reader has left its place, or of bytes in memory.

Whatever walks through the parts of a file takes a `Read`, so that one walk serves files, blocks of metadata inside of
others, and bytes in memory.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from functools import partial
from typing import IO

#: Returns up to so many bytes (the second number) from an offset (the first), fewer at the end.
Read = Callable[[int, int], bytes]

_HAS_PREAD = hasattr(os, "pread")  # not on Windows


def read_at(descriptor: int, offset: int, count: int) -> bytes:
    """Read `count` bytes from `offset`, fewer at the end of the file. Raises OSError."""
    if _HAS_PREAD:
        part = os.pread(descriptor, count, offset)
        if len(part) == count or not part:
            return part
    os.lseek(descriptor, offset, os.SEEK_SET)
    parts: list[bytes] = []
    while count > 0:
        part = os.read(descriptor, count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def of_descriptor(descriptor: int) -> Read:
    """Return how to read an open file."""
    return partial(read_at, descriptor)


def of_file(file: IO[bytes]) -> Read:
    """Return how to read a file object; its place moves."""

    def read(offset: int, count: int) -> bytes:
        file.seek(offset)
        return file.read(count)

    return read


def of_bytes(data: bytes | memoryview | mmap.mmap) -> Read:
    """Return how to read bytes in memory."""
    return lambda offset, count: bytes(data[offset : offset + count])
