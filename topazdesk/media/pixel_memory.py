"""Memory for whole decoded pictures, which is used again instead of being given back to the system at once.

A page that is touched for the first time is made and cleared by the system, which for 24 MP takes a third of the time
of decoding them. Huge pages, which numpy asks for, are fewer, but a virtual machine may have to fetch each of them from
its host: then they take three times as long as the decoder. So memory comes in ordinary pages, and that of a picture
that has left the screen is for the next one.
"""

from __future__ import annotations

import mmap
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Memory is asked for in multiples of this, so that pictures of nearly the same size fit into each other's.
_UNIT_BYTES = 1 << 20
#: Memory is used again for what fills at least this part of it.
_LEAST_FILLED = 0.75


class PixelMemory:
    """Lends memory, and keeps what comes back until `keep` says how much of it may stay. Thread-safe."""

    def __init__(self) -> None:
        # Of its own kind, because the last reference to some memory may go while the same thread is in here.
        self._lock = threading.RLock()
        self._spare: list[mmap.mmap] = []

    @property
    def spare_bytes(self) -> int:
        """How much is kept and not lent."""
        return sum(len(each) for each in self._spare)

    def take(self, count: int) -> NDArray[Any]:
        """Return so many bytes with anything in them. They come back when nobody holds them any more."""
        import numpy as np

        need = -(-count // _UNIT_BYTES) * _UNIT_BYTES
        with self._lock:
            fitting = [each for each in self._spare if need <= len(each) <= need / _LEAST_FILLED]
            found = min(fitting, key=len, default=None)
            if found is not None:
                self._spare.remove(found)
        memory = _mapped(need) if found is None else found
        lent = np.frombuffer(memory, np.uint8)
        weakref.finalize(lent, self._back, memory).atexit = False
        return lent[:count]

    def keep(self, most_bytes: int) -> None:
        """Give back to the system what is spare beyond so many bytes, the oldest first."""
        with self._lock:
            while self._spare and self.spare_bytes > most_bytes:
                del self._spare[0]

    def _back(self, memory: mmap.mmap) -> None:
        with self._lock:
            self._spare.append(memory)


def _mapped(count: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, count)
    else:  # noqa: RET505 - the checkers look at one branch for each system
        return mmap.mmap(-1, count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


#: That of the program.
memory = PixelMemory()
