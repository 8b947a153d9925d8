"""Gives the keys back to where they were before a part of the window took them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class FocusReturn(QObject):
    """Remembers from where the keys came into `area`, a part of the window that comes and goes."""

    def __init__(self, area: QWidget) -> None:
        super().__init__(area)
        self._area = area
        self._before: QWidget | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)

    def give_back(self, leaving: QWidget | None = None) -> None:
        """Give the keys back if `leaving`, a part of the area or all of it, has them.

        Without a place for them the window finds one.
        """
        focus, before = self._area.window().focusWidget(), self._before
        if focus is None or not (leaving or self._area).isAncestorOf(focus):
            return
        if before is not None and isValid(before) and before.isVisible() and before.isEnabled():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        area = self._area
        if new is not None and old is not None and area.isAncestorOf(new) and not area.isAncestorOf(old):
            self._before = old
