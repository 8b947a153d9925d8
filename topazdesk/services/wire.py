"""Reads single fields of a service's answers, so that each value is bounded, finite and of its type.

A job's ids and state must be there and make sense, else WireError is raised. Everything else is optional: a field of
the wrong type counts as missing, so that it cannot strand a paid job, or another job in the same list.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from topazdesk.domain.geometry import MAX_SIDE_PX, Size
from topazdesk.services.secret import without_queries

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: Most characters of an id, a name, a sentence and a set of settings.
ID, NAME, SENTENCE, SETTINGS = 200, 200, 300, 20_000
#: The largest amount that is believed: a million dollars in millionths, or as many credits.
MOST_AMOUNT = 1_000_000_000_000
#: Plausible times in Unix seconds: the years 2000 to 2100.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
#: Most digits of an integer; a longer one counts as infinite (Python is slow with long ones and refuses over 4,300).
_MOST_DIGITS = 30


class WireError(ValueError):
    """Data that does not follow the contract; the message names the field, never its content."""


def decoded(body: bytes) -> Any:
    """Return the JSON value in `body`; integers with too many digits become infinite.

    Raises ValueError if it is not JSON or is nested too deeply.
    """
    try:
        return json.loads(body, parse_int=_whole_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf


def mapping(data: object, what: str) -> Mapping[str, Any]:
    """Return `data` if it is a JSON object. Raises WireError naming `what` otherwise."""
    if not isinstance(data, Mapping):
        raise WireError(f"{what} is not an object")
    return data


def identity(fields: Mapping[str, Any], name: str) -> str:
    """Return the id in a field. Raises WireError if there is none."""
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= ID or not value.isprintable():
        raise WireError(f"{name} is not an id")
    return value


def named(fields: Mapping[str, Any], name: str, wanted: str) -> None:
    """Raise WireError if the field has another value than `wanted`: the answer is about another job."""
    if fields.get(name, wanted) != wanted:
        raise WireError(f"{name} is another one than was asked")


def secret_link(fields: Mapping[str, Any], *names: str) -> str:
    """Return the address in the first of these fields that has one, unchanged. Raises WireError if there is none."""
    for name in names:
        value = fields.get(name)
        # A lone surrogate, as JSON can hold one, is part of no address and cannot be written down.
        if isinstance(value, str) and 0 < len(value) <= SETTINGS and value.isprintable():
            return value
    raise WireError(f"{names[0]} is missing")


def text(value: object, most: int = NAME) -> str:
    """Return a text on one line, without the secrets of links, cut to `most` characters; "" if it is not a text."""
    if not isinstance(value, str):
        return ""
    value = value[: 4 * most]
    if not value.isprintable():
        value = "".join(c if c.isprintable() else " " for c in value)
    if "  " in value or value[:1] == " " or value[-1:] == " ":
        value = re.sub(r" +", " ", value).strip()
    return without_queries(value)[:most] if "://" in value else value[:most]


def number(value: object) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def amount(value: object) -> int | None:
    """Return an amount of money in whole units, not below 0; None if it is not such an amount."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and 0 <= found <= MOST_AMOUNT else None


def moment(value: object) -> float | None:
    """Return a plausible time in Unix seconds, or None."""
    found = number(value)
    return found if found is not None and _EARLIEST <= found <= _LATEST else None


def percent(value: object) -> float:
    """Return a percentage from 0 to 100; 0 if it is not a number."""
    return min(100.0, max(0.0, number(value) or 0.0))


def size(width: object, height: object) -> Size | None:
    """Return a size within the limits of the services, or None."""
    sides = [number(side) for side in (width, height)]
    whole = [int(side) for side in sides if side is not None and 1 <= side <= MAX_SIDE_PX]
    return Size(*whole) if len(whole) == 2 else None


def singly(items: Iterable[object], read: Callable[[object], T | None]) -> tuple[list[T], int]:
    """Apply `read` to each item; return the results other than None, and how many items could not be read."""
    found, unreadable = [], 0
    for item in items:
        try:
            one = read(item)
        except WireError as exc:
            unreadable += 1
            tell_once(f"an entry of the list of jobs cannot be read: {exc}")
        else:
            if one is not None:
                found.append(one)
    return found, unreadable


_told: set[str] = set()


def tell_once(line: str) -> None:
    """Log a line as a warning, once per run of the program."""
    if line not in _told and len(_told) < 100:
        _told.add(line)
        _log.warning("%s", line)
