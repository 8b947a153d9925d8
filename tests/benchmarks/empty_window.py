"""The reference of `start`: an empty main window of the program's size that says when its first paint is done, and ends."""

from __future__ import annotations

import json
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow


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
            print(json.dumps({"painted_monotonic": time.monotonic()}), flush=True)
            QTimer.singleShot(0, QApplication.quit)


if __name__ == "__main__":
    app = QApplication(sys.argv)
    window = EmptyWindow()
    window.show()
    sys.exit(app.exec())
