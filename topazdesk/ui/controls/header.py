"""The row of 48 design pixels at the top of each column."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from topazdesk.ui.controls import Surface
from topazdesk.ui.theme import px

HEADER = 48


class Header(Surface):
    """A row with a line below; put controls into `row`."""

    def __init__(self) -> None:
        super().__init__("panel", lines=("bottom",))
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(px(12), 0, px(12), px(1))
        self.row.setSpacing(px(8))
        self.setFixedHeight(px(HEADER))
