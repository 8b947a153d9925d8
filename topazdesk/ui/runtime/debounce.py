"""A timer that merges many requests in a short time into one call."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, SignalInstance


class Debounce(QTimer):
    """Calls `act` once, `after_ms` after the last `start` or after the first `soon`."""

    def __init__(self, after_ms: int, act: Callable[[], object] | SignalInstance, parent: QObject) -> None:
        super().__init__(parent)
        self._after_ms = after_ms
        self.setSingleShot(True)
        self.setInterval(after_ms)
        self.timeout.connect(act)

    def soon(self, after_ms: int | None = None) -> None:
        """Schedule the call unless it is scheduled already; further requests do not delay it.

        `after_ms` overrides the delay given to the constructor.
        """
        if not self.isActive():
            self.start(self._after_ms if after_ms is None else after_ms)

    def flush(self) -> None:
        """Make a scheduled call right now; do nothing when none is scheduled."""
        if self.isActive():
            self.stop()
            self.timeout.emit()
