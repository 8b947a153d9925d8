"""Bound the memory of pictures that are decoded whole, all of them together."""

from __future__ import annotations

import threading
import weakref

#: Two pairs of 24 MP: one on screen, and the next that is about to replace it. Or one picture of 100 MP.
MOST_BYTES = 400_000_000


class MemoryBudget:
    """Counts the bytes of the objects that were given some. Thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._used_bytes = 0
        # Of its own kind, because the last reference to a picture may go in the middle of a claim by the same thread.
        self._lock = threading.RLock()

    @property
    def used_bytes(self) -> int:
        """How much is taken."""
        return self._used_bytes

    def claim(self, count: int) -> bool:
        """Take this many bytes, or return False if there are not so many left."""
        with self._lock:
            if self._used_bytes + count > self.most_bytes:
                return False
            self._used_bytes += count
            return True

    def give_back(self, count: int) -> None:
        """Return bytes that were claimed."""
        with self._lock:
            self._used_bytes -= count

    def give_back_with(self, owner: object, count: int) -> None:
        """Return bytes that were claimed when nobody uses `owner` any more."""
        weakref.finalize(owner, self.give_back, count)


#: That of the program.
budget = MemoryBudget()
