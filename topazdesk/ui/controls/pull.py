"""Notices when a part of the window is pulled with the mouse, as one does to drag what it shows to another program."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QWidget


def is_pull(way: QPoint) -> bool:
    """Return whether a movement with the button held is far enough to be meant."""
    return way.manhattanLength() >= QGuiApplication.styleHints().startDragDistance()


class Pull(QObject):
    """Watches a widget. `pulled` is emitted once a press of the left button on it has become a movement."""

    pulled = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._from: QPoint | None = None
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse. Presses stay with the widget, so that its other uses go on."""
        if isinstance(event, QMouseEvent):
            at = event.position().toPoint()
            if event.type() == QEvent.Type.MouseButtonPress:
                self._from = at if event.button() == Qt.MouseButton.LeftButton else None
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._from = None
            elif self._from is not None and is_pull(at - self._from):
                self._from = None  # before the drag, which begins and ends inside of this signal
                self.pulled.emit()
        return False
