"""Work that follows a moment after what asked for it, once for all that asked meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, SignalInstance


class Debounce(QTimer):
    """Runs `act` once: `after_ms` after the last `start`, or after the first `soon`."""

    def __init__(self, after_ms: int, act: Callable[[], object] | SignalInstance, parent: QObject) -> None:
        super().__init__(parent)
        self._after_ms = after_ms
        self.setSingleShot(True)
        self.setInterval(after_ms)
        self.timeout.connect(act)

    def soon(self, after_ms: int | None = None) -> None:
        """Run it soon; what asks again until then does not put it off. `after_ms`: another time than its own."""
        if not self.isActive():
            self.start(self._after_ms if after_ms is None else after_ms)

    def flush(self) -> None:
        """Run at once what waits."""
        if self.isActive():
            self.stop()
            self.timeout.emit()
