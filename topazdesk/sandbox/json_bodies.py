"""Parse JSON bodies strictly: limited size and depth, finite numbers, text that can be encoded again.

So the code behind it can compare, store and return every value that gets through.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from topazdesk.domain.strict_json import parse_json
from topazdesk.sandbox.answers import ApiError

#: Enough for a bulk estimate of tens of thousands of pictures.
_MAX_BYTES = 8_000_000


async def json_body(request: Request) -> Any:
    """Return the parsed body. Raises ValueError when it is not valid JSON, ApiError 413 when it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ApiError(413, "Request Entity Too Large")
    value = parse_json(body.decode("utf-8"))
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate raises ValueError
    return value


def media_type(request: Request) -> str:
    """Return the body's media type in lower case, without parameters; "" when the request names none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
