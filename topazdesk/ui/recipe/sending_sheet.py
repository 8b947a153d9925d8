"""The sheet that says what leaves this computer, and what of the files stays here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from topazdesk.domain.file_metadata import FileMetadata, Written
from topazdesk.language import full_stop
from topazdesk.ui.controls import Button, Sheet, Text
from topazdesk.ui.controls.mark import marked
from topazdesk.ui.texts import ntr, number, tr, translated
from topazdesk.ui.theme import px


class SendingSheet(Sheet):
    """Shows `rows` (name and value) and what `count` files hold that is not sent, as `add` brings it.

    `rights` is what owners do not allow, "" for nothing; `returns` says what comes back in results.
    """

    help_page = "privacy"

    def __init__(
        self, parent: QWidget, rows: Sequence[tuple[str, str]], count: int, *, rights: str, returns: str
    ) -> None:
        super().__init__(parent, tr("What leaves this computer"), width=560, closable=True)
        self._rows = [(translated(name), translated(value)) for name, value in rows]
        self._count = count
        self._read = self._unread = 0
        self._kinds: Counter[Written] = Counter()
        self._returns = returns
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(6))
        self._grid.setColumnStretch(1, 1)
        self.stays = Text("", "small", wrap=True)
        for place, (name, value) in enumerate(self._rows):
            self._put(place, name, Text(value, "small", wrap=True))
        self._put(len(self._rows), tr("Stays here"), self.stays)
        self.body.addLayout(self._grid)
        self.body.addSpacing(px(6))
        if rights:
            self.body.addLayout(marked("warning", "warn", rights))
        self.body.addLayout(marked("info", "text2", f"{returns}{full_stop()}"))
        self.copy = Button(tr("Copy"), icon="copy")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        self.footer.addWidget(self.copy)
        self.footer.addStretch(1)
        close = Button(tr("Close"))
        close.clicked.connect(self.accept)
        self.footer.addWidget(close)
        close.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say()

    def add(self, found: Sequence[FileMetadata]) -> None:
        """Take in what some more of the files hold."""
        self._read += len(found)
        for each in found:
            self._kinds.update(each.written)
            self._unread += bool(each.trouble and not each.written)
        self._say()
        self.fit()

    def text(self) -> str:
        """Return all of it as text, for the clipboard."""
        rows = [*self._rows, (tr("Stays here"), self.stays.text().replace("\n", "; "))]
        return "\n".join(f"{name}: {value}" for name, value in rows)

    def _put(self, place: int, name: str, value: Text) -> None:
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(Text(name, "small", "text2"), place, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, place, 1)

    def _say(self) -> None:
        lines = [self._kind_text(kind) for kind in Written if self._kinds[kind]]
        if self._read < self._count:
            words = ntr("Reading the file…", "Reading the files… {n} of {all}", self._count)
            lines.append(words.format(n=number(self._read), all=number(self._count)))
        elif not lines:
            lines.append(ntr("Nothing: the file holds only the picture", "Nothing", self._count))
        if self._unread:
            text = ntr(
                "{n} couldn't be read; of it, too, only the picture is sent",
                "{n} couldn't be read; of these, too, only the picture is sent",
                self._unread,
            )
            lines.append(text.format(n=number(self._unread)))
        self.stays.setText("\n".join(lines))

    def _kind_text(self, kind: Written) -> str:
        words = translated(kind.text)
        words = f"{words[:1].upper()}{words[1:]}"
        if self._count == 1:
            return words
        return tr("{what} – in {n} of {all} files").format(
            what=words, n=number(self._kinds[kind]), all=number(self._count)
        )
