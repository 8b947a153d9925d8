"""First pixels before sharp ones: nothing large begins while a file of the same pair has shown nothing yet."""

from __future__ import annotations

import threading
from collections.abc import Callable

_ASK_S = 0.05
#: Whoever has shown its own goes on after so long, whatever the other file does.
_MOST_S = 2.0


class FirstPixelsGate:
    """Counts the files of one pair that are still without pixels. Thread-safe."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._left = 0

    def expect(self) -> None:
        """One more file."""
        with self._news:
            self._left += 1

    def done(self) -> None:
        """One has shown its first pixels, or never will."""
        with self._news:
            self._left -= 1
            self._news.notify_all()

    def wait(self, cancelled: Callable[[], bool]) -> None:
        """Until all have, or nobody wants to know. Blocking."""
        with self._news:
            for _ in range(round(_MOST_S / _ASK_S)):
                if self._left <= 0 or cancelled():
                    return
                self._news.wait(_ASK_S)
