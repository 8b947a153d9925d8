"""Beats while the window's loop works and rests while it waits, so that an idle window wakes no processor."""

from __future__ import annotations

import time

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Qt, QTimer, Signal

#: Twenty beats a second: cheap, yet frequent enough to notice a window that stops responding.
BEAT_MS = 50
#: A beat that takes so many intervals to come was kept waiting by work, even if that was in one turn with it.
_LATE = 1.1


class Pulse(QObject):
    """Emits `beat` in fixed intervals while the calling thread's loop has something to do, between `start` and `stop`.

    The first turn of the loop after a rest emits `began` and starts the beating. An interval in which the loop did
    nothing else ends it, with `rested` after its beat. Two pulses in one loop would keep each other awake: share one.
    """

    began = Signal()
    beat = Signal()
    rested = Signal()

    def __init__(self, parent: QObject | None = None, *, interval_ms: int = BEAT_MS) -> None:
        super().__init__(parent)
        self._has_worked = False
        self._is_own_turn = False
        self._beaten_at = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._beat)
        self._loop: QAbstractEventDispatcher | None = None

    @property
    def interval_s(self) -> float:
        """Seconds between two beats."""
        return self._timer.interval() / 1000

    @property
    def is_beating(self) -> bool:
        """Whether the loop has had something to do lately."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin to beat. Idempotent."""
        if self._loop is None:
            self._loop = QAbstractEventDispatcher.instance()
            if self._loop is not None:
                self._loop.awake.connect(self._turned)
            self._begin()

    def stop(self) -> None:
        """Stop beating. Idempotent."""
        if self._loop is not None:
            self._loop.awake.disconnect(self._turned)
            self._loop = None
        self._timer.stop()

    def _begin(self) -> None:
        self._has_worked = True
        self._beaten_at = time.monotonic()
        self._timer.start()
        self.began.emit()

    def _turned(self) -> None:
        """Note a turn of the loop: some dispatchers tell of it at its end, others at its beginning."""
        if self._is_own_turn:
            self._is_own_turn = False
        elif self._timer.isActive():
            self._has_worked = True
        else:
            self._begin()

    def _beat(self) -> None:
        now = time.monotonic()
        is_late = now - self._beaten_at > self.interval_s * _LATE
        self._beaten_at = now
        self.beat.emit()
        self._is_own_turn = True
        if self._has_worked or is_late:
            self._has_worked = False
        else:
            self._timer.stop()
            self.rested.emit()
