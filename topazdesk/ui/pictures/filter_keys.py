"""Keys in the field above the list: out of it, into the list, and back to all pictures."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from topazdesk.ui.pictures.list_view import PictureView

_INTO = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FilterKeys(QObject):
    """Down and Return go to the first match, Escape shows all pictures again and then leaves the field."""

    def __init__(self, field: QLineEdit, view: PictureView) -> None:
        super().__init__(field)
        self._field, self._view = field, view
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take these keys, without modifiers."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if event.key() == Qt.Key.Key_Escape and self._field.text():
            self._field.clear()
            return True
        if event.key() == Qt.Key.Key_Escape or (event.key() in _INTO and self._view.enter()):
            self._view.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return False
