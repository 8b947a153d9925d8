"""Another program that looks at the clipboard: writes each format asked for to a file, as soon as the last is there.

Arguments: a folder, then formats. Prints "read" when all of them were on the clipboard at once.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

folder, wanted = Path(sys.argv[1]), sys.argv[2:]
app = QApplication([])


def look() -> None:
    mime = app.clipboard().mimeData()
    if mime is None or not all(mime.hasFormat(each) for each in wanted):
        return
    for each in wanted:
        (folder / each.replace("/", "_")).write_bytes(bytes(mime.data(each).data()))
    print("read", flush=True)
    app.quit()


timer = QTimer()  # a program in the background is not told that the clipboard has changed
timer.timeout.connect(look)
timer.start(50)
app.exec()
