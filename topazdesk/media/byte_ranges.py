"""Read ranges of bytes: of an open file, wherever another reader has left its place, or of bytes in memory.

Whatever walks through the parts of a file takes a `Read`, so that one walk serves files, blocks of metadata inside of
others, and bytes in memory.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from functools import partial
from typing import IO

from topazdesk.disk.offsets import read_at

__all__ = ["Read", "of_bytes", "of_descriptor", "of_file", "read_at"]

#: Returns up to so many bytes (the second number) from an offset (the first), fewer at the end.
Read = Callable[[int, int], bytes]


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
