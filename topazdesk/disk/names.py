"""Paths that this system can have, whatever its encoding of names is."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def native(text: str) -> str:
    """`text` as a path: itself where the system's encoding has all of it, else as the bytes that it has in UTF-8.

    With `LC_ALL=C` or an 8-bit locale not every letter can be part of a name; the disk takes any bytes all the same.
    """
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return os.fsdecode(_utf8(text))
    return text


def path_bytes(path: Path) -> bytes:
    """A path as bytes, for keeping; `os.fsdecode` is the reverse. Never raises."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:
        return _utf8(str(path))


def shown_path(path: Path) -> str:
    """A path as text that can be shown anywhere, whatever bytes its name has."""
    return path_bytes(path).decode("utf-8", "replace").replace("\n", "⏎")


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, from a JSON file
        return text.encode("utf-8", "replace" if sys.platform == "win32" else "surrogatepass")
