"""A single icon in a row, and the row of an icon with a sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topazdesk.ui.controls.label import Text
from topazdesk.ui.controls.paint import paint_icon, painter_for
from topazdesk.ui.theme import px, tokens


class Mark(QWidget):
    """An icon of `size` design pixels in a token's colour; decoration, so it has no accessible name."""

    def __init__(self, icon: str, role: str = "text2", size: int = 16) -> None:
        super().__init__()
        self._icon = icon
        self._role = role
        self.setFixedSize(px(size), px(size))

    def show_icon(self, icon: str, role: str) -> None:
        """Show another icon or colour."""
        self._icon = icon
        self._role = role
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the icon."""
        painter = painter_for(self)
        paint_icon(painter, self.rect(), self._icon, tokens().colour(self._role))
        painter.end()


def marked(icon: str, role: str, words: str) -> QHBoxLayout:
    """Return a row of an icon and a small sentence in the same colour, which may take several lines."""
    row = QHBoxLayout()
    row.setSpacing(px(8))
    row.addWidget(Mark(icon, role), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Text(words, "small", role, wrap=True), 1)
    return row
