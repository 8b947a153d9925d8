"""A window of another program with one thing in it to drag: the files named as arguments."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Handle(QLabel):
    """Starts a drag with the files when the mouse moves with the button held."""

    def __init__(self, files: list[str]) -> None:
        super().__init__("drag me")
        self._files = files

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.buttons() & Qt.MouseButton.LeftButton:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(f) for f in self._files])
            drag = QDrag(self)
            drag.setMimeData(data)
            taken = drag.exec(Qt.DropAction.CopyAction) == Qt.DropAction.CopyAction
            print("taken" if taken else "refused", flush=True)


app = QApplication([])
handle = Handle(sys.argv[1:])
handle.setWindowTitle("drag source")
handle.resize(120, 80)
handle.show()
print("shown", flush=True)
app.exec()
