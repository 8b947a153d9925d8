"""The sheet with what files say about themselves. All of it was written by strangers: it is shown as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.file_metadata import CredentialState, FileMetadata
from topazdesk.domain.kept import KeptReport
from topazdesk.language import comma
from topazdesk.ui.controls import Button, Sheet, Text
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme import px

#: Longest value that is shown, in characters; the clipboard gets all of it.
_MOST = 400
_LOCATION = "Location"

#: A name, and the value of each file; the colour of values that warn.
_Row = tuple[str, tuple[str, ...], str]


class FileDetailsSheet(Sheet):
    """Has a column for the original and one for the result, as far as there are both; `show_files` fills them.

    `facts` are what the program says of the original, by name; they stand first.
    """

    help_page = "files#metadata"

    def __init__(
        self,
        parent: QWidget,
        original: Path | None,
        result: Path | None,
        report: KeptReport | None = None,
        facts: Sequence[tuple[str, str]] = (),
    ) -> None:
        named = result if original is None else original
        title = one_line(named.name, 120) if named is not None else tr("File details")
        files = [(tr("Original"), original), (tr("Result"), result)]
        self._files = [(name, path) for name, path in files if path is not None]
        super().__init__(parent, title, width=760 if len(self._files) > 1 else 560, closable=True)
        self._report = report if result is not None else None
        self._facts = facts if original is not None else ()
        self._inside = QWidget()
        self._rows: list[_Row] = []
        self.body.addWidget(self._inside)
        self.copy = Button(tr("Copy"), icon="copy")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        self.copy.setEnabled(False)
        self.footer.addWidget(self.copy)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)
        close.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show([(tr("Reading…"), ("",) * len(self._files), "text2")])

    def show_files(self, found: Sequence[FileMetadata]) -> None:
        """Show what the files say, the original's first."""
        beside = ("",) * (len(self._files) - 1)
        own: list[_Row] = [(name, (value, *beside), "text") for name, value in self._facts]
        self._rows = own + rows_of(found, self._report)
        self._show(self._rows)
        self.copy.setEnabled(True)

    def text(self) -> str:
        """Return all of it as text, for the clipboard."""
        heads = [name for name, _ in self._files]
        lines = ["\t".join(["", *heads]).rstrip()] if len(heads) > 1 else []
        lines += ["\t".join([name, *(value.replace("\n", "; ") for value in values)]) for name, values, _ in self._rows]
        return "\n".join(lines)

    def shown(self) -> dict[str, tuple[str, ...]]:
        """Return the values by name."""
        return {name: values for name, values, _ in self._rows}

    def _show(self, rows: Sequence[_Row]) -> None:
        old, self._inside = self._inside, QWidget()
        grid = QGridLayout(self._inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(6))
        if len(self._files) > 1:
            for place, (name, _) in enumerate(self._files):
                grid.addWidget(Text(name, "small", weight=600), 0, place + 1)
        for place in range(len(self._files)):
            grid.setColumnStretch(place + 1, 1)
        for number, (name, values, colour) in enumerate(rows, 1):
            grid.addWidget(Text(name, "small", "text2"), number, 0, Qt.AlignmentFlag.AlignTop)
            for place, value in enumerate(values):
                shown = Text(_shown(value), "small", colour if value else "text3", wrap=True)
                shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                shown.setAccessibleName(f"{name}, {self._files[place][0]}: {_shown(value)}")
                grid.addWidget(shown, number, place + 1, Qt.AlignmentFlag.AlignTop)
        self.body.replaceWidget(old, self._inside)
        old.hide()  # it is deleted in a later turn of the loop, and must not show through until then
        old.deleteLater()
        self._inside.show()
        self.fit()


def rows_of(found: Sequence[FileMetadata], report: KeptReport | None) -> list[_Row]:
    """Return the rows for some files, in the order in which the files state things; empty values are ""."""
    names = list(dict.fromkeys(name for name in _ORDER if any(name in dict(each.stated) for each in found)))
    names += [name for each in found for name, _ in each.stated if name not in names]
    if _LOCATION not in names:
        names.insert(0, _LOCATION)
    rows = []
    for name in dict.fromkeys(names):
        values = tuple(dict(each.stated).get(name, tr("None") if name == _LOCATION else "") for each in found)
        if name in _IN_OUR_WORDS:
            values = tuple(map(translated, values))
        is_broken = name == _CREDENTIALS and any(each.credentials is CredentialState.BROKEN for each in found)
        rows.append((translated(name), values, "warn" if is_broken else "text"))
    holds = tuple(comma().join(translated(kind.text) for kind in each.written) for each in found)
    if any(holds):
        rows.append((tr("Personal data"), holds, "text"))
    if any(each.trouble for each in found):
        rows.append((tr("Not readable"), tuple("\n".join(each.trouble) for each in found), "warn"))
    if report is not None and report.lines:
        said = "\n".join(map(translated, report.lines))
        rows.append((tr("Notes"), (*("",) * (len(found) - 1), said), "text2"))
    return rows


_CREDENTIALS = "Content credentials"
#: What says how a picture came to be stands first.
_ORDER = ("How it was made", "Practice result", _CREDENTIALS)
#: What is not quoted from the file, but said of it.
_IN_OUR_WORDS = frozenset((*_ORDER, _LOCATION, "Copyright status", "Rating"))


def _shown(value: str) -> str:
    return "\n".join(one_line(line, _MOST) for line in value.split("\n")) if value else "–"
