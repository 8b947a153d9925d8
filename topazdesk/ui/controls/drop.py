"""Reads the paths of files and folders that are dropped on the window or pasted into it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent


def dropped_paths(mime: QMimeData) -> list[Path]:
    """Return the local files and folders of a drop or of the clipboard, in order."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile() and url.toLocalFile()]


def brings_files(mime: QMimeData) -> bool:
    """Return whether a drag has files, judged by its type alone.

    The paths are fetched from the other program only at the drop, because during the drag it may be too busy to answer.
    """
    return mime.hasUrls()


def take_drop(event: QDropEvent) -> list[Path]:
    """Return the paths of a drop, and accept it if it has any."""
    paths = dropped_paths(event.mimeData())
    if paths:
        # Always a copy: a move would make some file managers delete the source.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    return paths
