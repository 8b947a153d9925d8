"""A window to put controls into, shown and active, so that focus and keys work as for a user."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot


def staged(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """The widgets in a column of an active window, after a plain button that has the focus at first."""
    window = QWidget()
    qtbot.addWidget(window, before_close_func=lambda _closed, kept=window: kept.hide())  # qtbot itself holds it weakly
    column = QVBoxLayout(window)
    first = QPushButton("first")
    column.addWidget(first)
    for widget in widgets:
        column.addWidget(widget)
    QCursor.setPos(QPoint(5000, 5000))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    first.setFocus()
    return window
