"""A gate that puts first pixels before sharp ones.

No expensive work starts while another file of the same pair still shows nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

_ASK_S = 0.05
#: A file that has shown its own pixels waits no longer than this for the other one.
_MOST_S = 2.0


class FirstPixelsGate:
    """Counts the files of a pair that have no pixels yet. Thread-safe."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._left = 0

    def expect(self) -> None:
        """Count one more file."""
        with self._news:
            self._left += 1

    def done(self) -> None:
        """Note that a file has shown its first pixels, or never will."""
        with self._news:
            self._left -= 1
            self._news.notify_all()

    def wait(self, cancelled: Callable[[], bool], but: int = 0) -> None:
        """Block until every file but so many has pixels, the caller is cancelled, or two seconds have passed."""
        with self._news:
            for _ in range(round(_MOST_S / _ASK_S)):
                if self._left <= but or cancelled():
                    return
                self._news.wait(_ASK_S)
