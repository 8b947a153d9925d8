"""A group of the form: a header with summary and reset button, and one row per parameter."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPropertyAnimation, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topazdesk.domain.params import Parameter, ParameterKind
from topazdesk.language import comma
from topazdesk.ui.controls import IconButton, SectionHead
from topazdesk.ui.controls.paint import px, tokens
from topazdesk.ui.forms.boolean_row import BooleanRow
from topazdesk.ui.forms.choice_row import ChoiceRow
from topazdesk.ui.forms.number_row import NumberRow
from topazdesk.ui.forms.row import SIDE, SLOT, FormRow
from topazdesk.ui.forms.state import FormState
from topazdesk.ui.forms.text_row import TextRow, UriRow
from topazdesk.ui.texts import ntr, plain_tip, tr, translated
from topazdesk.ui.theme import theme

_MOST_HEIGHT = 16_777_215  # Qt's own "no limit"


def make_row(parameter: Parameter, service: str, label_width: int) -> FormRow:
    """Return a row for a parameter, according to its kind."""
    match parameter.kind:
        case ParameterKind.NUMBER | ParameterKind.INTEGER:
            return NumberRow(parameter, service, label_width)
        case ParameterKind.BOOLEAN:
            return BooleanRow(parameter, service, label_width)
        case ParameterKind.CHOICE:
            return ChoiceRow(parameter, service, label_width)
        case ParameterKind.TEXT:
            return TextRow(parameter, service, label_width)
        case ParameterKind.URI:
            return UriRow(parameter, service, label_width)


class FormGroup(QWidget):
    """A header with rows below it.

    `reset` asks the form to reset all its parameters; `folded` is emitted with whether the group is open now;
    `released` when a slider is let go.
    """

    reset = Signal()
    released = Signal()
    folded = Signal(bool)

    def __init__(
        self,
        title: str,
        members: tuple[Parameter, ...],
        service: str,
        label_width: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.members = members
        self._service = service
        self.rows: dict[str, FormRow] = {p.name: make_row(p, service, label_width) for p in members}
        shown = translated(title)
        self.head = SectionHead(shown)
        self.body = QWidget()
        self._rows = QVBoxLayout(self.body)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._lead = self._lead_switch()
        for row in self.rows.values():
            if row is not self._lead:
                self._rows.addWidget(row)
            if isinstance(row, NumberRow) and row.slider is not None:
                row.slider.sliderReleased.connect(self.released)
            if isinstance(row, TextRow) and row.parameter.label == title:
                row.hide_label()
        self.reset_button = IconButton("reset", tr("Reset {group}").format(group=shown), size=SLOT, icon_size=14)
        self.reset_button.clicked.connect(self.reset)
        self.head.add_after_title(self.reset_button)
        if self._lead is not None:
            self._lead.setParent(self)
            self._lead.hide()
            self.head.add_right(self._lead.control)
            self.head.fold_button.setToolTip(plain_tip(translated(self._lead.parameter.description)))
        self.head.toggled.connect(self._fold)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, px(6), 0, px(6))
        whole.setSpacing(px(2))
        framed = QVBoxLayout()
        framed.setContentsMargins(px(SIDE), 0, px(SIDE), 0)
        framed.addWidget(self.head)
        whole.addLayout(framed)
        whole.addWidget(self.body)
        self._motion: QPropertyAnimation | None = None

    def show_state(self, state: FormState) -> None:
        """Update all rows, the summary, and the reset button, which is visible only if there is something to reset."""
        for parameter in self.members:
            row = self.rows[parameter.name]
            row.show_state(state.row(parameter))
            if row is not self._lead:
                row.setVisible(state.is_shown(parameter))
        count, auto = state.counts(self.members)
        self.reset_button.setVisible(count > 0)
        self.head.set_summary(self._summary(count, auto))

    def is_dragging(self) -> bool:
        """Return whether one of its sliders is held down."""
        return any(isinstance(row, NumberRow) and row.is_dragging() for row in self.rows.values())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a line along the top edge."""
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, tokens().line)
        painter.end()

    def _lead_switch(self) -> BooleanRow | None:
        """Return the row that switches the whole group: a leading yes/no parameter with the group's name, or None."""
        first = next(iter(self.rows.values()), None)
        named = isinstance(first, BooleanRow) and first.parameter.label == self.title
        return first if named and isinstance(first, BooleanRow) else None

    def _summary(self, count: int, auto: int) -> str:
        if not self.head.is_open():
            parts = [ntr("{n} set", "{n} set", count).format(n=count)] if count else []
            parts += [tr("{n} Auto").format(n=auto)] if auto else []
            return comma().join(parts)
        if self._lead is not None:
            return ""  # the group's own switch shows it
        return tr("Auto: set by {service}").format(service=self._service) if auto else ""

    def _fold(self, is_open: bool) -> None:
        self.folded.emit(is_open)
        duration = theme().duration(120)
        if self._motion is not None:
            self._motion.stop()
        if duration == 0 or not self.isVisible():
            self.body.setVisible(is_open)
            self.body.setMaximumHeight(_MOST_HEIGHT)
            return
        self.body.show()
        full = self.body.sizeHint().height()
        motion = QPropertyAnimation(self.body, b"maximumHeight", self)
        motion.setDuration(duration)
        motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        motion.setStartValue(0 if is_open else self.body.height())
        motion.setEndValue(full if is_open else 0)
        motion.finished.connect(lambda: self._settle(is_open))
        self._motion = motion
        motion.start()

    def _settle(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self.body.setMaximumHeight(_MOST_HEIGHT)
