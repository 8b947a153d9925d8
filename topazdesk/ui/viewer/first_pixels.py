"""Remembers what fitted into the view of the pictures that were looked at, so that going back to one takes no time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtGui import QImage

from topazdesk.domain.geometry import PixelGrid, Size

#: Some 20 pairs in a window of 1920 × 1080.
_MOST_BYTES = 220_000_000


@dataclass(frozen=True, slots=True)
class Remembered:
    """The first pixels of a file."""

    grid: PixelGrid
    image: QImage


class FirstPixels:
    """The first pixels of the files seen last, by the identity of their content and the view's size. Thread-safe."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, Size], Remembered] = OrderedDict()
        self._bytes = 0

    def keep(self, identity: str, box: Size, grid: PixelGrid, image: QImage) -> None:
        """Remember an image that is as large as `box` allows, and forget the oldest ones. Takes some 2 ms."""
        if not image.hasAlphaChannel():
            image = image.convertToFormat(QImage.Format.Format_RGB888)  # a quarter smaller
        with self._lock:
            self._drop((identity, box))
            self._kept[identity, box] = Remembered(grid, image)
            self._bytes += image.sizeInBytes()
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))

    def find(self, identity: str, box: Size) -> Remembered | None:
        """Return what is remembered, in the format that Qt paints fastest, or None."""
        with self._lock:
            found = self._kept.get((identity, box))
            if found is None:
                return None
            self._kept.move_to_end((identity, box))
        if found.image.hasAlphaChannel():
            return found
        return Remembered(found.grid, found.image.convertToFormat(QImage.Format.Format_RGB32))

    def _drop(self, key: tuple[str, Size]) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= old.image.sizeInBytes()
