"""The divider between before and after, moved by dragging or with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QWidget

from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import percent_text, tr
from topazdesk.ui.theme import px, tokens
from topazdesk.ui.theme.icons import paint_icon
from topazdesk.ui.viewer.kept import Kept

STEPS = 10_000
_HANDLE, _HIT = 36, 16
_KEY_STEP, _PAGE_STEP = STEPS // 100, STEPS // 10


class Divider(QAbstractSlider):
    """A line with a handle, laid over its parent; `value` runs from 0 (left or top edge) to `STEPS`.

    It positions itself; the parent calls `place` when its own size changes. `turned` makes the line horizontal.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.turned = False
        self._view = parent
        self._grip = 0
        self._kept = Kept()
        self.setRange(0, STEPS)
        self.setValue(STEPS // 2)
        self.setSingleStep(_KEY_STEP)
        self.setPageStep(_PAGE_STEP)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        bind(self._moved, self.valueChanged)
        self.set_turned(False)

    @property
    def share(self) -> float:
        """Position from 0 to 1."""
        return self.value() / STEPS

    def set_turned(self, turned: bool) -> None:
        """Make the line horizontal, or vertical again."""
        self.turned = turned
        # A slider's orientation is the direction it moves in, not the direction of its line.
        self.setOrientation(Qt.Orientation.Vertical if turned else Qt.Orientation.Horizontal)
        self.setCursor(Qt.CursorShape.SplitVCursor if turned else Qt.CursorShape.SplitHCursor)
        self.setAccessibleDescription(
            tr("The arrow keys move it. What lies above it is the source")
            if turned
            else tr("The arrow keys move it. What lies left of it is the source")
        )
        self.place()

    def place(self) -> None:
        """Position the widget over the parent according to its value."""
        area, side = self._area(), px(_HANDLE)
        at = self._at()
        if self.turned:
            self.setGeometry(0, at - side // 2, area.width(), side)
        else:
            self.setGeometry(at - side // 2, 0, side, area.height())
        self.update()

    def handle_rect(self) -> QRect:
        """Return the rectangle of the round handle, in the widget's own coordinates."""
        side = px(_HANDLE)
        return QRect(self.width() // 2 - side // 2, self.height() // 2 - side // 2, side, side)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Put the focus ring around the handle."""
        return QRectF(self.handle_rect()), px(_HANDLE) / 2

    def _area(self) -> QRect:
        return self._view.rect()

    def _at(self) -> int:
        area = self._area()
        return round(self.share * (area.height() if self.turned else area.width()))

    def _moved(self) -> None:
        self.setAccessibleName(tr("Divider at {percent}").format(percent=percent_text(round(self.share * 100))))
        self.place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Mask the widget so that only line and handle take the pointer; the rest belongs to the picture."""
        hit, rect = px(_HIT), self.rect()
        if self.turned:
            line = QRect(0, rect.height() // 2 - hit // 2, rect.width(), hit)
        else:
            line = QRect(rect.width() // 2 - hit // 2, 0, hit, rect.height())
        self.setMask(QRegion(line).united(QRegion(self.handle_rect())))
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a white line with dark edges, and the handle."""
        self._kept.show(self, self.turned, self._paint)

    def _paint(self, painter: QPainter) -> None:
        t = tokens()
        rect, half = self.rect(), px(_HANDLE) // 2
        for width, colour in ((4, t.overlay), (2, t.overlay_line)):
            line = (
                QRect(0, half - width // 2, rect.width(), width)
                if self.turned
                else QRect(half - width // 2, 0, width, rect.height())
            )
            painter.fillRect(line, colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        handle = QRectF(self.handle_rect()).adjusted(1, 1, -1, -1)
        painter.setPen(t.overlay)
        painter.setBrush(t.overlay_text)
        painter.drawEllipse(handle)
        side = px(18)
        glyph = QRectF(0, 0, side, side)
        glyph.moveCenter(handle.center())
        if self.turned:
            painter.translate(glyph.center())
            painter.rotate(90)
            painter.translate(-glyph.center())
        paint_icon(painter, glyph, "divider", t.overlay)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by one percent with the arrow keys, by ten with Page Up and Down, to the edges with Home and End."""
        key = Qt.Key(event.key())
        steps = {
            Qt.Key.Key_Right: _KEY_STEP,
            Qt.Key.Key_Down: _KEY_STEP,
            Qt.Key.Key_Left: -_KEY_STEP,
            Qt.Key.Key_Up: -_KEY_STEP,
            Qt.Key.Key_PageDown: _PAGE_STEP,
            Qt.Key.Key_PageUp: -_PAGE_STEP,
            Qt.Key.Key_End: STEPS,
            Qt.Key.Key_Home: -STEPS,
        }.get(key)
        if steps is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
            return
        self.setValue(self.value() + steps)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab the divider at the pointer, without a jump."""
        if event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._grip = self._along(event) - self._at()
        self.setSliderDown(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if not self.isSliderDown():
            event.ignore()
            return
        area = self._area()
        length = area.height() if self.turned else area.width()
        self.setValue(round((self._along(event) - self._grip) / max(1, length) * STEPS))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Move the divider back to the middle."""
        self.setValue(STEPS // 2)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the viewer, so that it zooms here too."""
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to new sizes of the theme."""
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.ApplicationFontChange):
            self.place()
        super().changeEvent(event)

    def _along(self, event: QMouseEvent) -> int:
        at: QPoint = self.mapToParent(event.position().toPoint())
        return at.y() if self.turned else at.x()
