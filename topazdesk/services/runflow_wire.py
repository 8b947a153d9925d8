"""Runflow's JSON: builds requests, reads answers.

Source: Runflow's model page for `topaz/upscale/image` (input, output), its run, asset, error and billing pages. No page
shows a whole run object or a whole list, so every shape that is documented anywhere can be read; `wire` explains the
rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.money import Unit, micro_usd
from topazdesk.domain.ports import Balance, RemoteJob, RemotePage, RemoteState, SubmitRequest
from topazdesk.services import wire
from topazdesk.services.wire import WireError, identity, mapping

#: The key of our token in `metadata`. It is sent there as well as in `client_ref`, because only `metadata` is on the
#: model's own page. Model and format are sent there too, because no page says that a run object repeats its input.
METADATA_NAME = "topazdesk"

#: The prefix of all tokens.
OUR_NAMES = "td-"

_STATES = {
    "queued": RemoteState.PENDING,
    "dispatching": RemoteState.PENDING,
    "running": RemoteState.PROCESSING,
    "succeeded": RemoteState.COMPLETED,
    "partial_succeeded": RemoteState.COMPLETED,
    "failed": RemoteState.FAILED,
    "canceled": RemoteState.CANCELLED,
    "cancelled": RemoteState.CANCELLED,
}


def run_body(request: SubmitRequest, asset_id: str, token: str) -> dict[str, Any]:
    """Return the JSON of the call that starts a run, which costs money."""
    values: dict[str, Any] = {
        "model": request.model.api_model,
        "image_url": f"runflow://assets/{asset_id}",
        "output_format": request.format.value,
    }
    if request.size is not None:
        values["upscale_factor"] = upscale_factor(request)
    if request.crop_to_fill:
        values["crop_to_fill"] = True
    metadata = {METADATA_NAME: token, "model": request.model.api_model, "output_format": request.format.value}
    return {"input": values | dict(request.settings), "client_ref": token, "metadata": metadata}


def upscale_factor(request: SubmitRequest) -> float:
    """Return the factor from the picture to the requested size, taken from the longer side, where it is most exact."""
    source, target = request.source_size, request.size
    if source is None or target is None:
        raise ValueError("a factor needs the sizes of source and result")
    wide = source.width >= source.height
    ratio = Fraction(target.width, source.width) if wide else Fraction(target.height, source.height)
    return float(ratio)


def read_upload(data: object) -> tuple[str, str]:
    """Return the id of the new asset and the signed link to upload its bytes to."""
    fields = mapping(data, "asset upload")
    return identity(fields, "asset_id"), wire.secret_link(fields, "upload_url")


def read_created(data: object) -> str:
    """Return the id of the run that was just created; its other fields are asked for later."""
    return _run_id(mapping(data, "run"))


def read_run(data: object, asked: str = "") -> RemoteJob:
    """Return the job of a run object. Raises WireError if `asked` is given and the object is about another run."""
    fields = mapping(data, "run")
    remote_id = _run_id(fields)
    if asked and remote_id != asked:
        raise WireError("id is another one than was asked")
    word = identity(fields, "status_code" if fields.get("status_code") is not None else "status")
    state = _state(word)
    if word.strip().lower() == "partial_succeeded" and result_url(fields) is None:
        state = RemoteState.FAILED
    cost = _cost(fields)
    return RemoteJob(
        remote_id=remote_id,
        source_id="",
        file_name=_token(fields),
        state=state,
        # Runflow reports no progress. A cancelled run with a cost was charged in full.
        percent=100.0 if state is RemoteState.COMPLETED or (state is RemoteState.CANCELLED and cost) else 0.0,
        eta=None,
        created_at=_unix(fields.get("created_at")),
        changed_at=_unix(fields.get("finished_at") or fields.get("completed_at")),
        credits=cost,
        model=_repeated(fields, "model"),
        output_size=_output_size(fields),
        output_format=_repeated(fields, "output_format"),
        failure=_failure(fields),
    )


def read_our_runs(data: object) -> RemotePage:
    """Return those runs of a list that topazdesk started: an account may also run models of other vendors.

    Accepts any of the documented shapes. Raises WireError for anything else, so that only a real empty list counts as
    empty.
    """
    items = data
    if isinstance(data, Mapping):
        items = next((data[k] for k in ("items", "data", "runs", "results") if isinstance(data.get(k), list)), None)
    if not isinstance(items, list):
        raise WireError("the list of runs is not a list")
    jobs, unreadable = wire.singly(items, _ours)
    jobs.sort(key=lambda job: job.created_at or 0.0, reverse=True)
    return RemotePage(tuple(jobs), "", unreadable)


def _ours(item: object) -> RemoteJob | None:
    fields = mapping(item, "run")
    if not isinstance(fields.get("client_ref", ""), str | None):
        raise WireError("client_ref is not a text")
    return read_run(item) if _token(fields) else None


def result_url(data: object) -> str | None:
    """Return the link to the result, or None while there is none."""
    for place in _outputs(mapping(data, "run")):
        url = place.get("url")
        if isinstance(url, str) and 0 < len(url) <= wire.SETTINGS:
            return url
    return None


def read_balance(data: object) -> Balance:
    """Return the balance in millionths of a dollar.

    Reads `balance_cents`, or else `balance` (a decimal text), from one object or a list of them (the old endpoint).
    """
    items = data if isinstance(data, list) else [data]
    if isinstance(data, Mapping):
        nested = next((data[k] for k in ("items", "data") if isinstance(data.get(k), list)), None)
        items = [data] if nested is None else nested
    total: int | None = None
    for item in items:
        amount = _balance_of(mapping(item, "balance"))
        total = amount if total is None else total + amount
    if total is None:
        raise WireError("there is no balance")
    if total > wire.MOST_AMOUNT:
        raise WireError("balance is not an amount")
    return Balance(total, 0, Unit.USD)


def _balance_of(fields: Mapping[str, Any]) -> int:
    currency = fields.get("currency")
    if isinstance(currency, str) and currency.strip().lower() not in ("", "usd"):
        raise WireError("the balance is not in US dollars")
    cents = wire.number(fields.get("balance_cents"))
    found = _micro_usd(fields.get("balance") if cents is None else cents / 100)
    if found is None:
        raise WireError("balance is not an amount")
    return max(0, found)


def _outputs(run: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects whose `url` may be the link to the result, best first."""
    holders = [run.get("output"), run]
    for holder in holders:
        if isinstance(holder, list):
            yield from (one for one in holder if isinstance(one, Mapping))
        if not isinstance(holder, Mapping):
            continue
        listed = holder.get("outputs")
        if isinstance(listed, list):
            yield from (one for one in listed if isinstance(one, Mapping))
        urls = holder.get("image_urls")
        if isinstance(urls, list):
            yield from ({"url": one} for one in urls)
        image = holder.get("image")
        if isinstance(image, Mapping):
            yield image
        if holder is not run:
            yield holder


def _output_size(run: Mapping[str, Any]) -> Size | None:
    for place in _outputs(run):
        if place.get("url"):
            return wire.size(place.get("width"), place.get("height"))
    return None


def _run_id(run: Mapping[str, Any]) -> str:
    return identity(run, "id" if "id" in run else "run_id")


def _token(run: Mapping[str, Any]) -> str:
    """Return our token of a run, or "" if the run is not ours."""
    ref = run.get("client_ref")
    if isinstance(ref, str) and ref.startswith(OUR_NAMES):
        return wire.text(ref)
    metadata = run.get("metadata")
    return wire.text(metadata.get(METADATA_NAME)) if isinstance(metadata, Mapping) else ""


def _repeated(run: Mapping[str, Any], name: str) -> str:
    """Return a field of the input as the run object repeats it, or as we noted it in `metadata`."""
    for holder in (run.get("input"), run.get("metadata")):
        if isinstance(holder, Mapping) and isinstance(value := holder.get(name), str):
            return wire.text(value)
    return ""


def _cost(run: Mapping[str, Any]) -> int | None:
    """Return what the run cost in millionths of a dollar; None if that is missing or not an amount, never a guess."""
    cost = _micro_usd(run.get("cost"))
    return cost if cost is not None and cost >= 0 else None


def _micro_usd(value: object) -> int | None:
    if (
        isinstance(value, bool)
        or not isinstance(value, str | int | float)
        or (isinstance(value, str) and len(value) > 30)
    ):
        return None
    if not isinstance(value, str) and wire.number(value) is None:
        return None
    try:
        return micro_usd(value)
    except ValueError:
        return None


def _failure(run: Mapping[str, Any]) -> str:
    error = run.get("error")
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("code")
    said = wire.text(run.get("failure_message"), wire.SENTENCE) or wire.text(error, wire.SENTENCE)
    return " · ".join(filter(None, (said, wire.text(run.get("failure_code"), 60))))


def _state(word: str) -> RemoteState:
    state = _STATES.get(word.strip().lower())
    if state is None:
        wire.tell_once(f"unknown state of a run, taken as still running: {word[:40]!r}")
        return RemoteState.PROCESSING
    return state


def _unix(value: object) -> float | None:
    """Return an ISO 8601 time in Unix seconds. Nothing depends on it, so anything else counts as missing (None)."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
        return wire.moment((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
