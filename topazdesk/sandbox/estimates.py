"""The three estimate calls: credits by the catalogue's price rule, time by the sandbox's pace. Nothing is reserved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from topazdesk.domain.geometry import Size
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.autopilot import sent_settings
from topazdesk.sandbox.context import Sandbox, sandbox_of
from topazdesk.sandbox.json_bodies import json_body, media_type
from topazdesk.sandbox.models import CATEGORIES
from topazdesk.sandbox.multipart_form import flag, read_form
from topazdesk.sandbox.sizes import check_limits, made_size, output_format, output_size, side

#: Fields that are not strings in JSON; all others are, including settings (OpenAPI, `additionalProperties`).
_INTEGERS = frozenset({"input_width", "input_height", "output_width", "output_height"})
_BOOLEANS = frozenset({"crop_to_fill"})
_BULK_CATEGORIES = frozenset({"Enhance", "Sharpen", "Denoise", "Restore", "Lighting"})


async def standard(request: Request) -> Response:
    """Handle `POST /image/v1/estimate`, for standard models."""
    return await _single(request, generative=False)


async def generative(request: Request) -> Response:
    """Handle `POST /image/v1/estimate-gen`, for generative models."""
    return await _single(request, generative=True)


async def _single(request: Request, *, generative: bool) -> Response:
    sandbox = sandbox_of(request)
    fields = await _fields(request, sandbox)
    endpoints = [e for e in CATEGORIES if e.endswith("-gen") == generative]
    # 413 is not among the documented responses of these two calls.
    return JSONResponse(_estimate(sandbox, fields, endpoints, over_limit=400))


async def bulk(request: Request) -> Response:
    """Handle `POST /image/v1/estimate-bulk`: an array of requests, and one of answers or errors in the same order."""
    sandbox = sandbox_of(request)
    items = await _json(request)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ApiError(400, "The body must be an array of objects.")
    answers: list[dict[str, Any]] = []
    for item in items:
        try:
            fields = _texts(item)
            if fields.get("category", "Enhance") not in _BULK_CATEGORIES:
                raise ApiError(400, "Invalid category.")
            answers.append({"status": "success", **_estimate(sandbox, fields, CATEGORIES, over_limit=413)})
        except ApiError as error:
            answers.append({"status": "error", **error.to_json()})
    return JSONResponse(answers)


def _estimate(
    sandbox: Sandbox, fields: Mapping[str, str], endpoints: Iterable[str], *, over_limit: int
) -> dict[str, int]:
    width, height = side(fields, "input_width"), side(fields, "input_height")
    if width is None or height is None:
        raise ApiError(400, "A valid input resolution is needed.")
    category = fields.get("category", "Enhance")
    candidates = [e for e in endpoints if CATEGORIES[e] == category]
    if not candidates:
        raise ApiError(400, "Invalid category.")
    name = fields.get("model")
    endpoint = next((e for e in candidates if sandbox.models.knows(e, name)), candidates[0])
    _, model = sandbox.models.find(endpoint, name)
    source = Size(width, height)
    target = made_size(model, source, output_size(endpoint, fields, source))
    output_format(endpoint, fields)
    flag(fields, "crop_to_fill")
    sent_settings(model, fields)
    check_limits(model, source, target, over_limit)
    seconds = sandbox.pace.queue_s() + sandbox.pace.work_s(target, generative=model.is_generative)
    return {"duration": round(seconds), "credits": sandbox.models.credits(model, target)}


async def _fields(request: Request, sandbox: Sandbox) -> dict[str, str]:
    """Return the fields of a multipart or JSON body as text."""
    if media_type(request) == "application/json":
        body = await _json(request)
        if not isinstance(body, dict):
            raise ApiError(400, "The body must be an object.")
        return _texts(body)
    with await read_form(request, sandbox.state.incoming) as form:
        return form.fields


async def _json(request: Request) -> Any:
    if media_type(request) != "application/json":
        raise ApiError(400, "The body must be JSON.")
    try:
        return await json_body(request)
    except ValueError:
        raise ApiError(400, "The body is not valid JSON.") from None


def _texts(body: Mapping[str, Any]) -> dict[str, str]:
    """Return JSON values as the text that a form would contain. Raises ApiError 400 for a value of the wrong type."""
    return {name: _text(name, value) for name, value in body.items()}


def _text(name: str, value: Any) -> str:
    if name in _INTEGERS:
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if is_whole and not isinstance(value, bool):
            return str(int(value))
    elif name in _BOOLEANS:
        if isinstance(value, bool):
            return "true" if value else "false"
    elif isinstance(value, str):
        return value
    raise ApiError(400, f"Invalid {name.replace('_', ' ')}.")
