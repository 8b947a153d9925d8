"""A field for one number in the user's locale, with range, step and Auto state; it keeps invalid input as typed."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.ui.controls.line_field import LineField
from topazdesk.ui.controls.paint import box, content_width, font, icon_and_text, painter_for, px, tokens
from topazdesk.ui.texts import tr


class NumberField(LineField):
    """A field for a number in steps of `step`; `minimum` or `maximum` None means no limit on that side.

    Emits `edited(object)` with a float, or with None if the text is not a number (see `text`), and `returned()` when
    the user resets the value. `set_number`, `set_auto` and `set_problem` are silent.
    """

    _PADDING = 5

    edited = Signal(object)
    returned = Signal()

    def __init__(
        self,
        minimum: float | None = None,
        maximum: float | None = None,
        step: float = 1.0,
        *,
        name: str = "",
        width: int | None = 56,
        optional: bool = False,
        unit: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent)
        self._low = minimum
        self._high = maximum
        self._step = step
        self._decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
        self._width = width
        self._optional = optional
        self._unit = unit
        self._auto = False
        self._ghost = minimum if minimum is not None else 0.0
        self._number: float | None = None
        self._problem = ""
        self._told = ""
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        policy = QSizePolicy.Policy.Fixed if width else QSizePolicy.Policy.Expanding
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFont(font("base", tabular=True))
        self.textEdited.connect(self._typed)

    @property
    def is_auto(self) -> bool:
        """Whether the service chooses the value."""
        return self._auto

    def number(self) -> float | None:
        """Return the number, even outside the range; None in Auto or while the text is not a number."""
        return None if self._auto else self._number

    def problem(self) -> str:
        """Return the sentence for an invalid value, or `""`."""
        return self._problem

    def set_number(self, value: float) -> None:
        """Show a value and leave Auto; a text that means the same number is kept, so that typing is not disturbed."""
        self._auto = False
        if self._number != value or self._parse(self.text()) != value:
            self._number = value
            self.setText(self._format(value))
        self._show_state()

    def set_auto(self, ghost: float | None = None) -> None:
        """Switch to Auto; `ghost` is the value at which taking over starts."""
        self._auto = True
        self._number = None
        if ghost is not None:
            self._ghost = ghost
        self.setText("")
        self.set_problem("")
        self._show_state()

    def set_told(self, words: str) -> None:
        """Set what the service chose in Auto, shown after the word; "" if that is not known."""
        if words != self._told:
            self._told = words
            self.updateGeometry()
            self.update()

    def set_text_kept(self, text: str) -> None:
        """Show a text that is not a number, as it was typed."""
        self._auto = False
        self._number = self._parse(text)
        self.setText(text)
        self._show_state()

    def set_problem(self, sentence: str) -> None:
        """Mark the value as invalid with a sentence, or as valid with `""`."""
        if sentence != self._problem:
            self._problem = sentence
            self.set_invalid(bool(sentence))

    def sizeHint(self) -> QSize:
        """Return the requested width, or more if the longest word in Auto needs it."""
        if self._width is None:
            return QSize(px(120), px(28))
        longest = max((self._auto_word(), tr("Set")), key=len)
        needed = content_width(
            QFontMetrics(font("small", tabular=True)), "auto", longest, size=px(14), gap=px(4)
        ) + 2 * px(4)
        return QSize(max(px(self._width), needed if self._optional else 0), px(28))

    def minimumSizeHint(self) -> QSize:
        """Return the full size: it is never cut off."""
        return self.sizeHint()

    # use

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window if the field has nothing to undo or redo itself."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable()
            redo = event.matches(QKeySequence.StandardKey.Redo) and not self.isRedoAvailable()
            if undo or redo:
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrow keys; leave Auto with Return or a digit; reset with Delete if all is selected."""
        key = event.key()
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}.get(
            Qt.Key(key), 0
        )
        if steps:
            self._nudge(steps)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._auto:
                self.take_over()
            else:
                self._settle()
                self.selectAll()
        elif key == Qt.Key.Key_Delete and not self._auto and self._whole_selected():
            self.returned.emit()
        elif key == Qt.Key.Key_Escape and self._problem:
            self.undo()
        elif self._auto and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Space):
            if key == Qt.Key.Key_Space:
                self.take_over()
        else:
            super().keyPressEvent(event)

    def take_over(self) -> None:
        """Leave Auto with the ghost's value, as a click on "Set" does."""
        self._change(self._ghost)
        self.selectAll()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take over from Auto on a click on "Set"."""
        if self._auto and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.take_over()
            return
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move one step per notch, only with focus."""
        if not self.hasFocus():
            event.ignore()
            return
        self._nudge(1 if event.angleDelta().y() > 0 else -1)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select all when the focus comes by keyboard, so that typing replaces the value and Delete resets it."""
        super().focusInEvent(event)
        self._show_state()
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Write a valid number in the way of the locale."""
        self._settle()
        super().focusOutEvent(event)
        self._show_state()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show "Set" in Auto."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Show "Auto" again."""
        self.update()
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme's sizes."""
        if event.type() == QEvent.Type.StyleChange:
            self.setFont(font("base", tabular=True))
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field; in Auto a dashed box with a wand, or "Set" while hovered or focused."""
        if not self._auto:
            super().paintEvent(event)
            return
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        offered = self.isEnabled() and (self.hasFocus() or self.underMouse())
        if offered:
            box(painter, rect, px(4), t.hover, t.edge, width=t.outline)
        else:
            box(painter, rect, px(4), None, t.track if self.isEnabled() else t.line, style=Qt.PenStyle.DashLine)
        ink = t.text if offered else t.text2 if self.isEnabled() else t.off
        name, word = ("set", tr("Set")) if offered else ("auto", self._auto_word())
        icon_and_text(painter, rect, name, word, ink, font("small", tabular=True), size=px(13), gap=px(4))
        painter.end()

    # values

    def _auto_word(self) -> str:
        return tr("Auto · {value}").format(value=self._told) if self._told else tr("Auto")

    def _typed(self, text: str) -> None:
        if self._auto:
            self._auto = False
            self._show_state()
        self._number = self._parse(text)
        if not text.strip() and self._optional:
            return  # an empty field waits: leaving it resets the value, typing goes on
        self.edited.emit(self._number)

    def _settle(self) -> None:
        if self._auto:
            return
        if not self.text().strip() and self._optional:
            self.returned.emit()
        elif self._number is not None and not self._problem:
            self.setText(self._format(self._number))

    def _nudge(self, steps: int) -> None:
        start = self._ghost if self._auto else self._number
        if start is None:
            return
        value = round(start + steps * self._step, 6)
        if self._low is not None:
            value = max(self._low, value)
        if self._high is not None:
            value = min(self._high, value)
        self._change(value)

    def _change(self, value: float) -> None:
        self.set_number(value)
        self.edited.emit(value)

    def _whole_selected(self) -> bool:
        return bool(self.text()) and self.selectedText() == self.text()

    def _show_state(self) -> None:
        self.setCursor(Qt.CursorShape.ArrowCursor if self._auto else Qt.CursorShape.IBeamCursor)
        self.update()

    def words_of(self, value: float) -> str:
        """Return a number as the field would write it, no finer than its step."""
        return self._format(round(value, self._decimals))

    def _format(self, value: float) -> str:
        places = self._decimals
        while places < 6 and round(value, places) != value:
            places += 1
        return _locale().toString(float(value), "f", places)

    def _parse(self, text: str) -> float | None:
        cleaned = text.strip().removesuffix(self._unit).strip()
        for locale in (_locale(), QLocale.c()):
            value, good = locale.toDouble(cleaned)
            if good and math.isfinite(value):
                return value
        return None


def _locale() -> QLocale:
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator | QLocale.NumberOption.RejectGroupSeparator)
    return locale
