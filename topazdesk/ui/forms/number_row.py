"""The row for a number: a slider with a field beside it, or just a field if the range is too wide for a slider."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from topazdesk.domain.params import Parameter, Value
from topazdesk.ui.controls import NumberField, Slider
from topazdesk.ui.controls.paint import px
from topazdesk.ui.forms.row import FormRow
from topazdesk.ui.forms.state import RowState
from topazdesk.ui.forms.steps import as_value, has_slider, step_of
from topazdesk.ui.texts import plain_tip, tr, translated


class NumberRow(FormRow):
    """Row with slider and field for the same value; either can set a value or return to Auto."""

    def __init__(self, parameter: Parameter, service: str, label_width: int, parent: QWidget | None = None) -> None:
        super().__init__(parameter, service, label_width, parent)
        label, step = translated(parameter.label), step_of(parameter)
        low, high = parameter.minimum, parameter.maximum
        advised = parameter.advised if isinstance(parameter.advised, int | float) else None
        self.slider: Slider | None = None
        if has_slider(parameter) and low is not None and high is not None:
            self.slider = Slider(low, high, step, name=label, advised=advised)
            self.slider.edited.connect(self._edited)
            self.slider.returned.connect(self._ask_back)
            self.controls.addWidget(self.slider, 1)
            margins = self.controls.contentsMargins()  # align the groove with other controls; the handle overhangs
            margins.setLeft(max(0, margins.left() - px(Slider.OVERHANG)))
            self.controls.setContentsMargins(margins)
            self.controls.setSpacing(max(0, px(8) - px(Slider.OVERHANG)))
        wide = None if self.slider is None else 56
        self.field = NumberField(low, high, step, name=label, width=wide, optional=True, unit=parameter.unit)
        self.field.edited.connect(self._edited)
        self.field.returned.connect(self._ask_back)
        self.controls.addWidget(self.field, 0 if self.slider else 1)

    def show_state(self, state: RowState) -> None:
        """Show a number, Auto, or a typed text that is not a number."""
        super().show_state(state)
        number = state.value if isinstance(state.value, int | float) else None
        if state.typed is not None:
            self.field.set_text_kept(state.typed)
        elif number is None:
            self.field.set_auto(state.ghost)
        else:
            self.field.set_number(float(number))
        self.field.set_told(self.used)
        self.field.set_problem(translated(state.problem))
        if self.slider is not None:
            if number is None:
                self.slider.set_auto(state.ghost)
            else:
                self.slider.set_number(float(number))
        said = self.spoken(self.field.text())
        tip = state.reason
        if self.is_auto and not tip:
            said_by = tr("Chosen by {service} for each picture. Click or drag to set it yourself.")
            tip = self.auto_text(said_by.format(service=self.service))
        for control in (self.field, self.slider):
            if control is not None:
                control.setEnabled(not state.reason)
                control.setAccessibleDescription(said)
                control.setToolTip(plain_tip(tip))

    def words_of(self, value: Value) -> str:
        """Return a number as the field would show it, else an empty text."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return self.field.words_of(float(value)) if is_number else ""

    def is_dragging(self) -> bool:
        """Return whether the handle is held down; changes until it is let go form one undo step."""
        return self.slider is not None and self.slider.isSliderDown()

    def _edited(self, number: float | None) -> None:
        if number is None:
            self.typed.emit(self.field.text())
        else:
            self.edited.emit(as_value(self.parameter, number))

    def _ask_back(self) -> None:
        if self.state.value is not None or self.state.typed is not None:
            super()._ask_back()
            self.show_state(self.state) if self.state.typed is None else None
