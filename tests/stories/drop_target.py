"""A window of another program that takes files: it keeps the ones that are dropped on it in a folder of its own.

Prints "shown", and for each drop one line of JSON: the bytes of the list as they came, the actions that were offered,
and the names under which the files were kept.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel


class Target(QLabel):
    """Takes what is dropped on it."""

    def __init__(self, folder: Path) -> None:
        super().__init__("drop here")
        self._folder = folder
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if event.mimeData().hasFormat("text/uri-list"):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        event.acceptProposedAction()
        listed = bytes(event.mimeData().data("text/uri-list").data())
        kept = []
        for number, line in enumerate(listed.split(b"\r\n")[:-1]):
            path = os.fsdecode(unquote_to_bytes(line.removeprefix(b"file://")))
            kept.append(f"{number}-kept")
            shutil.copy(path, self._folder / kept[-1])
        can_move = bool(event.possibleActions() & Qt.DropAction.MoveAction)
        print(json.dumps({"list": listed.decode("latin-1"), "can_move": can_move, "kept": kept}), flush=True)


app = QApplication([])
target = Target(Path(sys.argv[1]))
target.setWindowTitle("drop target")
target.resize(120, 80)
target.show()
print("shown", flush=True)
app.exec()
