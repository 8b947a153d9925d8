"""A cache for the look of a small overlay widget, which every new frame of the picture below it repaints."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from topazdesk.ui.theme import tokens
from topazdesk.ui.theme.design_tokens import Tokens


class Kept:
    """The cached look of one widget, repainted when its size, screen, theme or state changes."""

    def __init__(self) -> None:
        self._state: Hashable = None
        self._tokens: Tokens | None = None
        self._pixmap = QPixmap()

    def show(self, widget: QWidget, state: Hashable, paint: Callable[[QPainter], None]) -> None:
        """Paint `widget` from the cache, first calling `paint` if there is nothing for this `state`.

        The background is transparent.
        """
        ratio = widget.devicePixelRatioF()
        state = (state, widget.width(), widget.height(), ratio)
        if state != self._state or self._tokens is not tokens():
            self._state = state
            self._tokens = tokens()
            self._pixmap = QPixmap(widget.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._pixmap)
            painter.setLayoutDirection(widget.layoutDirection())  # as if it were painted on the widget
            paint(painter)
            painter.end()
        painter = QPainter(widget)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.end()
