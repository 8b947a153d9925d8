"""The way from worker threads to the window: results are handed over in batches that never hold up a frame."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

_SLICE_S = 0.006  # of a frame of 16 ms


class Inbox(QObject):
    """`post` may be called from any thread; the call is made in the window's thread, in order."""

    _news = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Callable[[], None]] = deque()
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._hand_over)
        self._news.connect(self._hand_over)

    def post(self, call: Callable[[], None]) -> None:
        """Ask for a call in the window's thread; dropped once the inbox is closed."""
        if self._closed:
            return
        was_empty = not self._waiting
        self._waiting.append(call)
        if was_empty:
            self._news.emit()

    def close(self) -> None:
        """Drop what is waiting and whatever comes later."""
        self._closed = True
        self._waiting.clear()
        self._timer.stop()

    def _hand_over(self) -> None:
        end = time.perf_counter() + _SLICE_S
        while self._waiting:
            self._waiting[0]()
            if self._waiting:  # the call itself may have closed the inbox
                self._waiting.popleft()
            if time.perf_counter() > end:
                if self._waiting:
                    self._timer.start()
                return
