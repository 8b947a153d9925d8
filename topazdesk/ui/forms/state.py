"""What the form knows, without widgets: which values the user set, what is in Auto, what is wrong.

A parameter is in one of three manners. *Auto*: it may stay unsent and has no default; the service decides. *Default*: it
may stay unsent and the schema says what then counts; that value is shown and nothing is sent. *Required*: a switch needs
it; it has no Auto and is sent with the advised value until the user changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from topazdesk.domain.params import Parameter, ParameterKind, ParameterSet, Value, Values, carry_over
from topazdesk.ui.forms.steps import ghost_of


class Slot(StrEnum):
    """What the slot at the end of a row offers."""

    NOTHING = ""
    GIVE_BACK = "auto"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class RowState:
    """All that a row shows. `value` None means Auto; `typed` is a text that is no value, kept as it was typed."""

    value: Value | None
    is_set: bool
    slot: Slot
    ghost: float = 0.0
    typed: str | None = None
    problem: str = ""
    reason: str = ""


class FormState:
    """Values of one model's parameters while they are edited."""

    def __init__(self, parameters: ParameterSet, values: Values) -> None:
        self.parameters = parameters
        self._set: dict[str, Value] = {}
        self._typed: dict[str, str] = {}
        self._remembered: dict[str, Value] = {}
        self.replace(values)

    def replace(self, values: Values) -> None:
        """Put other values in force (undo, preset). A typed text stays where the value under it did not change."""
        known = {name: value for name, value in values.items() if self.parameters.get(name) is not None}
        for name in list(self._typed):
            if known.get(name) != self._set.get(name):
                del self._typed[name]
        self._set = known

    def carried_to(self, parameters: ParameterSet) -> dict[str, Value]:
        """The values that mean the same in another model."""
        return carry_over(self._set, self.parameters, parameters)

    def set(self, name: str, value: Value) -> None:
        """The user sets a value, valid or not."""
        self._typed.pop(name, None)
        self._set[name] = value

    def keep_typed(self, name: str, text: str) -> None:
        """The user typed something that is no value; the last value waits under it."""
        self._typed[name] = text

    def give_back(self, name: str) -> None:
        """The user gives a value back; it is remembered as the place where taking over starts again."""
        self._typed.pop(name, None)
        if name in self._set:
            self._remembered[name] = self._set.pop(name)

    def is_shown(self, parameter: Parameter) -> bool:
        """Whether the row is there at all."""
        return self.parameters.is_shown(parameter, self._set)

    def row(self, parameter: Parameter) -> RowState:
        """What the row of a parameter shows."""
        name = parameter.name
        user = self._set.get(name)
        typed = self._typed.get(name)
        touched = name in self._set or typed is not None
        reason = parameter.disabled_reason if self.parameters.is_disabled(parameter, self._set) else ""
        value: Value | None
        if is_required(parameter):
            start = parameter.starting_value
            value = start if user is None else user
            is_set = typed is not None or value != start
            slot = Slot.RESET if is_set else Slot.NOTHING
        elif parameter.kind in (ParameterKind.TEXT, ParameterKind.URI):
            value, is_set, slot = user if user is not None else "", bool(user), Slot.NOTHING
        elif has_default(parameter):
            unset = self.parameters.brought(self._set).get(name, unset_value(parameter))
            value, is_set = unset if user is None else user, touched
            slot = Slot.RESET if touched else Slot.NOTHING
        else:
            value = self.parameters.brought(self._set).get(name) if user is None and not touched else user
            is_set, slot = touched, Slot.GIVE_BACK if touched else Slot.NOTHING
        return RowState(value, is_set, slot, self._ghost(parameter), typed, self._problem(parameter), reason)

    def values(self) -> dict[str, Value]:
        """What the user set, and what a switch requires; the domain leaves out what is hidden or disabled when it sends."""
        found: dict[str, Value] = {}
        for parameter in self.parameters.parameters:
            if parameter.name in self._set:
                found[parameter.name] = self._set[parameter.name]
            elif is_required(parameter) and self.is_shown(parameter):
                start = parameter.starting_value
                if start is not None:
                    found[parameter.name] = start
        return found

    def problems(self) -> list[tuple[str, str]]:
        """Name and sentence of everything shown that cannot be sent."""
        found = ((p.name, self._problem(p)) for p in self.parameters.parameters if self.is_shown(p))
        return [(name, sentence) for name, sentence in found if sentence]

    def counts(self, members: tuple[Parameter, ...]) -> tuple[int, int]:
        """How many of the shown members are set by the user, and how many are in Auto."""
        rows = [self.row(p) for p in members if self.is_shown(p)]
        return sum(row.is_set for row in rows), sum(row.value is None and row.typed is None for row in rows)

    def _ghost(self, parameter: Parameter) -> float:
        remembered = self._remembered.get(parameter.name)
        if remembered is not None and not isinstance(remembered, str) and parameter.problem_with(remembered) is None:
            return float(remembered)
        return ghost_of(parameter)

    def _problem(self, parameter: Parameter) -> str:
        if self.parameters.is_disabled(parameter, self._set):
            return ""
        if parameter.name in self._typed:
            return parameter.problem_with(None) or ""
        value = self._set.get(parameter.name)
        if value is None or (parameter.kind in (ParameterKind.TEXT, ParameterKind.URI) and value == ""):
            return ""
        return parameter.problem_with(value) or ""


def is_required(parameter: Parameter) -> bool:
    """Whether a switch requires it as soon as it is shown."""
    return parameter.required_when_shown and parameter.shown_when is not None


def has_default(parameter: Parameter) -> bool:
    """Whether it is known what counts when the user leaves it alone: then there is no Auto."""
    return unset_value(parameter) is not None


def unset_value(parameter: Parameter) -> Value | None:
    """What counts when the user leaves it alone: what is always sent, else the service's default; None for Auto."""
    return parameter.default if parameter.always_send is None else parameter.always_send
