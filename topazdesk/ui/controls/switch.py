"""The switch: takes effect at once, with an optional label beside it."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.ui.controls.button import PaintedButton
from topazdesk.ui.controls.paint import box, font, painter_for, px, tokens
from topazdesk.ui.theme import theme

_WIDTH, _HEIGHT, _KNOB = 34, 20, 14


class Switch(PaintedButton):
    """A switch; emits `toggled(bool)` like every Qt button. The label is on the right; on the left with `lead`."""

    def __init__(
        self, text: str = "", *, name: str = "", role: str = "base", lead: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self._label = text
        self._role = role
        self._lead = lead
        self.setAccessibleName(name or text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._place = 0.0
        self._slide = QVariantAnimation(self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(self._moved)
        self.toggled.connect(self._animate)

    def sizeHint(self) -> QSize:
        """Return the size of switch and label."""
        text = px(8) + QFontMetrics(font(self._role)).horizontalAdvance(self._label) if self._label else 0
        return QSize(px(_WIDTH) + text, px(24))

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the switch without its label."""
        rect = self._switch_rect()
        return rect, rect.height() / 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint pill, knob and label."""
        t = tokens()
        painter = painter_for(self)
        pill = self._switch_rect()
        radius = pill.height() / 2
        on, usable = self.isChecked(), self.isEnabled()
        if not usable:
            box(painter, pill, radius, t.panel if not on else t.pressed, t.line, width=t.outline)
            knob = t.edge
        elif on:
            fill = t.accent_pressed if self.isDown() else t.accent_hover if self.hovered else t.accent
            box(painter, pill, radius, fill, None if t.tinted else t.edge, width=t.outline)
            knob = t.on_accent
        else:
            box(painter, pill, radius, t.hover if self.hovered else t.field, t.track, width=t.outline)
            knob = t.text2
        side = px(_KNOB)
        inset = (pill.height() - side) / 2
        left = pill.left() + inset + self._place * (pill.width() - side - 2 * inset)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(knob)
        painter.drawEllipse(QRectF(left, pill.top() + inset, side, side))
        if self._label:
            painter.setFont(font(self._role))
            painter.setPen(t.text if usable and self._role == "base" else t.text2 if usable else t.off)
            room = QRectF(self.rect())
            room = room.adjusted(0, 0, -px(_WIDTH + 8), 0) if self._lead else room.adjusted(px(_WIDTH + 8), 0, 0, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._label)
        painter.end()

    def hitButton(self, pos: object) -> bool:
        """Return True: the label can be clicked, too."""
        return True

    def _switch_rect(self) -> QRectF:
        width, height = px(_WIDTH), px(_HEIGHT)
        left = self.width() - width if self._lead else 0
        return QRectF(left, (self.height() - height) / 2, width, height)

    def _animate(self, on: bool) -> None:
        target = 1.0 if on else 0.0
        duration = theme().duration(100)
        self._slide.stop()
        if duration == 0 or not self.isVisible():
            self._moved(target)
            return
        self._slide.setDuration(duration)
        self._slide.setStartValue(self._place)
        self._slide.setEndValue(target)
        self._slide.start()

    def _moved(self, place: float) -> None:
        self._place = float(place)
        self.update()
