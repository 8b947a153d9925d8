"""What a small widget on the picture looks like, painted once: every frame of the picture below repaints it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from topazdesk.ui.theme import tokens
from topazdesk.ui.theme.design_tokens import Tokens


class Kept:
    """For one widget; painted anew when its size, its screen, the theme or the state it is asked for is another."""

    def __init__(self) -> None:
        self._state: Hashable = None
        self._tokens: Tokens | None = None
        self._pixmap = QPixmap()

    def show(self, widget: QWidget, state: Hashable, paint: Callable[[QPainter], None]) -> None:
        """Paint on `widget` what `paint` painted for this `state`, transparent elsewhere."""
        ratio = widget.devicePixelRatioF()
        state = (state, widget.width(), widget.height(), ratio)
        if state != self._state or self._tokens is not tokens():
            self._state, self._tokens = state, tokens()
            self._pixmap = QPixmap(widget.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._pixmap)
            paint(painter)
            painter.end()
        painter = QPainter(widget)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.end()
