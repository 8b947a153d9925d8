"""Cyclic garbage is collected in the window's thread only.

Python collects in whatever thread happens to allocate. Where the garbage holds a QObject (a timer, a socket notifier, a
widget), Qt would then be taken apart in a worker thread: timers of others are stopped by mistake, or the process dies.
Both were seen before this was here.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_MS = 500


class Garbage(QObject):
    """From `start` to `stop` nothing but this object's timer collects. The thresholds are Python's own."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = False
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Take over. What was imported so far is never garbage and is not looked at again."""
        self._was_on = gc.isenabled()
        gc.collect()
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Hand back."""
        self._timer.stop()
        gc.unfreeze()
        gc.collect()
        if self._was_on:
            gc.enable()

    def _look(self) -> None:
        young, middle, old = gc.get_count()
        first, second, third = self._thresholds
        if young <= first:
            return
        generation = 2 if middle > second and old > third else 1 if middle > second else 0
        gc.collect(generation)
