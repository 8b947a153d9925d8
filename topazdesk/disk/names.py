"""Convert paths to and from text and bytes, whatever encoding this system uses for file names."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def native(text: str) -> str:
    """Return `text` in a form that can be used as a path: unchanged if the system can encode it, else by way of UTF-8.

    With `LC_ALL=C` or an 8-bit locale Python cannot encode every letter of a name, while the disk accepts any bytes.
    """
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return os.fsdecode(_utf8(text))
    return text


def path_bytes(path: Path) -> bytes:
    """Return a path as bytes that can be stored; `os.fsdecode` is the reverse. Never raises."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:
        return _utf8(str(path))


def shown_path(path: Path) -> str:
    """Return a path as text that can be shown anywhere, whatever bytes its name contains."""
    return path_bytes(path).decode("utf-8", "replace").replace("\n", "⏎")


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, which can come from a JSON file
        return text.encode("utf-8", "replace" if sys.platform == "win32" else "surrogatepass")
