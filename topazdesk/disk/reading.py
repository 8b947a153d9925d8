"""Read small files that people edit, share or restore: regular files only, and only up to a sensible size.

Whoever can put a file into the profile or share a preset can also put a pipe, a device or a terabyte there.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

from topazdesk.domain.strict_json import parse_json
from topazdesk.language import say

# O_NONBLOCK: opening a pipe must not block before we know that it is one. O_NOCTTY: a terminal must not become ours.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_PIECE = 1 << 20


def read_file(path: Path, most_bytes: int) -> bytes:
    """Return the content of a regular file, or of one that a link points to. Blocking.

    Raises OSError when it is missing, unreadable or not a regular file, ValueError when it has more than `most_bytes`.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file", str(path))
        if state.st_size > most_bytes:
            raise ValueError(_too_large(most_bytes))
        pieces: list[bytes] = []
        left = most_bytes + 1  # it may grow meanwhile, and some system files report a size of zero
        while left > 0 and (piece := os.read(descriptor, min(left, _PIECE))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    if left <= 0:
        raise ValueError(_too_large(most_bytes))
    return b"".join(pieces)


def read_text(path: Path, most_bytes: int) -> str:
    """Return the content of a file decoded from UTF-8, without a byte order mark.

    Raises ValueError when it is not UTF-8, and what `read_file` raises.
    """
    return read_file(path, most_bytes).decode("utf-8-sig")


def read_json(path: Path, most_bytes: int) -> Any:
    """Return the content of a file parsed by `parse_json`, which bounds numbers and nesting.

    Raises ValueError when it is not such JSON, and what `read_text` raises.
    """
    return parse_json(read_text(path, most_bytes))


def _too_large(most_bytes: int) -> str:
    return say("It has more than {most_bytes:,} bytes", most_bytes=most_bytes)
