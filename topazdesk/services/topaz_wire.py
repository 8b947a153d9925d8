"""The Topaz Image API on the wire: what goes out as form fields, what comes back as JSON.

Source: the published OpenAPI, Image API 1.2.0, and the account page for the balance. Unknown fields are ignored, and the word for
a state that is not known yet counts as still processing; for the rest see `wire`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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
from topazdesk.services import wire
from topazdesk.services.secret import without_queries
from topazdesk.services.wire import WireError

_STATES = {state.value: state for state in RemoteState} | {"canceled": RemoteState.CANCELLED}
#: A job that would take longer is no job (seconds).
_MOST_DURATION_S = 30 * 86_400


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

    Raises WireError when neither names the job, or they name two.
    """
    fields = data if isinstance(data, Mapping) else {}
    if fields.get("process_id") is None:
        fields = {**fields, "process_id": process_id}
    remote_id = wire.identity(fields, "process_id")
    if process_id and remote_id != process_id:
        raise WireError("process_id is not the one in the header")
    when = wire.moment(fields.get("eta"))
    if when is None and eta.isdecimal():
        when = wire.moment(float(eta))
    return Submitted(remote_id, wire.text(fields.get("source_id")) or source_id, when)


def read_job(data: object, asked: str = "") -> RemoteJob:
    """One status object: of the job `asked`, where one was."""
    fields = wire.mapping(data, "status")
    remote_id = wire.identity(fields, "process_id")
    if asked:
        wire.named(fields, "process_id", asked)
    return RemoteJob(
        remote_id=remote_id,
        source_id=wire.text(fields.get("source_id")),
        file_name=wire.text(fields.get("filename")),
        state=_state(wire.identity(fields, "status")),
        percent=wire.percent(fields.get("progress")),
        eta=wire.moment(fields.get("eta")),
        created_at=wire.moment(fields.get("creation_time")),
        changed_at=wire.moment(fields.get("modification_time")),
        credits=wire.amount(fields.get("credits")),
        model=wire.text(fields.get("model")),
        input_size=wire.size(fields.get("input_width"), fields.get("input_height")),
        output_size=wire.size(fields.get("output_width"), fields.get("output_height")),
        output_format=wire.text(fields.get("output_format")),
        echoed=_echoed(fields),
        failure=wire.text(fields.get("message"), wire.SENTENCE) or wire.text(fields.get("error"), wire.SENTENCE),
    )


def read_page(data: object, asked_cursor: str) -> RemotePage:
    """A page of jobs, or the plain array of all of them (sorted newest first).

    Entries are taken singly; those that cannot be read are counted. A list that does not say whether it goes on raises
    WireError: "not in the list" must mean that the service does not have the job.
    """
    if isinstance(data, list):
        jobs, unreadable = wire.singly(data, _listed)
        jobs.sort(key=lambda job: job.created_at or 0.0, reverse=True)
        return RemotePage(tuple(jobs), "", unreadable)
    fields = wire.mapping(data, "list of jobs")
    items = fields.get("data")
    if not isinstance(items, list):
        raise WireError("data is not a list")
    paging = wire.mapping(fields.get("pagination"), "pagination")
    more = paging.get("has_next_page")
    if not isinstance(more, bool):
        raise WireError("has_next_page is not true or false")
    cursor = wire.secret_link(paging, "next_cursor") if more else ""
    if more and cursor == asked_cursor:
        raise WireError("next_cursor does not lead on")
    jobs, unreadable = wire.singly(items, _listed)
    return RemotePage(tuple(jobs), cursor, unreadable)


def _listed(item: object) -> RemoteJob:
    """An entry of a list. A job is known again by its names there: one with an odd name cannot be told from ours."""
    fields = wire.mapping(item, "status")
    for name in ("filename", "source_id"):
        if not isinstance(fields.get(name, ""), str | None):
            raise WireError(f"{name} is not a text")
    return read_job(item)


def read_link(data: object, asked: str) -> DownloadLink:
    """A signed link; the quickstart page calls the field `url`, the OpenAPI `download_url`."""
    fields = wire.mapping(data, "download")
    wire.named(fields, "process_id", asked)
    return DownloadLink(wire.secret_link(fields, "download_url", "url"), wire.moment(fields.get("expiry")))


def read_estimate(data: object) -> Estimate:
    """Credits and seconds."""
    fields = wire.mapping(data, "estimate")
    credits = wire.amount(fields.get("credits"))
    if credits is None:
        raise WireError("credits is not a number")
    duration = wire.number(fields.get("duration"))
    if duration is not None and not 0 <= duration <= _MOST_DURATION_S:
        duration = None
    return Estimate(credits, EstimateSource.SERVICE, duration)


def read_balance(data: object) -> Balance:
    """Credits of the account."""
    fields = wire.mapping(data, "balance")
    reserved = wire.amount(fields.get("reserved_credits")) or 0
    available, total = wire.amount(fields.get("available_credits")), wire.amount(fields.get("total_credits"))
    if available is None and total is not None:
        available = max(0, total - reserved)
    if available is None:
        raise WireError("available_credits is not a number")
    return Balance(available, reserved)


def _state(word: str) -> RemoteState:
    state = _STATES.get(word.strip().lower())
    if state is None:
        wire.tell_once(f"unknown state of a job, taken as still processing: {word[:40]!r}")
        return RemoteState.PROCESSING
    return state


#: Settings that the status tells in fields of their own, not always in `options_json` (OpenAPI, StatusResponse).
_TOLD_APART = ("subject_detection", "face_enhancement", "face_enhancement_creativity", "face_enhancement_strength")


def _echoed(fields: Mapping[str, Any]) -> str:
    """The settings that the service used, as one JSON object; the text as it is where it is none, "" where nothing is told."""
    said = fields.get("options_json")
    if not isinstance(said, str) or len(said) > wire.SETTINGS:
        said = ""
    apart = {name: fields[name] for name in _TOLD_APART if _is_setting(fields.get(name))}
    try:
        options = json.loads(said) if said else None
    except json.JSONDecodeError:
        return wire.text(said, wire.SENTENCE)
    except (ValueError, RecursionError):  # numbers without end, nested without end
        return ""
    if not isinstance(options, dict) or not apart.keys() - options.keys():
        return without_queries(said)
    return without_queries(json.dumps(apart | options, ensure_ascii=False))


def _is_setting(value: object) -> bool:
    return (
        (isinstance(value, str) and len(value) <= wire.NAME)
        or isinstance(value, bool)
        or wire.number(value) is not None
    )
