"""The line below the output section that says what leaves this computer, and what the pictures' owners do not allow."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.ui.controls import IconButton, Surface, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class SendingLine(Surface):
    """Hidden until `say` has something to say. `more_wanted`: the user wants to know in detail."""

    more_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("panel", lines=("top",))
        self.words = Text("", "small", "text2", wrap=True)
        self.rights = Text("", "small", "warn", wrap=True)
        self.more = IconButton("info", tr("What leaves this computer"))
        self.more.clicked.connect(self.more_wanted)
        self._mark = Mark("uploading", "text2")
        self._warning = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(6), px(12), px(6))
        column.setSpacing(px(4))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(row)
        warning = QHBoxLayout(self._warning)
        warning.setContentsMargins(0, 0, 0, 0)
        warning.setSpacing(px(8))
        warning.addWidget(Mark("warning", "warn"), 0, Qt.AlignmentFlag.AlignTop)
        warning.addWidget(self.rights, 1)
        column.addWidget(self._warning)
        self._warning.hide()
        self.hide()

    def say(self, words: str, *, leaves: bool, rights: str = "") -> None:
        """Show what is sent ("" hides the line); `leaves`: something does leave; `rights`: what owners forbid."""
        self.words.setText(words)
        self._mark.show_icon("uploading" if leaves else "sandbox", "text2")
        self.more.setVisible(leaves)
        self.rights.setText(rights)
        self._warning.setVisible(bool(rights))
        self.setVisible(bool(words))
