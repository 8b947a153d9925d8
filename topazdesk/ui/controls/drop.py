"""Files that are dragged over a part of the window, dropped on it or pasted into the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from topazdesk.disk.file_uris import paths_as_text, paths_in

_URIS = "text/uri-list"
#: How file managers copy files, by preference. The bytes are read as they are: Qt's text would garble some names.
_LISTS = (_URIS, "x-special/gnome-copied-files", "x-special/mate-copied-files", "x-special/nautilus-clipboard")
_TEXTS = ("text/plain;charset=utf-8", "text/plain")


def local_paths(mime: QMimeData) -> list[Path]:
    """Return the local files and folders of a drop, in order."""
    for kind in _LISTS:
        if mime.hasFormat(kind) and (paths := paths_in(_bytes(mime, kind))):
            return paths
    return []


def pasted_paths(mime: QMimeData) -> list[Path]:
    """Return the local files and folders on the clipboard: a list of files, or their paths as text."""
    if paths := local_paths(mime):
        return paths
    for kind in _TEXTS:
        if mime.hasFormat(kind) and (paths := paths_as_text(_bytes(mime, kind))):
            return paths
    return []


def _bytes(mime: QMimeData, kind: str) -> bytes:
    return bytes(mime.data(kind).data())


def brings_files(mime: QMimeData) -> bool:
    """Return whether a drag has local files.

    A program that is too busy to say which ones gets the benefit of the doubt: the drop asks again.
    """
    kinds = [kind for kind in _LISTS if mime.hasFormat(kind)]
    contents = [_bytes(mime, kind) for kind in kinds]
    return any(map(paths_in, contents)) or (bool(kinds) and not any(contents))


class FileDrops(QObject):
    """Makes `widget` a place to drop files on, wherever they come from; its own window's are left alone.

    Every drag is answered with Copy from the first move on: a Move lets the program that is dragged from delete its
    file. A drag that offers no copy, or has no local file, is refused while it hovers.

    `dropped` is emitted with the paths; `hovering` with whether files are above the widget, and `entered` before it
    with their paths, as far as they are told.
    """

    dropped = Signal(list)
    entered = Signal(list)
    hovering = Signal(bool)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer what is dragged over the widget."""
        match event:
            case QDragEnterEvent():
                if _answer(event, is_welcome=event.source() is None and brings_files(event.mimeData())):
                    self.entered.emit(local_paths(event.mimeData()))
                    self.hovering.emit(True)
            case QDragMoveEvent():
                _answer(event, is_welcome=True)  # else it had not entered
            case QDropEvent():
                self.hovering.emit(False)
                paths = local_paths(event.mimeData())
                if _answer(event, is_welcome=bool(paths)):
                    self.dropped.emit(paths)
            case _ if event.type() == QEvent.Type.DragLeave:
                self.hovering.emit(False)
            case _:
                return False
        return True


def _answer(event: QDropEvent, *, is_welcome: bool) -> bool:
    if not is_welcome or not event.possibleActions() & Qt.DropAction.CopyAction:
        event.ignore()
        return False
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    return True


class TextOnly(QObject):
    """Keeps files that are dragged over a text field out of it: they are for the part of the window behind it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let drags with files pass by."""
        if isinstance(event, QDropEvent) and any(map(event.mimeData().hasFormat, _LISTS)):
            event.ignore()
            return True
        return False


def text_only(field: QWidget) -> None:
    """Keep dragged files out of a text field."""
    field.installEventFilter(TextOnly(field))
