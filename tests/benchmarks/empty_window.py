"""The reference of `start`: an empty main window of the program's size that says when its first paint is done, and ends."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow

_STARTED = time.monotonic()


def since_start_ms() -> float:
    """Milliseconds since the process began (Linux, to 10 ms; elsewhere since the imports), as the program counts them."""
    try:
        fields = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - began) * 1000
    except (OSError, ValueError, AttributeError, IndexError):
        return (time.monotonic() - _STARTED) * 1000


class EmptyWindow(QMainWindow):
    """Reports its first paint on standard output."""

    def __init__(self) -> None:
        super().__init__()
        self._told = False
        self.resize(1440, 900)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 Qt's name
        """Paint, then say when."""
        super().paintEvent(event)
        if not self._told:
            self._told = True
            print(json.dumps({"first_paint_ms": since_start_ms()}), flush=True)
            QTimer.singleShot(0, QApplication.quit)


if __name__ == "__main__":
    app = QApplication(sys.argv)
    window = EmptyWindow()
    window.show()
    sys.exit(app.exec())
