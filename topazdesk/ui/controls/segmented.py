"""A row of exclusive buttons, for view modes, short lists, and sizes with a price below each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from topazdesk.ui.controls.button import PaintedButton
from topazdesk.ui.controls.paint import box, content_width, font, icon_and_text, painter_for, px, tokens
from topazdesk.ui.texts import plain_tip


@dataclass(frozen=True, slots=True)
class Option:
    """One entry: its value, text, icon, second line and tool tip."""

    value: object
    text: str
    icon: str | None = None
    second: str = ""
    hint: str = ""


class Segmented(QWidget):
    """A row of options of which exactly one is chosen (or none, after `set_value` with a value that no option has).

    Emits `chosen(value)` when the user chooses; `set_value` is silent. `two_lines=True` is the 40 px variant. The arrow
    keys move the choice, Tab enters and leaves the row.
    """

    chosen = Signal(object)

    def __init__(
        self,
        options: Iterable[Option] = (),
        *,
        name: str = "",
        two_lines: bool = False,
        stretch: bool = False,
        compact: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._two_lines = two_lines
        self._compact = compact
        self._height = 40 if two_lines else 28 if compact else 32
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.buttonClicked.connect(self._clicked)
        self._row = QHBoxLayout(self)
        self._segments: list[Segment] = []
        self._stretch = stretch
        self.setAccessibleName(name)
        policy = QSizePolicy.Policy.Expanding if stretch else QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
        self._measure()
        self.set_options(options)

    def set_options(self, options: Iterable[Option]) -> None:
        """Replace the entries, keeping the chosen value if possible. For the same values, only the texts change."""
        wanted = list(options)
        if [option.value for option in wanted] == [segment.option.value for segment in self._segments]:
            for segment, option in zip(self._segments, wanted, strict=True):
                segment.set_option(option)
            self.updateGeometry()  # otherwise surrounding layouts keep the old width
            return
        before = self.value()
        for segment in self._segments:
            self._group.removeButton(segment)
            self._row.removeWidget(segment)
            segment.deleteLater()
        self._segments = []
        for option in wanted:
            segment = Segment(
                option, two_lines=self._two_lines, compact=self._compact, height=self._height, parent=self
            )
            segment.setAccessibleDescription(option.hint or self.accessibleName())
            self._group.addButton(segment)
            self._row.addWidget(segment, 1 if self._stretch else 0)
            segment.show()  # until the layout does, which is later, it does not count in any size hint
            self._segments.append(segment)
        self.updateGeometry()
        self.set_value(before)

    def value(self) -> object:
        """Return the chosen value, or None."""
        return next((segment.option.value for segment in self._segments if segment.isChecked()), None)

    def set_value(self, value: object) -> None:
        """Choose a value silently; an unknown value leaves nothing chosen."""
        found = [s for s in self._segments if s.option.value == value and type(s.option.value) is type(value)]
        if found:
            found[0].setChecked(True)
            return
        self._group.setExclusive(False)
        for segment in self._segments:
            segment.setChecked(False)
        self._group.setExclusive(True)

    def segment(self, value: object) -> Segment | None:
        """Return the button of a value, for tests and tool tips."""
        return next((s for s in self._segments if s.option.value == value), None)

    def sizeHint(self) -> QSize:
        """Return the size of the row of segments."""
        inner = self._row.sizeHint()
        return QSize(inner.width(), px(self._height))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme's sizes."""
        if event.type() == QEvent.Type.StyleChange:
            self._measure()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the common background."""
        t = tokens()
        painter = painter_for(self)
        usable = self.isEnabled()
        box(
            painter,
            QRectF(self.rect()),
            px(6),
            t.groove if usable else None,
            t.edge if usable else t.line,
            width=t.outline,
        )
        painter.end()

    def _measure(self) -> None:
        self._row.setContentsMargins(px(2), px(2), px(2), px(2))
        self._row.setSpacing(px(2))

    def _clicked(self, button: PaintedButton) -> None:
        if isinstance(button, Segment):
            self.chosen.emit(button.option.value)


class Segment(PaintedButton):
    """One button of a `Segmented`."""

    def __init__(self, option: Option, *, two_lines: bool, compact: bool, height: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.option = option
        self._two_lines = two_lines
        self._compact = compact
        self._height = height
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.set_option(option)

    def set_option(self, option: Option) -> None:
        """Show new texts for the same value."""
        self.option = option
        self.setAccessibleName(f"{option.text}, {option.second}" if option.second else option.text)
        self.setToolTip(plain_tip(option.hint))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of texts and padding."""
        first = content_width(QFontMetrics(self._font()), self.option.icon, self.option.text, size=px(16), gap=px(6))
        second = QFontMetrics(font("caption")).horizontalAdvance(self.option.second)
        return QSize(
            max(first, second) + 2 * px(6 if self._two_lines or self._compact else 10),
            px(self._height) - 2 * px(2),
        )

    def minimumSizeHint(self) -> QSize:
        """Return the full size: a segment is never cut off."""
        return self.sizeHint()

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the whole segment."""
        return QRectF(self.rect()), px(4)

    def _font(self) -> QFont:
        return font("small" if self._compact else "base", 500)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background for the state, then one or two lines of text."""
        t = tokens()
        painter = painter_for(self)
        rect = QRectF(self.rect())
        usable, on = self.isEnabled(), self.isChecked()
        if on and usable:
            if self._two_lines:
                box(painter, rect, px(4), t.sel, t.mark, width=max(1, t.outline))
            else:
                box(painter, rect, px(4), t.control, t.edge, width=t.outline)
        elif self.hovered:
            box(painter, rect, px(4), t.hover)
        ink = t.text if usable else t.off
        if self._two_lines:
            half = rect.height() / 2
            painter.setFont(self._font())
            painter.setPen(ink)
            centre = Qt.AlignmentFlag.AlignCenter
            painter.drawText(QRectF(rect.left(), rect.top() + px(1), rect.width(), half), centre, self.option.text)
            painter.setFont(font("caption", tabular=True))
            painter.setPen(t.text2 if usable else t.off)
            painter.drawText(
                QRectF(rect.left(), rect.top() + half - px(1), rect.width(), half), centre, self.option.second
            )
        else:
            inner = rect.adjusted(px(4), 0, -px(4), 0)
            icon, text, used = self.option.icon, self.option.text, self._font()
            if content_width(QFontMetrics(used), icon, text, size=px(16), gap=px(6)) > inner.width() + 1:
                text = text.partition(" · ")[0]  # the tool tip says the rest, too
            icon_and_text(painter, inner, icon, text, ink, used, size=px(16), gap=px(6))
        painter.end()
