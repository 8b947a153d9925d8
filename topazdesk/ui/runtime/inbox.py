"""The way from worker threads to the window: results are handed over in batches that never hold up a frame."""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

_SLICE_S = 0.006  # of a frame of 16 ms


class _Bell(QObject):
    """Wakes the window's thread for any inbox.

    One for the whole program, and never deleted: a worker that emits a signal of an object which the window deletes at that
    moment brings the process down.
    """

    rung = Signal(object)  # the `_Letters` that have become worth looking at


@functools.cache
def _bell() -> _Bell:
    bell = _Bell()
    bell.rung.connect(_deliver, Qt.ConnectionType.QueuedConnection)
    return bell


def _deliver(letters: _Letters) -> None:
    letters.hand_over()


class _Letters:
    """What is waiting for the window's thread. No QObject, so that any thread may hold it for as long as it likes."""

    def __init__(self, bell: _Bell, go_on_later: Callable[[], None]) -> None:
        self._bell = bell
        self._go_on_later = go_on_later
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._is_rung = False
        self._is_closed = False

    def post(self, call: Callable[[], None]) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._waiting.append(call)
            rings, self._is_rung = not self._is_rung, True
        if rings:
            self._bell.rung.emit(self)

    def close(self, *_: object) -> None:
        with self._lock:
            self._is_closed = True
            self._waiting.clear()

    def hand_over(self) -> None:
        """Make the calls, in order, for a slice of a frame; the rest a moment later, also where one of them fails."""
        end = time.perf_counter() + _SLICE_S
        try:
            while (call := self._next()) is not None:
                call()
                if time.perf_counter() > end:
                    break
        finally:
            with self._lock:
                self._is_rung = bool(self._waiting)
            if self._is_rung:
                self._go_on_later()

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None


class Inbox(QObject):
    """`post` may be called from any thread; the call is made in the window's thread, in order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(1)
        self._letters = _Letters(_bell(), self._timer.start)
        self._timer.timeout.connect(self._letters.hand_over)
        self.destroyed.connect(self._letters.close)

    def post(self, call: Callable[[], None]) -> None:
        """Ask for a call in the window's thread; dropped once the inbox is closed or deleted."""
        self._letters.post(call)

    def close(self) -> None:
        """Drop what is waiting and whatever comes later."""
        self._letters.close()
        self._timer.stop()
