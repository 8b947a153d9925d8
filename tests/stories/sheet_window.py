"""A window with a sheet over it. For each line that it is sent it prints where it takes the corner of the sheet to be."""

from __future__ import annotations

import sys

from PySide6.QtCore import QPoint, QSocketNotifier
from PySide6.QtWidgets import QApplication, QWidget

from topazdesk.ui.controls.sheet import Sheet

app = QApplication([])
window = QWidget()
window.setWindowTitle("below")
window.resize(900, 600)
window.show()
sheet = Sheet(window, "over it")


def answer() -> None:
    if sys.stdin.readline() == "open\n":
        sheet.open()
    place = sheet.mapToGlobal(QPoint(0, 0))
    print(place.x(), place.y(), flush=True)


listening = QSocketNotifier(0, QSocketNotifier.Type.Read)
listening.activated.connect(answer)
app.exec()
