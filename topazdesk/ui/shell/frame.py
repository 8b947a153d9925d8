"""The top-level window. It paints backgrounds, lines and column titles itself, before anything else is even imported.

Measured: theme and frame take half as long as Qt's own empty window, the real contents three times as long. So the
frame appears first, and the contents replace it in the next turn of the event loop.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topazdesk.ui.shell.columns import Columns
from topazdesk.ui.theme import font, px, tokens

# The sizes of the panels, in design pixels; repeated here because the frame must not wait for their import.
_HEADER, _FOOTER = 48, 64
_TITLE_BAR = 40
# With its title bar it is on a full-HD screen at 200 %, which is 540 design pixels high.
_LEAST_HEIGHT = 500


class Frame(QWidget):
    """The top-level window. `closing` is emitted when the user closes it; `fill` puts the contents in."""

    closing = Signal()

    def __init__(self, columns: Columns | None = None) -> None:
        super().__init__()
        self._columns = columns or Columns()
        self.was_painted = False
        self.is_closing = False
        self._content: QWidget | None = None
        self.setWindowTitle("topazdesk")
        self.setAccessibleName("topazdesk")
        self.setMinimumSize(QSize(px(960), px(_LEAST_HEIGHT)))
        self.resize(px(1440), px(900))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def fill(self, content: QWidget) -> None:
        """Put the contents in; from now on they paint everything."""
        self._content = content
        self._column.addWidget(content)
        self._column.activate()  # else it is painted once in a corner, before it is laid out

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

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint backgrounds, lines and titles until there are contents."""
        self.was_painted = True
        if self._content is not None:
            return
        t = tokens()
        painter = QPainter(self)
        width, height = self.width(), self.height()
        columns = self._columns
        left = 0 if columns.hides_list else px(columns.list_width)
        side = 0 if columns.hides_recipe else px(columns.recipe_width)
        foot, head, right = height - px(_FOOTER), px(_HEADER), width - side
        painter.fillRect(self.rect(), t.panel)
        painter.fillRect(left, head, right - left, foot - head, t.canvas)
        for line in ((0, head - 1, width, 1), (0, foot, width, 1), (left, 0, 1, foot), (right, 0, 1, foot)):
            painter.fillRect(*line, t.line)
        painter.setFont(font("title"))
        painter.setPen(t.text)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if left:
            painter.drawText(QRectF(px(48), 0, left, head - 1), flags, self.tr("Pictures"))
        if side:
            painter.drawText(QRectF(right + 1 + px(16), 0, side, head - 1), flags, self.tr("Adjustments"))
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Disappear at once; running work ends in the background."""
        self.is_closing = True
        event.accept()
        self.closing.emit()
