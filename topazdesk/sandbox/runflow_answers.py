"""Build responses in Runflow's shape: errors as `{code, message, errors}`, where `code` is a word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.json_bodies import json_body

Handler = Callable[[Request], Awaitable[Response]]

_WORDS = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    402: "INSUFFICIENT_CREDIT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION_ERROR",
    429: "RATE_LIMITED",
}


class RunflowError(ApiError):
    """A documented error response; `word` is the code in its body."""

    def __init__(self, status: int, message: str, word: str = "") -> None:
        super().__init__(status, message)
        self.word = word or _WORDS[status]


def runflow_error(status: int, message: str, word: str = "") -> Response:
    """Return an error response."""
    return JSONResponse({"code": word or _WORDS.get(status, "ERROR"), "message": message, "errors": []}, status)


def in_its_shape(handler: Handler) -> Handler:
    """Wrap a handler so that its ApiErrors get Runflow's shape."""

    async def wrapped(request: Request) -> Response:
        try:
            return await handler(request)
        except RunflowError as error:
            return runflow_error(error.status, error.message, error.word)
        except ApiError as error:
            return runflow_error(error.status, error.message)

    return wrapped


async def json_object(request: Request) -> dict[str, object]:
    """Return the JSON object in the body. Raises RunflowError 422 for anything else."""
    try:
        body = await json_body(request)
    except ValueError:
        raise RunflowError(422, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise RunflowError(422, "The body must be an object.")
    return body


def iso(moment: float | None) -> str | None:
    """Return Unix seconds as ISO 8601 in UTC."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
