"""JSON bodies, checked where they enter: bounded in size and depth, every number finite, every text one that can be sent again.

What stands behind may then take any value that comes through: it can be compared, stored and answered with.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from topazdesk.domain.strict_json import parse_json
from topazdesk.sandbox.answers import ApiError

#: Room for a bulk estimate of tens of thousands of pictures.
_MAX_BYTES = 8_000_000


async def json_body(request: Request) -> Any:
    """The value of a body. Raises ValueError for what is no sound JSON; ApiError 413 for a body that is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ApiError(413, "Request Entity Too Large")
    value = parse_json(body.decode("utf-8"))
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone half of a character raises a ValueError
    return value


def media_type(request: Request) -> str:
    """The body's media type without its parameters, in lower case; "" where none is named."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
