"""The part of a panel that is as high as what is in it while there is room, and scrolls in a low window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.ui.controls.dressed import ScrollArea
from topazdesk.ui.controls.paint import px

#: Design pixels that stay visible in the lowest window.
_LEAST = 96


class Contents(ScrollArea):
    """Shows `inside` whole, or scrolls it: nothing in it is ever squeezed."""

    def __init__(self, inside: QWidget, *, least: int = _LEAST) -> None:
        super().__init__()
        self._inside = inside
        self._least = least
        self.setWidget(inside)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """Return the height of what is in it, at the present width."""
        return QSize(super().sizeHint().width(), self.height_inside())

    def minimumSizeHint(self) -> QSize:
        """Return a height in which a few rows can be seen."""
        return QSize(self._inside.minimumSizeHint().width(), min(px(self._least), self.height_inside()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width: texts wrap."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the height of what is in it, which Qt would squeeze to the least it can have."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self._follow()
        return super().eventFilter(watched, event)

    def _follow(self) -> None:
        self._inside.setMinimumHeight(self.height_inside())
        self.updateGeometry()

    def height_inside(self) -> int:
        """Return the height of what is in it, at the present width."""
        layout, width = self._inside.layout(), self.viewport().width()
        if layout is None:
            return self._inside.sizeHint().height()
        return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
