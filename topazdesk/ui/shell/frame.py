"""The top-level window, around whatever its contents are at the moment."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topazdesk.ui.theme import px

_TITLE_BAR = 40
# With its title bar it is on a screen of 800 × 600, and on a full-HD one at 200 %, which is 540 design pixels high.
_LEAST_WIDTH, _LEAST_HEIGHT = 800, 500


class Frame(QWidget):
    """The top-level window. `closing` is emitted when the user closes it; `fill` puts the contents in.

    `reopening` is emitted when the profile is to be closed and opened again, as another queue holds in it.
    """

    closing = Signal()
    reopening = Signal()
    language_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_closing = self.is_reopening = False
        #: Asked before the user closes it; False: something is to be said first.
        self.may_close: Callable[[], bool] | None = None
        self._content: QWidget | None = None
        self.setWindowTitle("topazdesk")
        self.setAccessibleName("topazdesk")
        self.setMinimumSize(QSize(px(_LEAST_WIDTH), px(_LEAST_HEIGHT)))
        self.resize(px(1440), px(900))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def fill(self, content: QWidget, take_over: Callable[[], object] = lambda: None) -> None:
        """Show contents in place of those before, which are deleted; `take_over` is called while both are there."""
        before, self._content = self._content, content
        self.setUpdatesEnabled(False)  # nobody sees the moment between them
        try:
            if before is not None:
                self._column.removeWidget(before)
            self._column.addWidget(content)
            self._column.activate()  # else it is painted once in a corner, before it is laid out
            if before is not None:
                content.show()
                take_over()
                before.hide()
                before.deleteLater()
            for _ in range(3):  # a row that has its width shortens words, which gives others another width
                QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        finally:
            self.setUpdatesEnabled(True)

    @property
    def content(self) -> QWidget | None:
        """What it shows."""
        return self._content

    def geometry_text(self) -> str:
        """Return size and position as base64 of Qt's own format, for the settings."""
        return bytes(self.saveGeometry().toBase64().data()).decode()

    def restore(self, geometry: str) -> None:
        """Restore what `geometry_text` returned. If that is empty or invalid, use the default size, or maximise."""
        if geometry and self.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii", "ignore"))):
            return
        self.fit(self.screen().availableSize() if QGuiApplication.platformName() != "offscreen" else self.size())

    def fit(self, room: QSize) -> None:
        """Maximise the window if it exceeds the screen (device-independent pixels): the main button must be visible."""
        # The window manager adds a title bar, whose height is unknown before the window is shown.
        if self.width() > room.width() or self.height() + px(_TITLE_BAR) > room.height():
            self.setMinimumSize(self.minimumSize().boundedTo(room))
            self.resize(self.size().boundedTo(room))
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def changeEvent(self, event: QEvent) -> None:
        """Tell of another language: texts are made with the contents, which are to be replaced."""
        if event.type() is QEvent.Type.LanguageChange:
            self.language_changed.emit()
        super().changeEvent(event)

    def reopen(self) -> None:
        """Close the profile and open it again in this window."""
        self.is_reopening = True
        if self._content is not None:
            self._content.setEnabled(False)  # what is begun in it now would be lost
        self.reopening.emit()

    def close_now(self) -> None:
        """Close without a question."""
        self.may_close = None
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Disappear at once, unless something is to be said first; running work ends in the background."""
        if self.may_close is not None and not self.is_closing and not self.may_close():
            event.ignore()
            return
        self.is_closing = True
        event.accept()
        self.closing.emit()
