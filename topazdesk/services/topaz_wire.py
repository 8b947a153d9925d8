"""The Topaz Image API on the wire: what goes out as form fields, what comes back as JSON.

Source: the published OpenAPI, Image API 1.2.0, and the account page for the balance. Reading is tolerant: unknown fields are
ignored, missing optional ones stay None, the word for a state that is not known yet counts as still processing. What decides
over money or a job's identity is not guessed: it raises `WireError`.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.params import Value
from topazdesk.domain.ports import (
    Balance,
    DownloadLink,
    EstimateRequest,
    RemoteJob,
    RemotePage,
    RemoteState,
    SubmitRequest,
    Submitted,
)
from topazdesk.domain.pricing import Estimate, EstimateSource

_log = logging.getLogger(__name__)

_STATES = {state.value: state for state in RemoteState} | {"canceled": RemoteState.CANCELLED}


class WireError(ValueError):
    """Data that is not what the contract says; the text names the field, never its content."""


def form_text(value: Value) -> str:
    """A value as a form field: `true`/`false`, whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # A text from a file or clipboard can hold half a character, which has no bytes.
    return str(value).encode("utf-8", "replace").decode("utf-8")


def submit_path(request: SubmitRequest) -> str:
    """Path of the submit call."""
    return f"/image/v1/{request.model.endpoint}/async"


def submit_fields(request: SubmitRequest) -> list[tuple[str, str]]:
    """All form fields but the file."""
    fields = [("model", request.model.api_model), ("output_format", request.format.value)]
    if request.source_id:
        fields.append(("source_id", request.source_id))
    if request.size is not None:
        fields += [
            ("output_width", str(request.size.width)),
            ("output_height", str(request.size.height)),
            ("crop_to_fill", form_text(request.crop_to_fill)),
        ]
    fields += [(name, form_text(value)) for name, value in request.settings.items()]
    return fields


def estimate_path(request: EstimateRequest) -> str:
    """Path of the estimate call."""
    return "/image/v1/estimate-gen" if request.model.is_generative else "/image/v1/estimate"


def estimate_body(request: EstimateRequest) -> dict[str, Any]:
    """JSON of an estimate call. The category is always sent: "Strong" is a sharpen and a denoise model."""
    body: dict[str, Any] = {
        "category": request.model.endpoint.removesuffix("-gen").capitalize(),
        "model": request.model.api_model,
        "input_width": request.source.width,
        "input_height": request.source.height,
        "output_format": request.format.value,
    }
    if request.target is not None and request.model.takes_size:
        body |= {"output_width": request.target.width, "output_height": request.target.height}
    return body | {name: form_text(value) for name, value in request.settings.items()}


def read_submitted(data: object, process_id: str, source_id: str, eta: str) -> Submitted:
    """The answer to a submit; the three texts are the headers that repeat it ("" where missing).

    Raises WireError when neither names the job.
    """
    fields = data if isinstance(data, Mapping) else {}
    remote_id = _text(fields, "process_id") or process_id
    if not remote_id:
        raise WireError("process_id is missing")
    when = _number(fields, "eta")
    if when is None and eta.isdecimal():
        when = float(eta)
    return Submitted(remote_id, _text(fields, "source_id") or source_id, when)


def read_job(data: object) -> RemoteJob:
    """One status object."""
    fields = _mapping(data, "status")
    return RemoteJob(
        remote_id=_needed_text(fields, "process_id"),
        source_id=_text(fields, "source_id"),
        file_name=_text(fields, "filename"),
        state=_state(_needed_text(fields, "status")),
        percent=min(100.0, max(0.0, _number(fields, "progress") or 0.0)),
        eta=_number(fields, "eta"),
        created_at=_number(fields, "creation_time"),
        changed_at=_number(fields, "modification_time"),
        credits=_whole(fields, "credits"),
        model=_text(fields, "model"),
        output_size=_size(fields),
        output_format=_text(fields, "output_format"),
        echoed=_echoed(fields),
        failure=_text(fields, "message") or _text(fields, "error"),
    )


def read_page(data: object, asked_cursor: str) -> RemotePage:
    """A page of jobs, or the plain array of all of them (sorted newest first).

    A list that may be incomplete raises WireError: "not in the list" must mean that the service does not have the job.
    """
    if isinstance(data, list):
        jobs = [read_job(item) for item in data]
        return RemotePage(tuple(sorted(jobs, key=lambda job: job.created_at or 0.0, reverse=True)), "")
    fields = _mapping(data, "list of jobs")
    items = fields.get("data")
    if not isinstance(items, list):
        raise WireError("data is not a list")
    paging = _mapping(fields.get("pagination"), "pagination")
    more = paging.get("has_next_page")
    if not isinstance(more, bool):
        raise WireError("has_next_page is not true or false")
    cursor = _text(paging, "next_cursor") if more else ""
    if more and (not cursor or cursor == asked_cursor):
        raise WireError("next_cursor does not lead on")
    return RemotePage(tuple(read_job(item) for item in items), cursor)


def read_link(data: object) -> DownloadLink:
    """A signed link; the quickstart page calls the field `url`, the OpenAPI `download_url`."""
    fields = _mapping(data, "download")
    url = _text(fields, "download_url") or _text(fields, "url")
    if not url:
        raise WireError("download_url is missing")
    return DownloadLink(url, _number(fields, "expiry"))


def read_estimate(data: object) -> Estimate:
    """Credits and seconds."""
    fields = _mapping(data, "estimate")
    credits = _whole(fields, "credits")
    if credits is None or credits < 0:
        raise WireError("credits is not a number")
    return Estimate(credits, EstimateSource.SERVICE, _number(fields, "duration"))


def read_balance(data: object) -> Balance:
    """Credits of the account."""
    fields = _mapping(data, "balance")
    reserved = _whole(fields, "reserved_credits") or 0
    available, total = _whole(fields, "available_credits"), _whole(fields, "total_credits")
    if available is None and total is not None:
        available = total - reserved
    if available is None:
        raise WireError("available_credits is not a number")
    return Balance(available, reserved)


_told: set[str] = set()


def _tell_once(text: str) -> None:
    if text not in _told and len(_told) < 100:
        _told.add(text)
        _log.warning("%s", text)


def _state(word: str) -> RemoteState:
    state = _STATES.get(word.strip().lower())
    if state is None:
        _tell_once(f"unknown state of a job, taken as still processing: {word[:40]!r}")
        return RemoteState.PROCESSING
    return state


def _mapping(data: object, what: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise WireError(f"{what} is not an object")
    return data


def _needed_text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise WireError(f"{name} is not a text")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WireError(f"{name} is not a text")
    return value


def _number(fields: Mapping[str, Any], name: str) -> float | None:
    """A decoration (time, percent): of another type it counts as missing, so that a running job is not stranded by it."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _tell_once(f"{name} is not a number; ignored")
        return None
    return float(value)


def _whole(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or value != int(value):
        raise WireError(f"{name} is not a whole number")
    return int(value)


#: Settings that the status tells in fields of their own, not always in `options_json` (OpenAPI, StatusResponse).
_TOLD_APART = ("subject_detection", "face_enhancement", "face_enhancement_creativity", "face_enhancement_strength")


def _echoed(fields: Mapping[str, Any]) -> str:
    """The settings that the service used, as one JSON object; the text as it is where it is none, "" where nothing is told."""
    text = _text(fields, "options_json")
    apart = {name: fields[name] for name in _TOLD_APART if fields.get(name) is not None}
    try:
        options = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text
    if not isinstance(options, dict) or not apart.keys() - options.keys():
        return text
    return json.dumps(apart | options, ensure_ascii=False)


def _size(fields: Mapping[str, Any]) -> Size | None:
    width, height = _number(fields, "output_width"), _number(fields, "output_height")
    return Size(int(width), int(height)) if width and height and width >= 1 and height >= 1 else None
