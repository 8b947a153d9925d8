"""Compares the settings that a service reports having used with those that were sent.

The service silently ignores settings it does not know (an unknown setting is not an error), so its report is the only
proof that a setting was used. Names are compared without regard to their spelling (`deblur_strength`,
`deblurStrength`), numbers within the precision of 32-bit floats, choices in any case. A job without a readable report
proves nothing, and nothing is shown for it.
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
from topazdesk.domain.params import Parameter, ParameterKind, Value, Values
from topazdesk.language import nsay, say

_RELATIVE_TOLERANCE = 1e-4  # a service that computes in 32-bit floats reports 0.015 as 0.014999999664723873


class Deviation(StrEnum):
    """How the report differs from what was sent; the value is what `--json` and sidecars contain."""

    IGNORED = "ignored"  # the report does not mention the setting
    CHANGED = "changed"  # the report has another value
    RENAMED = "renamed"  # the report has the value under another spelling: the setting was used


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """One setting that is not reported as it was sent.

    `name` is its name in the catalogue, `reported_as` the one in the report.
    """

    name: str
    label: str
    sent: Value
    kind: Deviation
    reported: Value | None = None
    reported_as: str = ""

    @property
    def sentence(self) -> str:
        """The difference as a sentence for the user."""
        match self.kind:
            case Deviation.IGNORED:
                return say(
                    "“{label:text}” was sent as {sent:text}, and is not in the service's report. It may have been "
                    "ignored.",
                    label=self.label,
                    sent=value_text(self.sent),
                )
            case Deviation.CHANGED:
                used = value_text(self.reported) if self.reported is not None else say("nothing")
                return say(
                    "“{label:text}” was sent as {sent:text}. The service used {used:text}.",
                    label=self.label,
                    sent=value_text(self.sent),
                    used=used,
                )
            case Deviation.RENAMED:
                return say(
                    "“{label:text}” counted. The service calls it {reported_as} now.",
                    label=self.label,
                    reported_as=self.reported_as,
                )

    def to_json(self) -> dict[str, Any]:
        """Return the difference as a JSON object, for `--json` and sidecars."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "sent": self.sent,
            "reported": self.reported,
            "reported_as": self.reported_as,
        }


@dataclass(frozen=True, slots=True)
class SettingsReport:
    """A service's report of the settings it used, compared with what was sent; `is_known` is False without a report.

    `automatic` holds the values that the service chose by itself, by their names in the catalogue. `unknown` holds
    names in the report that the catalogue does not have: an ignored setting may be called by one of them now.
    """

    is_known: bool = False
    differences: tuple[SettingDifference, ...] = ()
    automatic: Mapping[str, Value] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def not_as_sent(self) -> tuple[SettingDifference, ...]:
        """The differences that may have changed the result."""
        return tuple(d for d in self.differences if d.kind is not Deviation.RENAMED)

    @property
    def title(self) -> str:
        """One line for the job, such as "1 setting was not used as sent"; "" when all were."""
        count = len(self.not_as_sent)
        if not count:
            return ""
        return nsay("1 setting was not used as sent", "{n} settings were not used as sent", count)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything worth telling about the report, one sentence per setting."""
        said = [d.sentence for d in self.differences]
        if self.unknown and any(d.kind is Deviation.IGNORED for d in self.differences):
            names = ", ".join(self.unknown[:6]) + (" …" if len(self.unknown) > 6 else "")
            said.append(say("The report has names that this program does not know: {names}.", names=names))
        return tuple(said)


NO_ECHO = SettingsReport()


def read_settings_report(model: Model, values: Values, report: str) -> SettingsReport:
    """Compare a job's report (a JSON object as text) with what was sent for a recipe's `values`."""
    told = _report(report)
    if told is None:
        return NO_ECHO
    by_key = {_key(name): name for name in told}
    differences: list[SettingDifference] = []
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
    return SettingsReport(True, tuple(differences), automatic, unknown)


def settings_report_of(job: Job, catalogue: Catalogue) -> SettingsReport:
    """Return the comparison for a job; `NO_ECHO` before the service is done with it or if its model is gone."""
    if not job.echoed or job.completed_at is None:
        return NO_ECHO
    model = catalogue.by_slug(job.recipe.service, job.recipe.model)
    return read_settings_report(model, job.recipe.settings, job.echoed) if model is not None else NO_ECHO


def value_text(value: Value) -> str:
    """Return a value as it stands in a sentence."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    return say("“{words}”", words=f"{value[:60]}…" if len(value) > 60 else value)


def _difference(
    parameter: Parameter, wire: str, sent: Value, as_told: str, told: Value | None
) -> SettingDifference | None:
    if not as_told:
        return SettingDifference(parameter.name, parameter.label, sent, Deviation.IGNORED)
    value = _read(parameter, told)
    if value is None or not _same(sent, value):
        shown = told if value is None else value
        return SettingDifference(parameter.name, parameter.label, sent, Deviation.CHANGED, shown, as_told)
    if as_told != wire:
        return SettingDifference(parameter.name, parameter.label, sent, Deviation.RENAMED, value, as_told)
    return None


def _report(text: str) -> dict[str, Value] | None:
    """Return the plain values of a report, or None if it cannot be read. Nested values cannot be compared."""
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
    """Return a reported value in the parameter's kind, also from a text like "0.5" or "True"; None if it has none."""
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            word = str(told).lower()
            return {"true": True, "false": False, "1": True, "0": False}.get(word)
        case ParameterKind.INTEGER | ParameterKind.NUMBER:
            if isinstance(told, bool) or told is None:
                return None
            try:
                number = float(told)
            except ValueError:
                return None
            if not math.isfinite(number):
                return None
            whole = parameter.kind is ParameterKind.INTEGER and number == int(number)
            return int(number) if whole else number
        case ParameterKind.CHOICE:
            return next((c for c in parameter.choices if c.lower() == str(told).lower()), None)
        case ParameterKind.TEXT | ParameterKind.URI:
            return told if isinstance(told, str) else None


def _same(sent: Value, told: Value) -> bool:
    if isinstance(sent, bool) or isinstance(told, bool):
        return sent is told
    if isinstance(sent, int | float) and isinstance(told, int | float):
        return math.isclose(sent, told, rel_tol=_RELATIVE_TOLERANCE, abs_tol=1e-6)
    # A lone surrogate from a file name or the clipboard cannot be encoded: it was sent as a question mark.
    return str(sent).encode("utf-8", "replace").decode() == told
