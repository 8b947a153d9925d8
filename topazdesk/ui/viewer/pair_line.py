"""The line below the viewer while any two files are compared: their names, and the ways on."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from topazdesk.ui.controls import Button, ElidedLabel, Surface, Text
from topazdesk.ui.controls.mark import Mark
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px

_HEIGHT = 36


class PairLine(Surface):
    """Takes the place of the line of the result."""

    def __init__(self) -> None:
        super().__init__("panel", lines=("top",))
        self.setFixedHeight(px(_HEIGHT))
        self.names = ElidedLabel("", "small")
        self.add = Button(tr("Add to list"), "quiet", icon="add", size="panel")
        self.add.setToolTip(tr("Add these files to the list of pictures"))
        self.end = Button(tr("Close"), "quiet", icon="close", size="panel")
        self.end.setToolTip(tr("Show the chosen picture again (Esc)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(1), px(8), 0)
        row.setSpacing(px(8))
        row.addWidget(Mark("side", "text2"))
        row.addWidget(Text(tr("Comparing"), "small", weight=600))
        row.addWidget(self.names, 1)
        row.addWidget(self.add)
        row.addWidget(self.end)
