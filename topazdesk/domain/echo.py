"""What a service reports of the settings it used, beside what it was sent.

The service ignores without a word what it does not know (facts of the API: unknown settings are no error), so its report
is the only proof that a setting counted. A name is taken as the same one whatever its spelling (`deblur_strength`,
`deblurStrength`), a number within the exactness of 32-bit floats, a choice in any case. A job without a readable report
proves nothing, and nothing is said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.job import Job
from topazdesk.domain.params import Kind, Parameter, Value, Values

_EXACT = 1e-4  # relative; a service that reckons in 32-bit floats repeats 0.015 as 0.014999999664723873


class Deviation(StrEnum):
    """In what way the report differs from what was sent; the value is what `--json` and sidecars carry."""

    IGNORED = "ignored"  # the report does not name it
    CHANGED = "changed"  # the report names another value
    RENAMED = "renamed"  # the same value under another spelling: it counted


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that was sent and is not reported as it was sent. `name` is the catalogue's, `reported_as` the service's."""

    name: str
    label: str
    sent: Value
    kind: Deviation
    reported: Value | None = None
    reported_as: str = ""

    @property
    def sentence(self) -> str:
        """In plain words."""
        match self.kind:
            case Deviation.IGNORED:
                return (
                    f"“{self.label}” was sent as {value_text(self.sent)}, and is not in the service's report. "
                    "It may have been ignored."
                )
            case Deviation.CHANGED:
                used = value_text(self.reported) if self.reported is not None else "nothing"
                return f"“{self.label}” was sent as {value_text(self.sent)}. The service used {used}."
            case Deviation.RENAMED:
                return f"“{self.label}” counted. The service calls it {self.reported_as} now."

    def to_json(self) -> dict[str, Any]:
        """For `--json` and sidecars."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "sent": self.sent,
            "reported": self.reported,
            "reported_as": self.reported_as,
        }


@dataclass(frozen=True, slots=True)
class Echo:
    """A report, read. `automatic` are the values that the service chose itself, by the catalogue's names; `unknown` names of
    the report that the catalogue does not have: a setting that is missing may go by one of them now."""

    is_known: bool = False
    differences: tuple[Difference, ...] = ()
    automatic: Mapping[str, Value] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def not_as_sent(self) -> tuple[Difference, ...]:
        """Those that may have changed the result."""
        return tuple(d for d in self.differences if d.kind is not Deviation.RENAMED)

    @property
    def title(self) -> str:
        """One line for the job: "1 setting was not used as sent"; "" where all is well."""
        count = len(self.not_as_sent)
        if not count:
            return ""
        return "1 setting was not used as sent" if count == 1 else f"{count} settings were not used as sent"

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that there is to say, one line a setting."""
        said = [d.sentence for d in self.differences]
        if self.unknown and any(d.kind is Deviation.IGNORED for d in self.differences):
            names = ", ".join(self.unknown[:6]) + (" …" if len(self.unknown) > 6 else "")
            said.append(f"The report has names that this program does not know: {names}.")
        return tuple(said)


NO_ECHO = Echo()


def read_echo(model: Model, values: Values, report: str) -> Echo:
    """The report of a job (a JSON object as text) beside what the recipe's `values` had sent."""
    told = _report(report)
    if told is None:
        return NO_ECHO
    by_key = {_key(name): name for name in told}
    differences: list[Difference] = []
    automatic: dict[str, Value] = {}
    sent = model.parameters.to_send(values)
    known = set()
    for parameter in model.parameters:
        wire = parameter.wire_name or parameter.name
        as_told = wire if wire in told else by_key.get(_key(wire), "")
        known.add(as_told)
        if wire in sent:
            found = _difference(parameter, wire, sent[wire], as_told, told.get(as_told))
            if found is not None:
                differences.append(found)
        elif as_told and (value := _read(parameter, told[as_told])) is not None:
            automatic[parameter.name] = value
    unknown = tuple(name for name in told if name not in known)
    return Echo(True, tuple(differences), automatic, unknown)


def echo_of(job: Job, catalogue: Catalogue) -> Echo:
    """The report of a finished job. Nothing before the service is done with it, and for a model that is gone."""
    if not job.echoed or job.completed_at is None:
        return NO_ECHO
    model = catalogue.by_slug(job.recipe.service, job.recipe.model)
    return read_echo(model, job.recipe.settings, job.echoed) if model is not None else NO_ECHO


def value_text(value: Value) -> str:
    """A value in a sentence."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    return f"“{value[:60]}…”" if len(value) > 60 else f"“{value}”"


def _difference(parameter: Parameter, wire: str, sent: Value, as_told: str, told: Value | None) -> Difference | None:
    if not as_told:
        return Difference(parameter.name, parameter.label, sent, Deviation.IGNORED)
    value = _read(parameter, told)
    if value is None or not _same(sent, value):
        shown = told if value is None else value
        return Difference(parameter.name, parameter.label, sent, Deviation.CHANGED, shown, as_told)
    if as_told != wire:
        return Difference(parameter.name, parameter.label, sent, Deviation.RENAMED, value, as_told)
    return None


def _report(text: str) -> dict[str, Value] | None:
    """The plain values of a report, None where it cannot be read. What is nested says nothing that could be compared."""
    try:
        data = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    return {name: value for name, value in data.items() if isinstance(value, bool | int | float | str)}


def _key(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _read(parameter: Parameter, told: Value | None) -> Value | None:
    """A reported value as the parameter's kind; texts like "0.5" and "True" count. None where it is of another kind."""
    match parameter.kind:
        case Kind.BOOLEAN:
            word = str(told).lower()
            return {"true": True, "false": False, "1": True, "0": False}.get(word)
        case Kind.INTEGER | Kind.NUMBER:
            if isinstance(told, bool) or told is None:
                return None
            try:
                number = float(told)
            except ValueError:
                return None
            if not math.isfinite(number):
                return None
            whole = parameter.kind is Kind.INTEGER and number == int(number)
            return int(number) if whole else number
        case Kind.CHOICE:
            return next((c for c in parameter.choices if c.lower() == str(told).lower()), None)
        case Kind.TEXT | Kind.URI:
            return told if isinstance(told, str) else None


def _same(sent: Value, told: Value) -> bool:
    if isinstance(sent, bool) or isinstance(told, bool):
        return sent is told
    if isinstance(sent, int | float) and isinstance(told, int | float):
        return math.isclose(sent, told, rel_tol=_EXACT, abs_tol=1e-6)
    # Half a character from a file name or clipboard has no bytes: it went out as a question mark.
    return str(sent).encode("utf-8", "replace").decode() == told
