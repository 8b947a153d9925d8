"""Reads JSON that somebody else may have written: numbers must be finite and fit into 64 bits, nesting is limited."""

from __future__ import annotations

import json
import math
from typing import Any

#: Deepest nesting that is accepted; our own files have at most a dozen levels.
DEEPEST = 64
_MOST_DIGITS = 19


def parse_json(text: str | bytes) -> Any:
    """Return the value in `text`.

    Raises ValueError; for text that is not JSON it is a JSONDecodeError, which knows the line.
    """
    try:
        data = json.loads(text, parse_constant=_no_constant, parse_int=_integer, parse_float=_number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _check_depth(data)
    return data


def _check_depth(data: Any) -> None:
    """Raise ValueError for nesting deeper than `DEEPEST`. Level by level, because recursion could overflow."""
    level = [data]
    for _ in range(DEEPEST + 1):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        if not inner:
            return
        level = inner
    raise ValueError("it is nested too deeply")


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MOST_DIGITS:
        raise ValueError(f"a number has more than {_MOST_DIGITS} digits")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
