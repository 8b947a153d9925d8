"""The folders that a team shares, and where each is on this computer: a name and a folder a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.app.team_context import roots_of
from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, TopazdeskError, UseError
from topazdesk.language import titled
from topazdesk.ui.controls import Button, ElidedLabel, IconButton, LineField, Text
from topazdesk.ui.texts import plain_tip, sentences, tr, translated
from topazdesk.ui.theme import px

_NAME_WIDTH = 130


class RootsField(QWidget):
    """The lines, each of which can be changed or removed, and a button for another one.

    `changed` is emitted when a line is; `grew` when there is one more or less, or the hint below says something else.
    """

    changed = Signal()
    grew = Signal()

    def __init__(self, folders: Mapping[str, str]) -> None:
        super().__init__()
        self.lines: list[RootLine] = []
        self._away: dict[str, str] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(6))
        self.told = Text("", "small", "text2", wrap=True)
        self.add = Button(tr("Add a folder…"), icon="folder", size="panel")
        self.add.clicked.connect(lambda: self._choose("", self._added))
        self._column.addWidget(self.told)
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        for name, folder in folders.items():
            self._new_line(name, folder)
        self._tell()

    def folders(self) -> dict[str, str]:
        """Return the folders by name."""
        return {line.name.text().strip(): line.path for line in self.lines}

    def problem(self) -> str:
        """Return what is wrong with the lines as a sentence, or ""."""
        names = [line.name.text().strip() for line in self.lines]
        if len(set(names)) < len(names):
            return tr("Each folder needs a name of its own.")
        try:
            roots_of(self.folders())
        except UseError:
            return tr("A name has small letters and digits, such as scans.")
        return ""

    def show_away(self, away: Mapping[str, str]) -> None:
        """Show what is to be said of folders, by name: that one is not there, for instance."""
        if away != self._away:
            self._away = dict(away)
            self._tell()

    def _new_line(self, name: str, folder: str) -> RootLine:
        line = RootLine(name, folder)
        line.name.textChanged.connect(self._edited)
        line.change.clicked.connect(lambda: self._choose(line.path, line.show_path))
        line.edited.connect(self._edited)
        line.remove.clicked.connect(lambda: self._removed(line))
        self._column.insertWidget(len(self.lines), line)
        self.lines.append(line)
        return line

    def _added(self, folder: str) -> None:
        taken = set(self.folders())
        wanted = "".join(c for c in Path(folder).name.lower() if c.isascii() and (c.isalnum() or c in "-_")).lstrip(
            "-_"
        )
        name = wanted[:40] or "scans"
        line = self._new_line("" if name in taken else name, folder)
        self._edited()
        line.name.setFocus(Qt.FocusReason.OtherFocusReason)
        line.name.selectAll()

    def _removed(self, line: RootLine) -> None:
        self.lines.remove(line)
        self._column.removeWidget(line)
        line.deleteLater()
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edited()

    def _edited(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        problem = self.problem()
        away = [tr("Folder {name}: {state}.").format(name=n, state=translated(s)) for n, s in self._away.items()]
        words = problem or sentences(*away)
        self.told.setText(
            words or tr("All computers of the team use the same names; each says where the folder is there.")
        )
        self.told.set_colour("err" if problem else "warn" if words else "text2")
        self.grew.emit()

    def _choose(self, before: str, chosen: Callable[[str], None]) -> None:
        """Open the system's dialog for a folder."""
        dialog = QFileDialog(self, tr("Folder that the team shares"), before)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class RootLine(QWidget):
    """One folder: the team's name for it, and where it is here."""

    edited = Signal()

    def __init__(self, name: str, folder: str) -> None:
        super().__init__()
        self.path = folder
        self.name = LineField(name)
        self.name.setFixedWidth(px(_NAME_WIDTH))
        self.name.setPlaceholderText("scans")
        self.name.setAccessibleName(tr("Name of the folder in the team"))
        self.folder = ElidedLabel("", "base")
        self.change = IconButton("choose", tr("Choose the folder…"))
        self.remove = IconButton("close", tr("Remove this folder"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self.name)
        row.addWidget(self.folder, 1)
        row.addWidget(self.change)
        row.addWidget(self.remove)
        self._show()

    def show_path(self, folder: str) -> None:
        """Show another folder."""
        self.path = folder
        self._show()
        self.edited.emit()

    def _show(self) -> None:
        there = shown_path(Path(self.path))
        self.folder.setText(there)
        self.folder.setToolTip(plain_tip(there))
        self.name.setAccessibleDescription(there)
        self.change.setAccessibleDescription(there)
        self.remove.setAccessibleDescription(there)


def sentence(title: str, hint: str) -> str:
    """Return an error as it is said in a sheet."""
    return titled(translated(title), translated(hint))


def refused_text(error: TopazdeskError) -> tuple[str, bool]:
    """Return why folders cannot be used, and whether it is as one is not that which the team knows by its mark."""
    if error.code != Code.USE_TEAM_OTHER_ROOT:
        return sentence(error.title, error.hint), False
    hint = tr("Choose the folder that the team means, or give this one another name.")
    return titled(translated(error.title), hint), True
