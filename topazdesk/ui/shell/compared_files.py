"""Any two files side by side: two that are dropped on the viewer, two of the list, or the picture and a chosen file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog

from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.picture import shown_name
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr
from topazdesk.ui.viewer.panel import ShownPair

if TYPE_CHECKING:
    from topazdesk.ui.shell.window import Window


class ComparedFiles(Feature):
    """Shows two files in the viewer until another picture is chosen, or the comparison is ended. Nothing is added."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._library = window.library
        self._viewer = window.viewer
        window.commands.provide("compare_with", self.choose)
        self._viewer.two_dropped.connect(lambda paths: self.compare(paths[0], paths[1]))
        self._viewer.pair_line.end.clicked.connect(self.end)
        self._viewer.pair_line.add.clicked.connect(self._add)
        self._library.selected.connect(self._chosen)
        window.installEventFilter(self)
        bind(self._follow, self._library.current_changed, self._library.selected)

    def compare(self, before: Path, after: Path) -> None:
        """Show two files."""
        self._viewer.compare_files(ShownPair(before, after, None, None, shown_name(before), shown_name(after)))
        self._viewer.take_keys()

    def choose(self) -> None:
        """Compare the two selected pictures; with another number of them ask for a file to compare the picture with."""
        selected = self._library.of(self._library.chosen)
        if len(selected) == 2:
            self.compare(selected[0].path, selected[1].path)
            return
        dialog = QFileDialog(self._window, tr("Compare with"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._file_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def end(self) -> None:
        """Show the picture and its result again."""
        if self._viewer.compared is not None:
            self._viewer.compare_files(None)
            self._viewer.show_picture(self._library.picture, is_empty=len(self._library.pictures) == 0)
            self._viewer.take_keys()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """End the comparison on an Escape that nothing else has used."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.KeyPress and self._viewer.compared is not None:
            self.end()
            return True
        return super().eventFilter(watched, event)

    def _file_chosen(self, name: str) -> None:
        picture = self._library.picture
        if picture is not None and name:
            self.compare(picture.path, Path(name))

    def _chosen(self, is_another: bool) -> None:
        """Give way to a picture that is chosen in the list; whoever listens next shows it."""
        if is_another:
            self._viewer.compare_files(None)

    def _add(self) -> None:
        pair = self._viewer.compared
        self.end()
        if pair is not None and pair.after is not None:
            self._window.arrived.emit([pair.before, pair.after], True)

    def _follow(self) -> None:
        self._window.commands["compare_with"].setEnabled(self._library.picture is not None)
