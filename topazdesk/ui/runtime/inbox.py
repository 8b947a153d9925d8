"""Passes results from worker threads to the window, in batches short enough never to delay a frame."""

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

    There is one for the whole program and it is never deleted: a worker that emits a signal of an object while the
    window deletes that object crashes the process.
    """

    rung = Signal(object)  # the `_Letters` that have calls waiting


@functools.cache
def _bell() -> _Bell:
    bell = _Bell()
    bell.rung.connect(_deliver, Qt.ConnectionType.QueuedConnection)
    return bell


def _deliver(letters: _Letters) -> None:
    letters.hand_over()


class _Letters:
    """The calls waiting for the window's thread. Not a QObject, so that any thread may keep a reference to it."""

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
        """Make the calls in order for a fraction of a frame, and the rest a moment later, even if one of them fails."""
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
    """A queue of calls: any thread may `post` one, and the window's thread makes them in order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(1)
        self._letters = _Letters(_bell(), self._timer.start)
        self._timer.timeout.connect(self._letters.hand_over)
        self.destroyed.connect(self._letters.close)

    def post(self, call: Callable[[], None]) -> None:
        """Queue a call for the window's thread; it is dropped once the inbox is closed or deleted."""
        self._letters.post(call)

    def close(self) -> None:
        """Drop all waiting calls and all later ones."""
        self._letters.close()
        self._timer.stop()
