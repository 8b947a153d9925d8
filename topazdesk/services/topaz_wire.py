"""The data of the Topaz Image API: builds form fields and JSON, reads JSON answers.

Source: the published OpenAPI, Image API 1.2.0, and the account page for the balance. Unknown fields are ignored, an
unknown state counts as still processing; `wire` explains the rest.
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
#: An estimated duration above this is nonsense.
_MOST_DURATION_S = 30 * 86_400


def form_text(value: Value) -> str:
    """Return a value as a form field: `true` or `false`, whole numbers without a decimal point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # A text from a file or the clipboard can hold a lone surrogate, which cannot be encoded.
    return str(value).encode("utf-8", "replace").decode("utf-8")


def submit_path(request: SubmitRequest) -> str:
    """Return the path of the submit call."""
    return f"/image/v1/{request.model.endpoint}/async"


def submit_fields(request: SubmitRequest) -> list[tuple[str, str]]:
    """Return all form fields except the file."""
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
    """Return the path of the estimate call."""
    return "/image/v1/estimate-gen" if request.model.is_generative else "/image/v1/estimate"


def estimate_body(request: EstimateRequest) -> dict[str, Any]:
    """Return the JSON of an estimate call.

    The category is always sent, because "Strong" is the name of a sharpen and of a denoise model.
    """
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
    """Read the answer to a submit; the three texts are the headers that repeat it ("" if missing).

    Raises WireError if neither body nor headers name the job, or if they name different ones.
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
    """Read one status object. Raises WireError if `asked` is given and the object is about another job."""
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
    """Read a page of jobs, or the plain array of all jobs (which is sorted newest first).

    Entries that cannot be read are counted and do not spoil the others. Raises WireError for a page that does not say
    whether there are more: "not in the list" must mean that the service does not have the job.
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
    """Read an entry of a list. Raises WireError for odd names: jobs are recognised by them."""
    fields = wire.mapping(item, "status")
    for name in ("filename", "source_id"):
        if not isinstance(fields.get(name, ""), str | None):
            raise WireError(f"{name} is not a text")
    return read_job(item)


def read_link(data: object, asked: str) -> DownloadLink:
    """Read a signed link; the quickstart page calls the field `url`, the OpenAPI `download_url`."""
    fields = wire.mapping(data, "download")
    wire.named(fields, "process_id", asked)
    return DownloadLink(wire.secret_link(fields, "download_url", "url"), wire.moment(fields.get("expiry")))


def read_estimate(data: object) -> Estimate:
    """Read an estimate: credits and seconds."""
    fields = wire.mapping(data, "estimate")
    credits = wire.amount(fields.get("credits"))
    if not credits:  # at least 1 by the contract; a limit would hold nothing back that costs 0
        raise WireError("credits is not a number from 1 on")
    duration = wire.number(fields.get("duration"))
    if duration is not None and not 0 <= duration <= _MOST_DURATION_S:
        duration = None
    return Estimate(credits, EstimateSource.SERVICE, duration)


def read_balance(data: object) -> Balance:
    """Read the account's balance in credits."""
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


#: Settings that the status reports in fields of their own, not always in `options_json` (OpenAPI, StatusResponse).
_OWN_FIELDS = ("subject_detection", "face_enhancement", "face_enhancement_creativity", "face_enhancement_strength")


def _echoed(fields: Mapping[str, Any]) -> str:
    """Return the settings that the service used, as one JSON object.

    Text that is not JSON is returned as it is; "" means that nothing is reported.
    """
    reported = fields.get("options_json")
    if not isinstance(reported, str) or len(reported) > wire.SETTINGS:
        reported = ""
    own = {name: fields[name] for name in _OWN_FIELDS if _is_setting(fields.get(name))}
    try:
        options = json.loads(reported) if reported else None
    except json.JSONDecodeError:
        return wire.text(reported, wire.SENTENCE)
    except (ValueError, RecursionError):  # numbers with too many digits, nested too deeply
        return ""
    if not isinstance(options, dict) or not own.keys() - options.keys():
        return without_queries(reported)
    return without_queries(json.dumps(own | options, ensure_ascii=False))


def _is_setting(value: object) -> bool:
    return (
        (isinstance(value, str) and len(value) <= wire.NAME)
        or isinstance(value, bool)
        or wire.number(value) is not None
    )
