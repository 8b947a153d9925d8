"""Build responses in the shape of Topaz' published contract: JSON bodies, and errors as `{code, message}`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

#: Messages quote what was sent, which may be long.
_MAX_MESSAGE = 300


class ApiError(Exception):
    """A documented error response: HTTP status and a readable message."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message if len(message) <= _MAX_MESSAGE else message[: _MAX_MESSAGE - 1] + "…"
        self.headers = dict(headers or {})

    def to_json(self) -> dict[str, Any]:
        """Return the body: the status as `code`, and `message` (OpenAPI, components/responses)."""
        return {"code": self.status, "message": self.message}


def error_answer(status: int, message: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return an error response; without a message it has the standard phrase of the status."""
    text = message or HTTPStatus(status).phrase
    return JSONResponse({"code": status, "message": text}, status_code=status, headers=dict(headers or {}))


async def on_api_error(_request: Request, error: Exception) -> Response:
    """Handle ApiError."""
    if not isinstance(error, ApiError):
        raise error
    return error_answer(error.status, error.message, error.headers)


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Handle the router's own errors (unknown path, wrong method)."""
    if not isinstance(error, HTTPException):
        raise error
    return error_answer(error.status_code, "", error.headers)


async def on_unexpected(_request: Request, _error: Exception) -> Response:
    """Handle everything else with a 500 without details, which go to the server's own log."""
    return error_answer(500, "The request could not be handled. Try again later.")
