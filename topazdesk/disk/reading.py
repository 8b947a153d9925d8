"""Reading the small files that people edit, share or restore: plain files only, and no more than such a file can have.

Whoever can put a file into the profile or share a preset may put a pipe, a device or a terabyte there.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

from topazdesk.domain.strict_json import parse_json

# O_NONBLOCK: a pipe must not block us for ever before it is known to be one. O_NOCTTY: nor may a terminal become ours.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_PIECE = 1 << 20


def read_file(path: Path, most_bytes: int) -> bytes:
    """The content of a plain file; a link to one counts. Blocking.

    Raises OSError for what is not there, cannot be read or is no plain file, ValueError for more than `most_bytes`.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "It is no plain file", str(path))
        if state.st_size > most_bytes:
            raise ValueError(_too_large(most_bytes))
        pieces: list[bytes] = []
        left = most_bytes + 1  # it may grow meanwhile, and some files of the system say that they are empty
        while left > 0 and (piece := os.read(descriptor, min(left, _PIECE))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    if left <= 0:
        raise ValueError(_too_large(most_bytes))
    return b"".join(pieces)


def read_text(path: Path, most_bytes: int) -> str:
    """As `read_file`, decoded from UTF-8; a mark at its start is left out. Raises ValueError for what is no text."""
    return read_file(path, most_bytes).decode("utf-8-sig")


def read_json(path: Path, most_bytes: int) -> Any:
    """As `read_text`, parsed: numbers are finite and bounded, and so is the depth. Raises ValueError for what is no such JSON."""
    return parse_json(read_text(path, most_bytes))


def _too_large(most_bytes: int) -> str:
    return f"It has more than {most_bytes:,} bytes"
