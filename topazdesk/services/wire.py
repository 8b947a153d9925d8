"""Reading what a service says: every field is bounded, finite and of its type once it is here.

What a job is (its ids, its state) must be there and make sense, else `WireError`. All else decorates: a field of another type
counts as not said, so that a paid job is not stranded by it, nor by a stranger's job in the same list.
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

#: Longest name, id, sentence and set of settings that is taken in.
ID, NAME, SENTENCE, SETTINGS = 200, 200, 300, 20_000
#: No amount is larger: a million dollars in millionths, or as many credits.
MOST_AMOUNT = 1_000_000_000_000
#: Unix seconds that can be true: the years 2000 to 2100.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
#: Digits of a whole number; one with more is no number at all (Python reads no more than 4,300, and each slower).
_MOST_DIGITS = 30


class WireError(ValueError):
    """Data that is not what the contract says; the text names the field, never its content."""


def decoded(body: bytes) -> Any:
    """JSON. Raises ValueError for what is none, or is nested too deep; endless numbers are infinite."""
    try:
        return json.loads(body, parse_int=_whole_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf


def mapping(data: object, what: str) -> Mapping[str, Any]:
    """An object. Raises WireError."""
    if not isinstance(data, Mapping):
        raise WireError(f"{what} is not an object")
    return data


def identity(fields: Mapping[str, Any], name: str) -> str:
    """An id that must be there. Raises WireError."""
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= ID or not value.isprintable():
        raise WireError(f"{name} is not an id")
    return value


def named(fields: Mapping[str, Any], name: str, wanted: str) -> None:
    """Raises WireError where the answer is about another one than was asked."""
    if fields.get(name, wanted) != wanted:
        raise WireError(f"{name} is another one than was asked")


def secret_link(fields: Mapping[str, Any], *names: str) -> str:
    """An address that must be there, as it is. Raises WireError."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and 0 < len(value) <= SETTINGS:
            return value
    raise WireError(f"{names[0]} is missing")


def text(value: object, most: int = NAME) -> str:
    """What is said, on one line, without secrets of links, cut to `most`; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    value = value[: 4 * most]
    if not value.isprintable():
        value = "".join(c if c.isprintable() else " " for c in value)
    if "  " in value or value[:1] == " " or value[-1:] == " ":
        value = re.sub(r" +", " ", value).strip()
    return without_queries(value)[:most] if "://" in value else value[:most]


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def amount(value: object) -> int | None:
    """Money in whole units, not below 0; None for what is no such amount."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and 0 <= found <= MOST_AMOUNT else None


def moment(value: object) -> float | None:
    """Unix seconds that can be true, or None."""
    found = number(value)
    return found if found is not None and _EARLIEST <= found <= _LATEST else None


def percent(value: object) -> float:
    """0 to 100."""
    return min(100.0, max(0.0, number(value) or 0.0))


def size(width: object, height: object) -> Size | None:
    """A size within what services take and give, or None."""
    sides = [number(side) for side in (width, height)]
    whole = [int(side) for side in sides if side is not None and 1 <= side <= MAX_SIDE_PX]
    return Size(*whole) if len(whole) == 2 else None


def singly(items: Iterable[object], read: Callable[[object], T | None]) -> tuple[list[T], int]:
    """What `read` makes of each, without those it passes over (None), and how many could not be read."""
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
    """Into the log, once a run."""
    if line not in _told and len(_told) < 100:
        _told.add(line)
        _log.warning("%s", line)
