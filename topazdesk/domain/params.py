"""The parameters of a model, as its JSON Schema describes them: which values are valid, shown and sent.

The schema is standard JSON Schema 2020-12. What the standard has no keyword for stands under `x-ui` (label, group,
order, unit, advised value, advice, `shown_when`, `disabled_when`, `meaning`). A parameter that the user leaves alone is
not sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from topazdesk.language import capital, nsay, one_of, say

Value = bool | int | float | str
Values = Mapping[str, Value]


class ParameterKind(StrEnum):
    """The type of a parameter's value, which decides its control in the form."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    URI = "uri"


@dataclass(frozen=True, slots=True)
class Condition:
    """True while parameter `name` has `value`."""

    name: str
    value: Value

    def holds(self, values: Values) -> bool:
        """Return whether it is true for the values that the user has set."""
        return self.name in values and values[self.name] == self.value


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a model.

    `minimum` and `maximum` are inclusive; None where the schema sets no limit.
    `meaning` is equal in two models only if the parameter does the same in both; only then values carry over.
    `brings` holds values of other parameters that are sent along unless the user has set them. Example: a service that
    writes a prompt of its own by default must be told not to when the user gives one.
    `always_send` is sent even when the user leaves the parameter alone, for services whose default is "on".
    `wire_name` is the name that is sent to the service. `source` says where these facts were read.
    """

    name: str
    kind: ParameterKind
    label: str
    description: str = ""
    group: str = ""
    order: int = 0
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    default: Value | None = None
    choices: tuple[str, ...] = ()
    choice_labels: tuple[str, ...] = ()
    max_length: int | None = None
    unit: str = ""
    advised: Value | None = None
    advice: str = ""
    placeholder: str = ""
    shown_when: Condition | None = None
    required_when_shown: bool = False
    disabled_when: Condition | None = None
    disabled_reason: str = ""
    brings: Mapping[str, Value] = field(default_factory=dict)
    meaning: str = ""
    wire_name: str = ""
    source: str = ""
    always_send: Value | None = None

    @property
    def range_identity(self) -> tuple[object, ...]:
        """What must be equal in two models, besides `meaning`, for every value to be valid in both."""
        return (self.kind, self.minimum, self.maximum, self.step, self.choices, self.max_length)

    @property
    def starting_value(self) -> Value | None:
        """What is sent when another value makes this parameter required and the user has not set it."""
        if self.advised is not None:
            return self.advised
        if self.default is not None:
            return self.default
        if self.kind is ParameterKind.BOOLEAN:
            return False
        if self.choices:
            return self.choices[0]
        if self.minimum is not None and self.maximum is not None:
            middle = (self.minimum + self.maximum) / 2
            return int(middle) if self.kind is ParameterKind.INTEGER else round(middle, 2)
        return self.minimum

    def range_text(self) -> str:
        """Return the allowed values in words: "between 0 and 1", "foreground, background or all"."""
        if self.choices:
            return one_of(self.choices)
        if self.minimum is not None and self.maximum is not None:
            return say(
                "between {minimum:number} and {maximum:number}",
                minimum=_plain(self.minimum),
                maximum=_plain(self.maximum),
            )
        if self.minimum is not None:
            return say("{minimum:number} or more", minimum=_plain(self.minimum))
        if self.maximum is not None:
            return say("at most {maximum:number}", maximum=_plain(self.maximum))
        if self.kind is ParameterKind.URI:
            return say("a web address like https://example.com/picture.jpg")
        return {
            ParameterKind.BOOLEAN: say("true or false"),
            ParameterKind.INTEGER: say("a whole number"),
            ParameterKind.NUMBER: say("a number"),
        }.get(self.kind, say("a text"))

    def problem_with(self, value: object) -> str | None:
        """Return a sentence that says what is wrong with `value`, or None."""
        match self.kind:
            case ParameterKind.BOOLEAN:
                return None if isinstance(value, bool) else say("On or off.")
            case ParameterKind.CHOICE:
                return None if value in self.choices else say("One of {value:text}.", value=self.range_text())
            case ParameterKind.INTEGER | ParameterKind.NUMBER:
                return self._number_problem(value)
            case ParameterKind.TEXT:
                return self._text_problem(value)
            case ParameterKind.URI:
                return self._text_problem(value) or _uri_problem(value)

    def _number_problem(self, value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return say("A number is needed here.")
        # For floats only: `isfinite` converts an int to float, which overflows for one of 400 digits.
        if isinstance(value, float) and not math.isfinite(value):
            return say("A number is needed here.")
        if self.kind is ParameterKind.INTEGER and value != int(value):
            return say("Only whole numbers.")
        low = self.minimum is not None and value < self.minimum
        high = self.maximum is not None and value > self.maximum
        return f"{capital(self.range_text())}." if low or high else None

    def _text_problem(self, value: object) -> str | None:
        if not isinstance(value, str):
            return say("Text is needed here.")
        over = len(value) - self.max_length if self.max_length is not None else 0
        if over <= 0:
            return None
        return nsay("1 character too long.", "{n} characters too long.", over)

    def parse(self, text: str) -> Value:
        """Return the value that a text from the command line stands for.

        Raises ValueError with a sentence for the user.
        """
        value: Value = text
        if self.kind is ParameterKind.BOOLEAN:
            words = {
                "true": True,
                "on": True,
                "yes": True,
                "1": True,
                "false": False,
                "off": False,
                "no": False,
                "0": False,
            }
            if text.strip().lower() not in words:
                raise ValueError(say("True or false is needed here."))
            value = words[text.strip().lower()]
        elif self.kind in (ParameterKind.INTEGER, ParameterKind.NUMBER):
            try:
                number = float(text)
            except ValueError:
                raise ValueError(say("A number is needed here.")) from None
            value = (
                int(number)
                if self.kind is ParameterKind.INTEGER and math.isfinite(number) and number == int(number)
                else number
            )
        elif self.kind is ParameterKind.CHOICE:
            value = next((c for c in self.choices if c.lower() == text.strip().lower()), text)
        problem = self.problem_with(value)
        if problem:
            raise ValueError(problem)
        return value


def _plain(bound: float) -> str:
    """Return a bound as people write it: 4,294,967,295, not 4.29497e+09."""
    return f"{int(bound):,}" if bound == int(bound) else f"{bound:g}"


def _uri_problem(value: object) -> str | None:
    text = str(value)
    try:
        parts = urlsplit(text)
    except ValueError:
        return say("Not a web address. It looks like https://example.com/picture.jpg")
    if parts.scheme not in ("http", "https") or not parts.netloc or any(c.isspace() for c in text):
        return say("Not a web address. It looks like https://example.com/picture.jpg")
    return None


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be sent: the parameter's name and a sentence for the user."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """All parameters of a model, in the order of the form, and their JSON Schema (flat, without `$ref`)."""

    parameters: tuple[Parameter, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Any:
        return iter(self.parameters)

    def get(self, name: str) -> Parameter | None:
        """Return the parameter called `name`, or None."""
        return next((p for p in self.parameters if p.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(p.name for p in self.parameters)

    def is_shown(self, parameter: Parameter, values: Values) -> bool:
        """Return whether the form shows the parameter while the others have these values."""
        return parameter.shown_when is None or parameter.shown_when.holds(values)

    def is_disabled(self, parameter: Parameter, values: Values) -> bool:
        """Return whether another value makes the parameter pointless; it is not sent then."""
        return parameter.disabled_when is not None and parameter.disabled_when.holds(values)

    def problems(self, values: Values) -> list[Problem]:
        """Return what is wrong with the values that would be sent; an unknown name is a problem too."""
        found = [Problem(n, say("This model has no such setting.")) for n in values if self.get(n) is None]
        for parameter in self.parameters:
            if parameter.name not in values or not self._goes_out(parameter, values):
                continue
            sentence = parameter.problem_with(values[parameter.name])
            if sentence:
                found.append(Problem(parameter.name, sentence))
        return found

    def to_send(self, values: Values) -> dict[str, Value]:
        """Return the settings for the service, by wire name.

        These are the values that the user set, those that another value makes required or brings, and those that are
        always sent; none that are hidden, disabled or empty.
        """
        sent: dict[str, Value] = {}
        for parameter in self.parameters:
            if not self._goes_out(parameter, values):
                continue
            value = values.get(parameter.name)
            if value is None and parameter.required_when_shown and parameter.shown_when is not None:
                value = parameter.starting_value
            if value is None:
                value = parameter.always_send
            if value is None or (parameter.kind in (ParameterKind.TEXT, ParameterKind.URI) and value == ""):
                continue
            sent[parameter.wire_name or parameter.name] = value
        for name, value in self.brought(values).items():
            other = self.get(name)
            sent[other.wire_name or name if other else name] = value
        return sent

    def brought(self, values: Values) -> dict[str, Value]:
        """Return the values that other parameters bring (`Parameter.brings`), except those that the user has set."""
        found: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.brings and values.get(parameter.name, "") != "" and self._goes_out(parameter, values):
                found |= {name: value for name, value in parameter.brings.items() if name not in values}
        return found

    def _goes_out(self, parameter: Parameter, values: Values) -> bool:
        return self.is_shown(parameter, values) and not self.is_disabled(parameter, values)


def carry_over(values: Values, old: ParameterSet, new: ParameterSet) -> dict[str, Value]:
    """Return the values that stay valid after a change of model: same name, same meaning, same range."""
    kept: dict[str, Value] = {}
    for name, value in values.items():
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            continue
        if before.meaning == after.meaning and before.range_identity == after.range_identity:
            kept[name] = value
    return kept
