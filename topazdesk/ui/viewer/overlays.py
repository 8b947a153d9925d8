"""Widgets on top of the pictures, in black and white only: labels, overview map, and the divider's turn button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from topazdesk.domain.geometry import Size
from topazdesk.domain.tiling import Rect
from topazdesk.domain.viewport import WHOLE
from topazdesk.ui.controls.button import PaintedButton
from topazdesk.ui.texts import size_text, tr
from topazdesk.ui.theme import font, px, tokens
from topazdesk.ui.theme.icons import paint_icon
from topazdesk.ui.theme.mirrored import write_in_label
from topazdesk.ui.viewer.kept import Kept

MAP_SIZE = QSize(150, 100)


class SideLabel(QLabel):
    """A label such as "Before 3000 × 2000 · 6 MP" on a dark background; what there is no room for is left out."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)  # a note may contain text from anywhere
        self._word = ""
        self._choices: tuple[str, ...] = ()  # what follows the word, the longest first
        self._room = 10_000
        self._kept = Kept()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_size(self, word: str, size: Size | None, note: str = "", facts: str = "") -> None:
        """Show the side's name with the picture's size in pixels, or with a note instead of the size.

        `facts` are more about the file, for a label that has room.
        """
        more = note or (size_text(size) if size is not None else "")
        longest = " · ".join(part for part in (more, facts) if part)
        self._word = word
        self._choices = tuple(dict.fromkeys((longest, more)))
        self.setText(f"{self._word} {longest}".strip())
        self._fit()

    def set_room(self, width: int) -> None:
        """Set the greatest width allowed, in logical pixels."""
        if width != self._room:
            self._room = width
            self._fit()

    def sizeHint(self) -> QSize:
        """Return the size of the text plus padding."""
        more = self._width_of(self._more())
        return QSize(self._word_width() + (more + px(8) if more else 0) + 2 * px(10), px(26))

    def _word_width(self) -> int:
        return QFontMetrics(font("small", 600)).horizontalAdvance(self._word)

    @staticmethod
    def _width_of(more: str) -> int:
        return QFontMetrics(font("small", tabular=True)).horizontalAdvance(more)

    def _more(self) -> str:
        """Return the longest text after the word that there is room for."""
        room = self._room - self._word_width() - px(8) - 2 * px(10)
        return next((more for more in self._choices if more and self._width_of(more) <= room), "")

    def _fit(self) -> None:
        self.resize(self.sizeHint())
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to new sizes of the theme."""
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.ApplicationFontChange):
            self._fit()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background and the text."""
        self._kept.show(self, (self._word, self._choices, self._room), self._paint)

    def _paint(self, painter: QPainter) -> None:
        t = tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.overlay)
        painter.drawRoundedRect(QRectF(self.rect()), px(4), px(4))
        word, more = self._word_width(), self._more()
        inner = QRectF(self.rect()).adjusted(px(10), 0, 0, 0)
        painter.setFont(font("small", 600))
        painter.setPen(t.overlay_text)
        write_in_label(painter, QRectF(inner.left(), inner.top(), word + 2, inner.height()), self.width(), self._word)
        if more:
            painter.setFont(font("small", tabular=True))
            painter.setPen(t.overlay_text2)
            write_in_label(painter, inner.adjusted(word + px(8), 0, 0, 0), self.width(), more)


class OverviewMap(QWidget):
    """A small view of the whole picture, with a frame around the visible part.

    A click or drag emits `went(x, y)`, in fractions of the picture.
    """

    went = Signal(float, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._seen = WHOLE
        self.setAccessibleName(tr("Overview map"))
        self.setAccessibleDescription(tr("Shift and the arrow keys move the picture"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_image(self, image: QImage, shape: Size) -> None:
        """Show the picture; the map takes the proportions of `shape`, within 150 × 100 design pixels."""
        factor = min(px(MAP_SIZE.width()) / shape.width, px(MAP_SIZE.height()) / shape.height)
        size = QSize(max(px(12), round(shape.width * factor)), max(px(12), round(shape.height * factor)))
        ratio = self.devicePixelRatioF()
        self._image = image.scaled(
            size * ratio, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        self.resize(size)
        self.update()

    def set_seen(self, seen: Rect) -> None:
        """Set the visible part, in fractions of the picture."""
        if seen != self._seen:
            self._seen = seen
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, its outline, and the frame."""
        t = tokens()
        painter = QPainter(self)
        rect = QRectF(self.rect())
        painter.fillRect(rect, t.canvas)
        painter.drawImage(rect, self._image)
        painter.setPen(t.overlay)
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        frame = QRectF(
            self._seen.x * rect.width(),
            self._seen.y * rect.height(),
            max(px(6), self._seen.width * rect.width()),
            max(px(6), self._seen.height * rect.height()),
        )
        frame.moveLeft(min(frame.left(), rect.width() - frame.width()))
        frame.moveTop(min(frame.top(), rect.height() - frame.height()))
        for inset, width, colour in ((0.5, 1, t.overlay), (2, 2, t.overlay_line), (3.5, 1, t.overlay)):
            painter.setPen(
                QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin)
            )
            painter.drawRect(frame.adjusted(inset, inset, -inset, -inset))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the pointer."""
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Accept the event, so that a click on the map is not one on the picture."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Treat a double click like a click."""
        self._go(event.position())

    def _go(self, at: QPointF) -> None:
        self.went.emit(at.x() / max(1, self.width()), at.y() / max(1, self.height()))


class TurnButton(PaintedButton):
    """The small round button next to the divider's handle, which turns the divider."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._kept = Kept()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the picture
        self.setAccessibleName(tr("Turn divider"))
        self.setToolTip(tr("Turn divider"))
        self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """Return the preferred size: 24 by 24 design pixels."""
        return QSize(px(24), px(24))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Put the focus ring around the button."""
        return QRectF(self.rect()), px(12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it dark with a light icon, inverted under the pointer."""
        self._kept.show(self, self.hovered or self.isDown(), self._paint)

    def _paint(self, painter: QPainter) -> None:
        t = tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(t.overlay_text2)
        painter.setBrush(t.overlay_text if self.hovered or self.isDown() else t.overlay)
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        side = px(14)
        glyph = QRectF(0, 0, side, side)
        glyph.moveCenter(QRectF(self.rect()).center())
        paint_icon(painter, glyph, "turn", t.overlay if self.hovered or self.isDown() else t.overlay_text)
