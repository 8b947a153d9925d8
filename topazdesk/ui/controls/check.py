"""Check boxes and radio buttons with an optional hint line below the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget

from topazdesk.ui.controls.paint import box, font, paint_icon, painter_for, px, tokens

_MARK, _GAP = 16, 8


if TYPE_CHECKING:
    _Button = QAbstractButton
else:
    _Button = object  # at run time the base class comes from QCheckBox or QRadioButton


class _Marked(_Button):
    """What both have in common: a mark with a label, a hint below, and all of it clickable."""

    _hint = ""

    def _set_up(self, text: str, hint: str) -> None:
        self._hint = hint
        self.setAccessibleName(text)
        self.setAccessibleDescription(hint)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # repaint when the pointer enters and leaves
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of mark, label and hint."""
        width = QFontMetrics(font("base")).horizontalAdvance(self.text())
        if self._hint:
            width = max(width, QFontMetrics(font("small")).horizontalAdvance(self._hint))
        return QSize(px(_MARK + _GAP) + width + 1, px(40 if self._hint else 24))

    def minimumSizeHint(self) -> QSize:
        """Return the full size: it is never cut off."""
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        """Return whether the point is inside: mark, label and hint are all clickable."""
        return self.rect().contains(pos)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the mark."""
        mark = _mark(self._hint)
        return mark, self._radius(mark)

    def _radius(self, mark: QRectF) -> float:
        raise NotImplementedError

    def _paint_mark(self, painter: QPainter, mark: QRectF, ink: QColor) -> None:
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark for the state, then label and hint."""
        painter = painter_for(self)
        mark = _mark(self._hint)
        fill, edge, ink = _colours(self)
        box(painter, mark, self._radius(mark), fill, edge, width=tokens().outline)
        if self.isChecked():
            self._paint_mark(painter, mark, ink)
        _lines(self, painter, self._hint)
        painter.end()


class CheckBox(_Marked, QCheckBox):
    """A check box with Qt's own behaviour and accessibility, painted from the tokens."""

    def __init__(self, text: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._set_up(text, hint)

    def _radius(self, mark: QRectF) -> float:
        return px(4)

    def _paint_mark(self, painter: QPainter, mark: QRectF, ink: QColor) -> None:
        some = self.checkState() is Qt.CheckState.PartiallyChecked
        paint_icon(painter, mark.adjusted(2, 2, -2, -2), "minus" if some else "done", ink)


class RadioButton(_Marked, QRadioButton):
    """A radio button: one of its siblings is on, and the arrow keys move the choice."""

    def __init__(self, text: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._set_up(text, hint)

    def _radius(self, mark: QRectF) -> float:
        return mark.height() / 2

    def _paint_mark(self, painter: QPainter, mark: QRectF, ink: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(QPointF(mark.center()), px(3), px(3))


def _mark(hint: str) -> QRectF:
    side = px(_MARK)
    return QRectF(0, (px(22 if hint else 24) - side) / 2, side, side)


def _colours(button: QAbstractButton) -> tuple[QColor | None, QColor | None, QColor]:
    """Return fill, outline and ink of the mark."""
    t = tokens()
    if not button.isEnabled():
        return None, t.line, t.off
    if button.isChecked():
        return (t.accent_hover if button.underMouse() else t.accent), None if t.tinted else t.edge, t.on_accent
    return (t.hover if button.underMouse() else t.field), t.track, t.text


def _lines(button: QAbstractButton, painter: QPainter, hint: str) -> None:
    t = tokens()
    left = px(_MARK + _GAP)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.setFont(font("base"))
    painter.setPen(t.text if button.isEnabled() else t.off)
    room = button.width() - left
    text = QFontMetrics(font("base")).elidedText(button.text(), Qt.TextElideMode.ElideMiddle, room)
    painter.drawText(QRect(left, 0, room, px(22 if hint else 24)), flags, text)
    if hint:
        painter.setFont(font("small"))
        painter.setPen(t.text2 if button.isEnabled() else t.off)
        painter.drawText(QRect(left, px(21), button.width() - left, px(17)), flags, hint)
