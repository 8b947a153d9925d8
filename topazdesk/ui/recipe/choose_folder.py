"""Ask for the folder for results, without a nested loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from topazdesk.ui.texts import tr


def choose_folder(parent: QWidget, before: str, chosen: Callable[[str], None]) -> None:
    """Open the system's dialog for a folder, beginning at `before`; `chosen` is called with the answer, if any."""
    start = before or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    dialog = QFileDialog(parent, tr("Folder for results"), start)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
