"""The part of a panel that is as high as what is in it while there is room, and scrolls in a low window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.ui.controls import ScrollArea
from topazdesk.ui.theme import px

#: Design pixels that stay visible in the lowest window.
_LEAST = 96


class Contents(ScrollArea):
    """Shows `inside` whole, or scrolls it: nothing in it is ever squeezed."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        self.setWidget(inside)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """Return the height of what is in it."""
        return QSize(super().sizeHint().width(), self._inside.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return a height in which a few rows can be seen."""
        return QSize(self._inside.minimumSizeHint().width(), min(px(_LEAST), self.sizeHint().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the height of what is in it, which Qt would squeeze to the least it can have."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            height = self._inside.sizeHint().height()
            self._inside.setMinimumHeight(height)
            self.updateGeometry()
        return super().eventFilter(watched, event)
