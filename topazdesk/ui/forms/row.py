"""Base of all rows of the form: label, a dot for changed values, a reset button after it, and a hint below."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from topazdesk.domain.params import Parameter, ParameterKind, Value
from topazdesk.ui.controls import IconButton, Text
from topazdesk.ui.controls.paint import font, paint_icon, painter_for, px, tokens
from topazdesk.ui.forms.state import RowState, Slot
from topazdesk.ui.texts import plain_tip, sentences, tr, translated
from topazdesk.ui.theme.mirrored import is_mirrored

SIDE = 16  # padding left and right of every row
LABEL, LABEL_MOST = 92, 104  # least and greatest width of the label column
SLOT = 20


class FormRow(QWidget):
    """Base of all rows. A subclass fills `controls` (a horizontal layout) and extends `show_state`.

    Signals: `edited` carries a value, valid or not; `typed` a text that is not a value; `returned` means that the user
    gives the value back (to Auto or to the starting value).
    """

    wide_label = False  # the label gets all the width that the control leaves

    edited = Signal(object)
    typed = Signal(str)
    returned = Signal()

    def __init__(self, parameter: Parameter, service: str, label_width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._label_width = label_width
        self.service = service
        self.used = ""
        self.state = RowState(None, is_set=False, slot=Slot.NOTHING)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.label = RowLabel(translated(parameter.label))
        self.label.setToolTip(plain_tip(translated(parameter.description)))
        self.label.doubled.connect(self._ask_back)
        self.controls = QHBoxLayout()
        self.controls.setContentsMargins(0, 0, 0, 0)
        self.controls.setSpacing(px(8))
        self.slot_button = IconButton("auto", tr("Back to Auto"), size=SLOT, icon_size=14)
        kept = self.slot_button.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # always takes its space, so that nothing jumps
        self.slot_button.setSizePolicy(kept)
        self.slot_button.hide()
        self.slot_button.clicked.connect(self._ask_back)
        self._hint = HintLine()
        self._place()

    def show_state(self, state: RowState) -> None:
        """Show a state without emitting signals. Subclasses call this first."""
        self.state = state
        self.label.set_colour("off" if state.reason else "text2" if self.is_auto else "text")
        self.slot_button.setVisible(state.slot is not Slot.NOTHING and not state.reason)
        if state.slot is Slot.GIVE_BACK:
            self.slot_button.set_icon_name("auto")
            self.slot_button.set_name(tr("Back to Auto"))
        elif state.slot is Slot.RESET:
            self.slot_button.set_icon_name("reset")
            self.slot_button.set_name(tr("Reset to {value}").format(value=self.reset_text()))
        self.slot_button.setAccessibleDescription(translated(self.parameter.label))
        if state.problem:
            self._hint.show_line("failed", translated(state.problem), "err")
        elif state.reason:
            self._hint.show_line("info", translated(state.reason), "text3")
        elif self.parameter.advice:
            self._hint.show_line("advice", translated(self.parameter.advice), "text2")
        else:
            self._hint.hide()
        self.setToolTip(plain_tip(state.reason))
        self.update()

    def show_used(self, value: Value | None) -> None:
        """Set the value that the service chose for the picture in the viewer; None if it is not known."""
        words = self.words_of(value) if value is not None else ""
        if words != self.used:
            self.used = words
            self.show_state(self.state)

    def words_of(self, value: Value) -> str:
        """Return a value as text, empty if it is not to be shown."""
        return str(value)

    def auto_text(self, tip: str) -> str:
        """Return a tool tip for Auto, extended by the value that the service chose."""
        return f"{tip}\n{tr('For this picture it chose {value}').format(value=self.used)}" if self.used else tip

    @property
    def is_auto(self) -> bool:
        """Whether the service decides."""
        return self.state.value is None and self.state.typed is None

    def hint_text(self) -> str:
        """Return the text of the line below, or an empty text."""
        return "" if self._hint.isHidden() else self._hint.text()

    def reset_text(self) -> str:
        """Return the value that a reset restores, as text."""
        start = self.parameter.starting_value
        return f"{start:g}" if isinstance(start, int | float) and not isinstance(start, bool) else str(start or "")

    def spoken(self, value: str) -> str:
        """Return the accessible description: label, state and how to change it."""
        label = translated(self.parameter.label)
        if self.is_auto:
            said = tr("{label}, Auto, chosen by the service. Press Return to set.").format(label=label)
            if self.used:
                said = sentences(said, tr("For this picture it chose {value}.").format(value=self.used))
        else:
            said = tr("{label}, {value}.").format(label=label, value=value)
            if self.state.slot is Slot.GIVE_BACK:
                said = sentences(said, tr("Press Delete for Auto."))
        return sentences(said, translated(self.state.problem), translated(self.parameter.description))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dot for a changed value, left of the label."""
        if not self.state.is_set or self.state.reason:
            return
        painter = painter_for(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens().mark)
        centre = self.label.geometry().center()
        painter.drawEllipse(QPointF(px(SIDE) - px(8), centre.y() + 0.5), px(4) / 2 + 0.2, px(4) / 2 + 0.2)
        painter.end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ignore double clicks beside the controls."""
        event.ignore()

    def _ask_back(self) -> None:
        if self.state.slot is not Slot.NOTHING and not self.state.reason:
            self.returned.emit()

    def _place(self) -> None:
        """Lay out label, reset button and controls on one line, or the label above if a word exceeds its column.

        The reset button lies between the two, so that the controls of all rows end at the right edge of the column.
        """
        grid = QGridLayout(self)
        grid.setContentsMargins(px(SIDE), 1, px(SIDE), 1)
        grid.setHorizontalSpacing(0)
        grid.setVerticalSpacing(0)
        self.controls.setContentsMargins(px(8), 0, 0, 0)
        metrics = QFontMetrics(font("base"))
        longest = max((metrics.horizontalAdvance(word) for word in translated(self.parameter.label).split()), default=0)
        if self.wide_label or longest <= self._label_width:
            self.label.setWordWrap(True)
            if not self.wide_label:
                self.label.setFixedWidth(self._label_width)
            grid.addWidget(self.label, 0, 0)
            grid.addWidget(self.slot_button, 0, 1)
            grid.addLayout(self.controls, 0, 2)
            grid.setRowMinimumHeight(0, px(28))
            indent = QHBoxLayout()
            indent.setContentsMargins(0 if self.wide_label else px(8), 0, 0, 0)
            indent.addWidget(self._hint)
            grid.addLayout(indent, 1, 0 if self.wide_label else 2, 1, 3 if self.wide_label else 1)
        else:
            self._place_below(grid)
        grid.setColumnStretch(0 if self.wide_label else 2, 1)

    def _place_below(self, grid: QGridLayout) -> None:
        self.controls.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.label, 0, 0, 1, 2)
        grid.addWidget(self.slot_button, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addLayout(self.controls, 1, 0, 1, 3)
        grid.setRowMinimumHeight(0, px(20))
        grid.setRowMinimumHeight(1, px(28))
        grid.addWidget(self._hint, 2, 0, 1, 3)


def label_width(parameters: Iterable[Parameter]) -> int:
    """Return the width (pixels) of the label column at which most labels of these parameters fit on one line."""
    metrics = QFontMetrics(font("base"))
    beside = (p for p in parameters if p.kind not in (ParameterKind.BOOLEAN, ParameterKind.TEXT))
    widths = [metrics.horizontalAdvance(translated(p.label)) + 2 for p in beside]
    return max([px(LABEL), *(width for width in widths if width <= px(LABEL_MOST))])


class RowLabel(Text):
    """The label of a row; a double click gives the value back."""

    doubled = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Emit `doubled`."""
        self.doubled.emit()


class HintLine(QWidget):
    """An icon and a wrapping caption: advice, why the row is disabled, or what is wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = "info"
        self._colour = "text3"
        self._words = Text("", "caption", "text3", wrap=True)
        row = QHBoxLayout(self)
        first, last = (0, px(18)) if is_mirrored() else (px(18), 0)  # the icon stands where lines begin
        row.setContentsMargins(first, px(1), last, px(3))
        row.addWidget(self._words, 1)
        self.hide()

    def text(self) -> str:
        """Return the text of the line."""
        return self._words.text()

    def show_line(self, icon: str, text: str, colour: str) -> None:
        """Show an icon and a text in a theme colour."""
        self._icon = icon
        self._colour = colour
        self._words.setText(text)
        self._words.set_colour(colour)
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon beside the first line of text."""
        painter = painter_for(self)
        side = px(14)
        painter.translate(0, self._words.geometry().top())
        paint_icon(
            painter,
            self.rect().adjusted(0, 0, side - self.width(), side - self.height()),
            self._icon,
            tokens().colour(self._colour),
        )
        painter.end()
