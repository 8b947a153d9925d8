"""Lets pictures out of the window: opened, shown in their folder, copied, and dragged to other programs."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QMimeData, QMimeDatabase, QObject, QPoint, Qt
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from topazdesk.disk.file_uris import uri_of
from topazdesk.disk.names import shown_path
from topazdesk.domain.displayed_text import one_line
from topazdesk.errors import Code, ComputerError, TopazdeskError
from topazdesk.ui.controls import Menu, NoticeAction
from topazdesk.ui.host.notices import Notices, kind_of
from topazdesk.ui.host.programs import Program, programs_for
from topazdesk.ui.runtime.desktop import open_file, open_with, reveal
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px

_PNG = "image/png"
#: The subject of notices about what did not get out: the next attempt takes the place of the last one.
_SUBJECT = "outgoing"
#: The side of the picture under the pointer during a drag, in design pixels.
_DRAGGED = 66


def files_mime(paths: Sequence[Path]) -> QMimeData:
    """Return files as file managers hand them over, to be copied."""
    mime = QMimeData()
    mime.setData("text/uri-list", QByteArray(b"".join(uri_of(path) + b"\r\n" for path in paths)))
    return mime


def _clipboard_mime(paths: Sequence[Path], png: bytes = b"") -> QMimeData:
    """Return files as file managers put them on the clipboard; text fields get the paths. `png` is the picture."""
    mime = files_mime(paths)
    mime.setData("x-special/gnome-copied-files", QByteArray(b"\n".join([b"copy", *map(uri_of, paths)])))
    mime.setText(paths_text(paths))
    if png:
        mime.setData(_PNG, QByteArray(png))
        if sys.platform in ("win32", "darwin"):  # their clipboards do not know PNG by that name
            mime.setImageData(QImage.fromData(png))
    return mime


def paths_text(paths: Sequence[Path]) -> str:
    """Return paths as text, one a line."""
    return "\n".join(shown_path(path) for path in paths)


class Outgoing(QObject):
    """Opens, shows, copies and drags files. None of it waits for another program in the loop; faults become notices."""

    def __init__(self, spawn: Spawn, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._spawn = spawn
        self._notices = notices
        self._copying = threading.Event()  # set once the picture that is being made for the clipboard is out of date
        QGuiApplication.clipboard().dataChanged.connect(self._clipboard_changed)

    def open(self, path: Path) -> None:
        """Open a file in the program that the system, or else the desktop's own list, chooses. It never pays."""
        self._spawn("open", self._told(lambda: self._open(path), path))

    def show_in_folder(self, path: Path) -> None:
        """Show a file in the file manager."""
        self._spawn("show in folder", self._told(lambda: reveal(path), path))

    def choose_program(self, path: Path, place: QPoint) -> None:
        """Let the user choose the program that opens a file, in a menu at a place of the screen.

        Windows asks with a dialog of its own.
        """
        if sys.platform == "win32":
            self._run(["rundll32", "shell32.dll,OpenAs_RunDLL", str(path)], path)
        else:
            self._spawn("open with", self._offer_programs(path, place))

    def copy(self, paths: Sequence[Path]) -> None:
        """Put files on the clipboard; of a single one also the picture, as soon as it is decoded elsewhere."""
        if paths:
            QGuiApplication.clipboard().setMimeData(_clipboard_mime(paths))
        if len(paths) == 1:
            self._copying = threading.Event()
            self._spawn("copy", self._add_picture(paths[0], self._copying))

    def copy_paths(self, paths: Sequence[Path]) -> None:
        """Put the paths of files on the clipboard, as text."""
        QGuiApplication.clipboard().setText(paths_text(paths))

    def drag(self, widget: QWidget, paths: Sequence[Path], image: QImage | None = None) -> None:
        """Drag files from a widget to another program, as copies. Return when they were let go.

        Call it in answer to a movement of the pointer, never from a coroutine: Qt has no drag that does not wait, and
        its loop would run inside of that coroutine.
        """
        if not paths:
            return
        drag = QDrag(widget)
        drag.setMimeData(files_mime(paths))
        if image is not None and not image.isNull():
            side = px(_DRAGGED)
            small = image.scaled(
                side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            drag.setPixmap(QPixmap.fromImage(small))
            drag.setHotSpot(QPoint(-px(12), -px(8)))
        drag.exec(Qt.DropAction.CopyAction)  # never a move: the files are the user's

    async def _told(self, work: Callable[[], Awaitable[None]], path: Path) -> None:
        """Do something with a file; a failure becomes a notice that helps to get at the file in another way."""
        try:
            await work()
        except TopazdeskError as error:
            copy = NoticeAction(tr("Copy path"), lambda: self.copy_paths([path]), "copy")
            is_there = error.code == Code.COMPUTER_NO_PROGRAM
            actions = (copy,) if is_there else ()
            self._notices.tell(kind_of(error), error.title, error.hint, *actions, subject=_SUBJECT)

    async def _open(self, path: Path) -> None:
        try:
            await open_file(path)
        except ComputerError:
            programs = await asyncio.to_thread(_programs_for_file, path)
            if not programs:
                raise
            await open_with(programs[0].with_file(path), path)

    def _run(self, command: Sequence[str], path: Path) -> None:
        self._spawn("open with", self._told(lambda: open_with(command, path), path))

    async def _offer_programs(self, path: Path, place: QPoint) -> None:
        programs = await asyncio.to_thread(_programs_for_file, path)
        if programs:
            self.programs_menu(path, programs).popup(place)
        else:
            self._choose_other(path)

    def programs_menu(self, path: Path, programs: Sequence[Program]) -> Menu:
        """Build the menu of programs (at least one) that open a file."""
        menu = Menu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for program in programs:
            entry = menu.addAction(one_line(program.name, 60).replace("&", "&&"))
            words = program.with_file(path)
            entry.triggered.connect(lambda _checked=False, words=words: self._run(words, path))
        menu.addSeparator()
        menu.addAction(tr("Other program…")).triggered.connect(lambda: self._choose_other(path))
        menu.setActiveAction(menu.actions()[0])
        return menu

    def _choose_other(self, path: Path) -> None:
        is_mac = sys.platform == "darwin"
        dialog = QFileDialog(self._window, tr("Open with"), "/Applications" if is_mac else "/usr/bin")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        start = ["open", "-a"] if is_mac else []
        dialog.fileSelected.connect(lambda chosen: self._run([*start, chosen, str(path)], path))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _add_picture(self, path: Path, outdated: threading.Event) -> None:
        from topazdesk.media.clipboard_picture import picture_for_clipboard

        try:
            png = await asyncio.to_thread(picture_for_clipboard, path, outdated.is_set)
        finally:
            is_wanted = not outdated.is_set()
            outdated.set()  # if the window is closing, nobody waits for the picture any more
        if png and is_wanted:
            QGuiApplication.clipboard().setMimeData(_clipboard_mime([path], png))

    def _clipboard_changed(self) -> None:
        """Drop the picture that is being made: this or another program has copied something else meanwhile."""
        self._copying.set()


def _programs_for_file(path: Path) -> list[Program]:
    kind = QMimeDatabase().mimeTypeForFile(path.name, QMimeDatabase.MatchMode.MatchExtension).name()
    return [] if sys.platform == "darwin" else programs_for(kind)
