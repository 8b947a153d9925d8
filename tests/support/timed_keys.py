"""Keys as a window system sends them: each with the time at which it went down or up, however late the window hears of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from topazdesk.ui.viewer.input import TAP_MS

_DOWN_AT_MS = 60_000


def press_space(widget: QWidget) -> None:
    """Space goes down."""
    _send(widget, QEvent.Type.KeyPress, _DOWN_AT_MS)


def let_space_go(widget: QWidget, *, after_ms: int = TAP_MS + 1) -> None:
    """It goes up: after so long by the system's times that it was no tap, unless another time is named."""
    _send(widget, QEvent.Type.KeyRelease, _DOWN_AT_MS + after_ms)


def tap_space(widget: QWidget) -> None:
    """Down and up in a moment."""
    press_space(widget)
    let_space_go(widget, after_ms=40)


def _send(widget: QWidget, kind: QEvent.Type, at_ms: int) -> None:
    event = QKeyEvent(kind, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ")
    event.setTimestamp(at_ms)
    QApplication.sendEvent(widget, event)
