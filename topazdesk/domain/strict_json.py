"""JSON that somebody else may have written: finite numbers that fit into 64 bits, and a depth that nothing later trips over."""

from __future__ import annotations

import json
import math
from typing import Any

#: No file of ours is deeper than a dozen levels.
DEEPEST = 64
_MOST_DIGITS = 19


def parse_json(text: str | bytes) -> Any:
    """The value that `text` holds. Raises ValueError, with the line where JSON itself is at fault (JSONDecodeError)."""
    try:
        data = json.loads(text, parse_constant=_no_constant, parse_int=_integer, parse_float=_number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _check_depth(data)
    return data


def _check_depth(data: Any) -> None:
    """Raises ValueError for what is nested deeper than `DEEPEST`; level by level, so that no depth is a danger here."""
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
