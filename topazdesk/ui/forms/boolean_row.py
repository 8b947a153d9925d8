"""The row for a yes/no parameter: buttons Auto, On and Off if it may stay unset, a switch if it has a default."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from topazdesk.domain.params import Parameter, Value
from topazdesk.ui.controls import Option, Segmented, Switch
from topazdesk.ui.forms.row import FormRow
from topazdesk.ui.forms.state import RowState, has_default, is_required
from topazdesk.ui.texts import tr, translated


class BooleanRow(FormRow):
    """Row with a switch or three buttons. A group of the same name may show its `control` in the group's header."""

    wide_label = True

    def __init__(self, parameter: Parameter, service: str, label_width: int, parent: QWidget | None = None) -> None:
        super().__init__(parameter, service, label_width, parent)
        name = translated(parameter.label)
        made: QWidget
        self.segments: Segmented | None = None
        self.switch: Switch | None = None
        if has_default(parameter) or is_required(parameter):
            made = self.switch = Switch(name=name)
            self.switch.clicked.connect(lambda on: self.edited.emit(bool(on)))
        else:
            made = self.segments = Segmented(self._options(), name=name, compact=True)
            self.segments.chosen.connect(self._chosen)
        self.control: QWidget = made
        self.controls.addWidget(made)

    def show_state(self, state: RowState) -> None:
        """Show on, off or Auto."""
        super().show_state(state)
        value = state.value if isinstance(state.value, bool) else None
        if self.segments is not None:
            options, auto = self._options(), self.segments.segment(None)
            if auto is not None and auto.option != options[0]:
                self.segments.set_options(options)
            self.segments.set_value(value)
        if self.switch is not None:
            self.switch.setChecked(bool(value))
        self.control.setEnabled(not state.reason)
        self.control.setAccessibleDescription(self.spoken(tr("on") if value else tr("off")))

    def words_of(self, value: Value) -> str:
        """Return "on" or "off" for a boolean, else an empty text."""
        return tr("on") if value is True else tr("off") if value is False else ""

    def _options(self) -> tuple[Option, ...]:
        hint = self.auto_text(tr("Chosen by {service} for each picture").format(service=self.service))
        auto = tr("Auto · {value}").format(value=self.used) if self.used and self.is_auto else tr("Auto")
        return Option(None, auto, hint=hint), Option(True, tr("On")), Option(False, tr("Off"))

    def reset_text(self) -> str:
        """Return the starting value as "on" or "off"."""
        return tr("on") if self.parameter.starting_value else tr("off")

    def _chosen(self, value: object) -> None:
        if value is None:
            self.returned.emit()
        else:
            self.edited.emit(value)
