"""What is dropped on the window or pasted into it: paths of files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent


def dropped_paths(mime: QMimeData) -> list[Path]:
    """The local files and folders of a drop or of the clipboard, in order."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile() and url.toLocalFile()]


def brings_files(mime: QMimeData) -> bool:
    """Whether what is dragged names files, by its kind alone.

    What it names is fetched from the other program only when it is dropped: in mid-drag that one may be too busy to say.
    """
    return mime.hasUrls()


def take_drop(event: QDropEvent) -> list[Path]:
    """The paths of a drop, which is accepted if it has any."""
    paths = dropped_paths(event.mimeData())
    if paths:
        # Always a copy: a move would make some file managers delete the source.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    return paths
