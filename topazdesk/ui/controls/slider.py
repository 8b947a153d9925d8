"""The slider: groove, handle, ticks for up to nine stops, a mark at the advised value, and a dotted state for Auto.

It is based on Qt's own slider logic in whole steps, including keyboard and accessibility; `number` is the value in the
parameter's own units. In Auto there is no handle; pointer or focus show a ghost at the value where taking over starts.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from topazdesk.ui.controls.paint import painter_for, px, tokens
from topazdesk.ui.theme.design_tokens import Tokens
from topazdesk.ui.theme.mirrored import from_start

_GROOVE, _HANDLE = 4, 14
_MOST_TICKS = 9


class Slider(QAbstractSlider):
    """A slider for a number between `minimum` and `maximum` in steps of `step`.

    Emits `edited(float)` when the user moves it (also out of Auto) and `returned()` when the user resets the value
    (double click, Delete). `set_number` and `set_auto` are silent.
    """

    OVERHANG = _HANDLE // 2 + 1  # design pixels by which the widget extends beyond its groove at each end

    edited = Signal(float)
    returned = Signal()

    def __init__(
        self,
        minimum: float = 0.0,
        maximum: float = 1.0,
        step: float = 0.01,
        *,
        name: str = "",
        advised: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low = minimum
        self._high = maximum
        self._step = step
        self._advised = advised
        self._ghost = (minimum + maximum) / 2 if advised is None else advised
        self._auto = False
        self._dragging = False
        self._exact = minimum
        self._first = math.floor(minimum / step + 1e-9)  # the stops are the multiples of the step and both ends
        self.setAccessibleName(name)
        self.setOrientation(Qt.Orientation.Horizontal)
        steps = max(1, math.ceil(maximum / step - 1e-9) - self._first)
        self.setRange(0, steps)
        self.setSingleStep(1)
        self.setPageStep(max(1, steps // 10))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def is_auto(self) -> bool:
        """Whether the service chooses the value."""
        return self._auto

    def number(self) -> float:
        """Return the value in the parameter's units: the one that was set, or the stop that the user moved to."""
        return self._exact

    def set_number(self, value: float) -> None:
        """Show a value silently and leave Auto; a value outside the range is shown at the nearer end."""
        self._auto = False
        self._exact = value
        self.setValue(self._to_steps(value))
        self.update()

    def set_auto(self, ghost: float | None = None) -> None:
        """Switch to Auto; `ghost` is the value at which taking over starts."""
        self._auto = True
        if ghost is not None:
            self._ghost = ghost
        self._exact = self._ghost
        self.setValue(self._to_steps(self._ghost))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height of 28 design pixels, for a large enough click target."""
        return QSize(px(120), px(28))

    def minimumSizeHint(self) -> QSize:
        """Return a width at which it can still be used."""
        return QSize(px(60), px(28))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the groove with the height of the handle."""
        groove = self._groove()
        half = px(_HANDLE) / 2
        return QRectF(0, groove.center().y() - half, self.width(), 2 * half), half

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint groove, fill, ticks, advised mark and handle; in Auto dots and perhaps the ghost."""
        t = tokens()
        painter = painter_for(self)
        groove = self._groove()
        usable = self.isEnabled()
        if self._auto:
            self._paint_dots(painter, groove)
            if usable and (self.hasFocus() or self.underMouse()):
                self._paint_ghost(painter, groove)
            painter.end()
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.track if usable else t.line)
        painter.drawRoundedRect(groove, groove.height() / 2, groove.height() / 2)
        at = self._x(self._exact)
        filled = QRectF(groove.left(), groove.top(), at - groove.left(), groove.height())
        painter.setBrush(t.mark if usable else _faded(t))
        painter.drawRoundedRect(filled, groove.height() / 2, groove.height() / 2)
        self._paint_ticks(painter, groove)
        self._paint_advised(painter, groove)
        half = px(_HANDLE) / 2
        centre = QPointF(at, groove.center().y())
        if not usable:
            painter.setBrush(_faded(t))
            painter.setPen(QPen(t.panel, px(1)))
        elif t.dark:
            painter.setBrush(t.text)
            painter.setPen(QPen(t.panel, px(2)))
        else:
            painter.setBrush(t.raised)
            painter.setPen(QPen(t.text3, px(1)))
        painter.drawEllipse(centre, half - 0.5, half - 0.5)
        if usable and t.dark:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(t.track, 1))
            painter.drawEllipse(centre, half + 0.5, half + 0.5)
        painter.end()

    def _paint_dots(self, painter: QPainter, groove: QRectF) -> None:
        t = tokens()
        size = px(2)
        pen = QPen(t.track if self.isEnabled() else t.edge, size)
        pen.setDashPattern([1.0, 1.0])  # in pen widths
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen)
        middle = round(groove.center().y())
        painter.drawLine(QPointF(groove.left(), middle), QPointF(groove.right(), middle))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_ghost(self, painter: QPainter, groove: QRectF) -> None:
        t = tokens()
        centre = QPointF(self._x(self._ghost), groove.center().y())
        pen = QPen(t.text2, px(2))
        pen.setDashPattern([2.2, 1.4])
        painter.setPen(pen)
        painter.setBrush(t.panel)
        painter.drawEllipse(centre, px(_HANDLE) / 2 - 1, px(_HANDLE) / 2 - 1)

    def _paint_ticks(self, painter: QPainter, groove: QRectF) -> None:
        if self.maximum() + 1 > _MOST_TICKS:
            return
        t = tokens()
        painter.setPen(QPen(t.track if self.isEnabled() else _faded(t), 1))
        top = groove.bottom() + px(3)
        for step in range(self.maximum() + 1):
            x = round(self._x(self._to_number(step))) + 0.5
            painter.drawLine(QPointF(x, top), QPointF(x, top + px(4)))

    def _paint_advised(self, painter: QPainter, groove: QRectF) -> None:
        if self._advised is None:
            return
        t = tokens()
        x = self._x(self._advised)
        top = groove.bottom() + px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.text3 if self.isEnabled() else _faded(t))
        half, height = px(8) / 2, px(5)
        painter.drawPolygon(
            QPolygonF([QPointF(x, top), QPointF(x - half, top + height), QPointF(x + half, top + height)])
        )

    # use

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with arrows, Page, Home and End; take over from Auto with Return; reset with Delete."""
        key = event.key()
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not self._auto:
            self.returned.emit()
        elif self._auto and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take_over(self._to_steps(self._ghost))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            before = self.value()
            super().keyPressEvent(event)
            if self.value() != before:
                self._take_over(self.value())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start dragging; in Auto a click takes over with the value under the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._dragging = True
        self.setSliderDown(True)
        self._take_over(self._steps_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while dragging."""
        if self._dragging:
            self._take_over(self._steps_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stop dragging."""
        self._dragging = False
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Reset the value."""
        self._dragging = False
        self.setSliderDown(False)
        self.returned.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move one step per notch, but only with focus: scrolling a form must not change values."""
        if not self.hasFocus():
            event.ignore()
            return
        turn = event.angleDelta().y() or event.angleDelta().x()
        if turn:
            start = self._to_steps(self._ghost) if self._auto else self.value()
            self._take_over(start + (1 if turn > 0 else -1))
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the ghost."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the ghost."""
        self.update()
        super().leaveEvent(event)

    def _take_over(self, steps: int) -> None:
        value = self._to_number(max(0, min(self.maximum(), steps)))
        moved = self._auto or value != self._exact
        self._auto = False
        self._exact = value
        self.setValue(self._to_steps(value))
        self.update()
        if moved:
            self.edited.emit(value)

    # geometry

    def _groove(self) -> QRectF:
        inset, height = px(self.OVERHANG), px(_GROOVE)
        return QRectF(inset, (self.height() - height) / 2, self.width() - 2 * inset, height)

    def _x(self, value: float) -> float:
        groove = self._groove()
        share = (value - self._low) / ((self._high - self._low) or 1.0)
        return groove.left() + groove.width() * max(0.0, min(1.0, share))

    def _steps_at(self, x: float) -> int:
        groove, x = self._groove(), from_start(self, x)
        share = (x - groove.left()) / max(1.0, groove.width())
        return self._to_steps(self._low + share * (self._high - self._low))

    def _to_steps(self, value: float) -> int:
        return max(0, min(self.maximum(), round(value / self._step) - self._first))

    def _to_number(self, steps: int) -> float:
        value = round((self._first + steps) * self._step, 6)
        return float(max(self._low, min(self._high, value)))


def _faded(t: Tokens) -> QColor:
    """Return the fill of a disabled slider; in high contrast the outline colour would make it look enabled."""
    return t.edge if t.tinted else t.off
