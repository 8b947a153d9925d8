"""What is typed after the keys of the command palette and before it can open, in the first moments of a window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent

#: A window that takes longer has failed to open its profile: keys must not stay caught.
_LONGEST_MS = 10_000
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class TypedAhead(QObject):
    """Keeps what is typed from `begin` to `taken`, which returns it; until then it reaches nothing else.

    Without this a space would press the button that has the keys, and the letters would be lost.
    """

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._typed = ""
        application.installEventFilter(self)
        QTimer.singleShot(_LONGEST_MS, self, self._give_up)

    @staticmethod
    def begin() -> None:
        """Keep what is typed from now on."""
        application = QCoreApplication.instance()
        if application is not None and application.findChild(TypedAhead) is None:
            TypedAhead(application)

    @staticmethod
    def taken() -> str:
        """Return what was typed, and let keys through again."""
        application = QCoreApplication.instance()
        kept = application.findChild(TypedAhead) if application is not None else None
        if application is None or kept is None:
            return ""
        application.removeEventFilter(kept)
        kept.setParent(None)
        kept.deleteLater()
        return kept._typed  # noqa: SLF001 - the same class

    def _give_up(self) -> None:
        TypedAhead.taken()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep letters, and take one back with Backspace; shortcuts and Escape pass."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or event.modifiers() & _COMMANDS:
            return False
        if event.key() == Qt.Key.Key_Backspace:
            self._typed = self._typed[:-1]
            return True
        if event.text() and event.text().isprintable():
            self._typed += event.text()
            return True
        return False
