"""The state of the form without widgets: which values the user set, which are in Auto, and what is wrong.

There are three kinds of parameters. *Auto*: may stay unset and has no default, so the service decides. *Default*: may
stay unset, and the schema says which value then applies; that value is shown, but not sent. *Required*: a switch needs
it, so it has no Auto and is sent with the advised value until the user changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from topazdesk.domain.params import Parameter, ParameterKind, ParameterSet, Value, Values, carry_over
from topazdesk.ui.forms.steps import ghost_of


class Slot(StrEnum):
    """What the button at the end of a row does."""

    NOTHING = ""
    GIVE_BACK = "auto"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class RowState:
    """Everything that a row shows. A `value` of None means Auto; `typed` is invalid text, kept as the user typed it.

    `ghost` is where a slider starts when the user leaves Auto; `reason` says why the row is disabled.
    """

    value: Value | None
    is_set: bool
    slot: Slot
    ghost: float = 0.0
    typed: str | None = None
    problem: str = ""
    reason: str = ""


class FormState:
    """The values of one model's parameters during editing."""

    def __init__(self, parameters: ParameterSet, values: Values) -> None:
        self.parameters = parameters
        self._set: dict[str, Value] = {}
        self._typed: dict[str, str] = {}
        self._remembered: dict[str, Value] = {}
        self.replace(values)

    def replace(self, values: Values) -> None:
        """Replace all values (undo, preset). Invalid typed text is kept if the value behind it did not change."""
        known = {name: value for name, value in values.items() if self.parameters.get(name) is not None}
        for name in list(self._typed):
            if known.get(name) != self._set.get(name):
                del self._typed[name]
        self._set = known

    def carried_to(self, parameters: ParameterSet) -> dict[str, Value]:
        """Return the values that can be carried over to another model."""
        return carry_over(self._set, self.parameters, parameters)

    def set(self, name: str, value: Value) -> None:
        """Set a value that the user chose, valid or not."""
        self._typed.pop(name, None)
        self._set[name] = value

    def keep_typed(self, name: str, text: str) -> None:
        """Keep typed text that is not a value; the last value stays behind it."""
        self._typed[name] = text

    def give_back(self, name: str) -> None:
        """Return a parameter to Auto or its default; its value is remembered as the start for the next change."""
        self._typed.pop(name, None)
        if name in self._set:
            self._remembered[name] = self._set.pop(name)

    def is_shown(self, parameter: Parameter) -> bool:
        """Return whether the parameter's row is visible."""
        return self.parameters.is_shown(parameter, self._set)

    def row(self, parameter: Parameter) -> RowState:
        """Return what the row of a parameter shows."""
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
        """Return what the user set and what a switch requires.

        Hidden and disabled parameters are included; the domain leaves them out when it sends.
        """
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
        """Return parameter name and a sentence for each visible parameter that cannot be sent."""
        found = ((p.name, self._problem(p)) for p in self.parameters.parameters if self.is_shown(p))
        return [(name, sentence) for name, sentence in found if sentence]

    def counts(self, members: tuple[Parameter, ...]) -> tuple[int, int]:
        """Return how many of the visible parameters the user has set, and how many are in Auto."""
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
    """Return whether a switch that shows the parameter also requires it."""
    return parameter.required_when_shown and parameter.shown_when is not None


def has_default(parameter: Parameter) -> bool:
    """Return whether it is known which value applies while the parameter is unset; there is no Auto then."""
    return unset_value(parameter) is not None


def unset_value(parameter: Parameter) -> Value | None:
    """Return the value of an unset parameter: the one always sent, else the service's default; None for Auto."""
    return parameter.default if parameter.always_send is None else parameter.always_send
