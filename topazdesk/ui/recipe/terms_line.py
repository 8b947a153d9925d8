"""The line in the right column that says when pictures may be sent and what a run may cost, from the file of a run."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout

from topazdesk.ui.controls import IconButton, Surface, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px


class TermsLine(Surface):
    """Hidden until `say` has something to say. `dropped`: the user wants none of it any more."""

    dropped = Signal()

    def __init__(self) -> None:
        super().__init__("panel", lines=("top",))
        self.words = Text("", "small", "text2", wrap=True)
        self.drop = IconButton("close", tr("Send at any time, without this limit"))
        self.drop.clicked.connect(self.dropped)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(6), px(12), px(6))
        row.setSpacing(px(8))
        row.addWidget(Mark("queued", "text2"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        row.addWidget(self.drop, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def say(self, words: str) -> None:
        """Show what holds for the next runs; "" hides the line."""
        self.words.setText(words)
        self.setVisible(bool(words))
