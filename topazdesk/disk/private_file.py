"""Write the program's own files: readable by the user alone, atomically, and never through a link planted by others."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def part_beside(path: Path) -> Path:
    """Return an unpredictable temporary name in the folder of `path`, for a file that will be renamed to `path`."""
    return path.with_name(f".{secrets.token_hex(8)}.part")


def create(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a new file.

    Raises FileExistsError when anything has that name, OSError otherwise. Leaves nothing behind after a failure.
    """
    descriptor = os.open(path, _FLAGS, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def write(path: Path, data: str | bytes, mode: int = 0o600) -> None:
    """Write or replace a file atomically; a link of that name is replaced, not followed. Raises OSError."""
    part = part_beside(path)
    create(part, data.encode("utf-8") if isinstance(data, str) else data, mode)
    try:
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
