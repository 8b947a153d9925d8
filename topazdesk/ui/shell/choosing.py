"""The dialogs in which files and folders are chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.ui.texts import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog, QWidget

#: Files that a "choose" dialog lists; whether a file is a picture is decided later, by its contents.
_PATTERNS = (
    "*.jpg *.jpeg *.png *.tif *.tiff *.webp *.bmp *.gif *.avif *.heic *.heif "
    "*.dng *.nef *.cr2 *.cr3 *.arw *.orf *.rw2 *.raf"
)


class _Begins:
    """Where the next dialog begins: among the user's pictures, and later where the last one ended."""

    folder = ""

    @classmethod
    def at(cls) -> str:
        """Return the folder, without asking the disk."""
        from PySide6.QtCore import QStandardPaths

        return cls.folder or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)


def choose_files(parent: QWidget, take: Callable[[list[Path]], object]) -> None:
    """Let the user choose pictures; `take` gets them."""
    from PySide6.QtWidgets import QFileDialog

    dialog = QFileDialog(parent, tr("Add pictures"), _Begins.at())
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    patterns = f"{_PATTERNS} {_PATTERNS.upper()}"
    dialog.setNameFilters([f"{tr('Pictures')} ({patterns})", f"{tr('All files')} (*)"])
    _open(dialog, take)


def choose_folder(parent: QWidget, take: Callable[[list[Path]], object]) -> None:
    """Let the user choose a folder of pictures; `take` gets it."""
    from PySide6.QtWidgets import QFileDialog

    dialog = QFileDialog(parent, tr("Add a folder"), _Begins.at())
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(dialog, take)


def _open(dialog: QFileDialog, take: Callable[[list[Path]], object]) -> None:
    def chosen(files: list[str]) -> None:
        _Begins.folder = dialog.directory().absolutePath()
        take([Path(name) for name in files])

    dialog.filesSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
