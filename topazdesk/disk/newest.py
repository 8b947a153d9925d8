"""Keep a folder of small files from growing for ever: only the newest of them stay."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def beyond_newest(paths: Iterable[Path], most: int) -> list[Path]:
    """Return all but the `most` newest files, by the time of their last change, the oldest first. Raises OSError."""
    return sorted(paths, key=lambda path: path.stat().st_mtime_ns)[:-most]
