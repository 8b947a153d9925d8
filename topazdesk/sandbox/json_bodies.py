"""JSON bodies, checked where they enter: bounded in size and depth, every number finite, every text one that can be sent again.

What stands behind may then take any value that comes through: it can be compared, stored and answered with.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from starlette.requests import Request

from topazdesk.sandbox.answers import ApiError

#: Room for a bulk estimate of tens of thousands of pictures.
_MAX_BYTES = 8_000_000
_MAX_DEPTH = 32
_MAX_INTEGER = 2**63 - 1


async def json_body(request: Request) -> Any:
    """The value of a body. Raises ValueError for what is no sound JSON; ApiError 413 for a body that is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ApiError(413, "Request Entity Too Large")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("too deep") from None
    _check(value)
    return value


def media_type(request: Request) -> str:
    """The body's media type without its parameters, in lower case; "" where none is named."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _check(value: Any) -> None:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ValueError("too deep")


def _inside(value: Any) -> Iterable[Any]:
    """What is in a value, which itself is checked."""
    match value:
        case str():
            value.encode("utf-8")  # a lone half of a character raises a ValueError
        case int() if abs(value) > _MAX_INTEGER:
            raise ValueError("a number is too large")
        case float() if not math.isfinite(value):
            raise ValueError("a number is too large")
        case list():
            return value
        case dict():
            return [*value.keys(), *value.values()]
    return ()
