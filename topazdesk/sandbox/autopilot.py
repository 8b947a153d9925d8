"""Check the settings of a request and choose "automatic" values for those that were not sent.

The real service chooses them by looking at the picture. The sandbox imitates that with plausible values that depend
only on the picture's bytes and the setting's name, so that they are the same every time.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping

from topazdesk.domain.catalogue import Model
from topazdesk.domain.params import Parameter, ParameterKind, Value
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.scenario import Effect

#: Number syntax of the API. Python accepts more: other scripts' digits, underscores, blanks, "infinity".
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


def sent_settings(model: Model, fields: Mapping[str, str]) -> dict[str, Value]:
    """Return the model's settings among the form fields. Unknown names are silently ignored, as published.

    Raises ApiError 400 ("malformed data") for a value out of range and for a missing setting that is "required if". The
    status is the sandbox's choice: the contract does not say it, and shows 422 only for impossible pictures.
    """
    sent: dict[str, Value] = {}
    for parameter in model.parameters:
        name = parameter.wire_name or parameter.name
        if name in fields:
            sent[parameter.name] = _parse(parameter, name, fields[name])
    for parameter in model.parameters:
        needed = parameter.required_when_shown and parameter.shown_when is not None
        if needed and parameter.shown_when.holds(sent) and parameter.name not in sent:
            condition = parameter.shown_when
            raise ApiError(400, f"{parameter.name} is required when {condition.name} is {_as_sent(condition.value)}.")
    return sent


def _parse(parameter: Parameter, name: str, text: str) -> Value:
    # Stricter than the command line's parser on purpose: the API has only `true` and `false`, and case matters.
    if parameter.kind is ParameterKind.BOOLEAN and text not in ("true", "false"):
        raise ApiError(400, f"Invalid {name}: true or false is needed.")
    if parameter.kind in (ParameterKind.INTEGER, ParameterKind.NUMBER) and not _NUMBER.fullmatch(text):
        raise ApiError(400, f"Invalid {name}: it must be {parameter.range_text()}.")
    if parameter.kind is ParameterKind.CHOICE and text not in parameter.choices:
        raise ApiError(400, f"Invalid {name}: it must be {parameter.range_text()}.")
    if parameter.kind is ParameterKind.URI and text == "":
        return text
    try:
        return parameter.parse(text)
    except ValueError as error:
        raise ApiError(400, f"Invalid {name}: it must be {parameter.range_text()}.") from error


def _as_sent(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def all_settings(model: Model, sent: Mapping[str, Value], digest: str) -> dict[str, Value]:
    """Return every setting that the job runs with, in the catalogue's order; `digest` is that of the source."""
    return {
        p.name: sent[p.name] if p.name in sent else automatic(p, digest)
        for p in model.parameters
        if p.name in sent or p.shown_when is None or p.shown_when.holds(sent)
    }


def reported(settings: Mapping[str, Value], effect: Effect) -> dict[str, Value]:
    """Return a job's settings after the scenario removed, renamed or changed some."""
    kept = {effect.rename.get(name, name): value for name, value in settings.items() if name not in effect.ignore}
    return kept | {name: value for name, value in effect.change.items() if name in kept}


def automatic(parameter: Parameter, digest: str) -> Value:
    """Return the value of a setting that was not sent: its default, or a mild value that depends on the picture."""
    if parameter.default is not None:
        return parameter.default
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            return False
        case ParameterKind.CHOICE:
            return next((c for c in parameter.choices if c.lower() == "all"), parameter.choices[0])
        case ParameterKind.TEXT | ParameterKind.URI:
            return ""
        case ParameterKind.INTEGER | ParameterKind.NUMBER:
            return _mild(parameter, digest)


def _mild(parameter: Parameter, digest: str) -> int | float:
    low = parameter.minimum if parameter.minimum is not None else 0.0
    high = parameter.maximum if parameter.maximum is not None else low + 1.0
    chance = hashlib.sha256(f"{digest}/{parameter.name}".encode()).digest()[0] / 255
    value = low + (high - low) * (0.15 + 0.3 * chance)
    if parameter.kind is ParameterKind.INTEGER:
        return round(value)
    digits = max(0, 2 - math.floor(math.log10(high - low))) if high > low else 2
    return round(value, digits)
