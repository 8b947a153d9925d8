"""Read a range of bytes of an open file, wherever another reader has left its place."""

from __future__ import annotations

import os

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
