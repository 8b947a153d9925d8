"""The row for one choice of a list: buttons for up to three short words, else a drop-down list."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from topazdesk.domain.params import Parameter, Value
from topazdesk.ui.controls import Choice, Option, Segmented
from topazdesk.ui.forms.row import FormRow
from topazdesk.ui.forms.state import RowState, has_default, is_required
from topazdesk.ui.forms.steps import fits_segments
from topazdesk.ui.texts import plain_tip, tr, translated


class ChoiceRow(FormRow):
    """Row with buttons or a drop-down list; Auto comes first if the parameter may stay unset."""

    def __init__(self, parameter: Parameter, service: str, label_width: int, parent: QWidget | None = None) -> None:
        super().__init__(parameter, service, label_width, parent)
        name = translated(parameter.label)
        optional = not (has_default(parameter) or is_required(parameter))
        pairs = list(zip(parameter.choices, [translated(label) for label in parameter.choice_labels], strict=True))
        self.segments: Segmented | None = None
        self.choice: Choice | None = None
        if fits_segments(parameter):
            auto = [Option(None, tr("Auto"))] if optional else []
            self.segments = Segmented([*auto, *(Option(v, word) for v, word in pairs)], name=name, compact=True)
            self.segments.chosen.connect(self._chosen)
            self.controls.addStretch(1)
            self.controls.addWidget(self.segments)
        else:
            entries: list[tuple[object, str]] = [(value, word) for value, word in pairs]
            self.choice = Choice(entries, name=name, optional=optional)
            self.choice.chosen.connect(self._chosen)
            self.controls.addWidget(self.choice, 1)

    def show_state(self, state: RowState) -> None:
        """Show the chosen entry or Auto."""
        super().show_state(state)
        said = self.spoken(self._word(state.value))
        tip = state.reason
        if self.is_auto and not tip:
            tip = self.auto_text(tr("Chosen by {service} for each picture").format(service=self.service))
        if self.choice is not None:
            auto = tr("Auto · {value}").format(value=self.used) if self.used and self.is_auto else tr("Auto")
            self.choice.set_auto_text(auto)
        for control in (self.segments, self.choice):
            if control is not None:
                control.set_value(state.value)
                control.setEnabled(not state.reason)
                control.setAccessibleDescription(said)
                control.setToolTip(plain_tip(tip))

    def words_of(self, value: Value) -> str:
        """Return the label of a choice in lower case."""
        return self._word(value).lower()

    def reset_text(self) -> str:
        """Return the label of the starting value."""
        return self._word(self.parameter.starting_value)

    def _word(self, value: object) -> str:
        pairs = dict(zip(self.parameter.choices, map(translated, self.parameter.choice_labels), strict=True))
        return translated(pairs.get(str(value), ""))

    def _chosen(self, value: object) -> None:
        if value is None:
            self.returned.emit()
        else:
            self.edited.emit(value)
