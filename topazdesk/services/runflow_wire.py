"""Runflow on the wire: the JSON that goes out and what comes back.

Source: Runflow's model page for `topaz/upscale/image` (input, output), its run, asset, error and billing pages. No page shows
a whole run object or a whole list, so reading tolerates every shape that is documented somewhere. What decides over money
or a run's identity is not guessed: it raises `WireError`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.money import MICRO_USD, Unit, micro_usd
from topazdesk.domain.ports import Balance, RemoteJob, RemotePage, RemoteState, SubmitRequest
from topazdesk.services.topaz_wire import WireError

_log = logging.getLogger(__name__)

#: The key under which our token travels in `metadata`, beside `client_ref`: `metadata` is on the model's own page. Model and
#: format travel there too, because no page says that a run tells its input again.
METADATA_NAME = "topazdesk"

#: What the tokens of all jobs begin with.
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
    """JSON of the call that starts a run and costs money."""
    values: dict[str, Any] = {
        "model": request.model.api_model,
        "image_url": f"runflow://assets/{asset_id}",
        "output_format": request.format.value,
    }
    if request.size is not None:
        values["upscale_factor"] = upscale_factor(request)
    if request.crop_to_fill:
        values["crop_to_fill"] = True
    told = {METADATA_NAME: token, "model": request.model.api_model, "output_format": request.format.value}
    return {"input": values | dict(request.settings), "client_ref": token, "metadata": told}


def upscale_factor(request: SubmitRequest) -> float:
    """The factor from the picture to the wanted size, along the longer side, where it is most exact."""
    source, target = request.source_size, request.size
    if source is None or target is None:
        raise ValueError("a factor needs the sizes of source and result")
    wide = source.width >= source.height
    ratio = Fraction(target.width, source.width) if wide else Fraction(target.height, source.height)
    return float(ratio)


def read_upload(data: object) -> tuple[str, str]:
    """Id of the new asset and the signed link that takes its bytes."""
    fields = _mapping(data, "asset upload")
    return _needed_text(fields, "asset_id"), _needed_text(fields, "upload_url")


def read_created(data: object) -> str:
    """Id of the run that was just created; its other fields are asked for later."""
    return _run_id(_mapping(data, "run"))


def read_run(data: object) -> RemoteJob:
    """A run object."""
    fields = _mapping(data, "run")
    word = _text(fields, "status_code") or _text(fields, "status")
    if not word:
        raise WireError("status_code is not a text")
    state = _state(word)
    if word.strip().lower() == "partial_succeeded" and result_url(fields) is None:
        state = RemoteState.FAILED
    cost = _cost(fields)
    return RemoteJob(
        remote_id=_run_id(fields),
        source_id="",
        file_name=_token(fields),
        state=state,
        # No progress is told. A cancelled run that names a cost has cost all of it.
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
    """A list of runs, of which only those that topazdesk started: an account may run other models of other makers, too.

    Any of the shapes in use will do. Raises WireError for anything else: an empty list must be one.
    """
    items = data
    if isinstance(data, Mapping):
        items = next((data[k] for k in ("items", "data", "runs", "results") if isinstance(data.get(k), list)), None)
    if not isinstance(items, list):
        raise WireError("the list of runs is not a list")
    jobs = [read_run(item) for item in items if _token(_mapping(item, "run"))]
    return RemotePage(tuple(sorted(jobs, key=lambda job: job.created_at or 0.0, reverse=True)), "")


def result_url(data: object) -> str | None:
    """The link to the result, or None while there is none."""
    for place in _outputs(_mapping(data, "run")):
        url = place.get("url")
        if isinstance(url, str) and url:
            return url
    return None


def read_balance(data: object) -> Balance:
    """Millionths of a dollar, from `balance` (a decimal text), `balance_cents`, or a list of such objects (old endpoint)."""
    items = data if isinstance(data, list) else [data]
    if isinstance(data, Mapping):
        nested = next((data[k] for k in ("items", "data") if isinstance(data.get(k), list)), None)
        items = [data] if nested is None else nested
    total: int | None = None
    for item in items:
        amount = _balance_of(_mapping(item, "balance"))
        total = amount if total is None else total + amount
    if total is None:
        raise WireError("there is no balance")
    return Balance(total, 0, Unit.USD)


def _balance_of(fields: Mapping[str, Any]) -> int:
    currency = fields.get("currency")
    if isinstance(currency, str) and currency.strip().lower() not in ("", "usd"):
        raise WireError("the balance is not in US dollars")
    cents = fields.get("balance_cents")
    if isinstance(cents, int | float) and not isinstance(cents, bool) and math.isfinite(cents):
        return round(cents * MICRO_USD / 100)
    value = fields.get("balance")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WireError("balance is not an amount")
    try:
        return micro_usd(value)
    except ValueError:
        raise WireError("balance is not an amount") from None


def _outputs(run: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The places where a result's link may stand, best first; each is an object with `url`."""
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
        if not place.get("url"):
            continue
        width, height = place.get("width"), place.get("height")
        if isinstance(width, int) and isinstance(height, int) and width >= 1 and height >= 1:
            return Size(width, height)
        return None
    return None


def _run_id(run: Mapping[str, Any]) -> str:
    return _needed_text(run, "id" if "id" in run else "run_id")


def _token(run: Mapping[str, Any]) -> str:
    """Our name of a run, or "" where it is not ours."""
    ref = run.get("client_ref")
    if isinstance(ref, str) and ref.startswith(OUR_NAMES):
        return ref
    metadata = run.get("metadata")
    ref = metadata.get(METADATA_NAME) if isinstance(metadata, Mapping) else None
    return ref if isinstance(ref, str) else ""


def _repeated(run: Mapping[str, Any], name: str) -> str:
    """A field of the input as the run repeats it, or as we noted it in `metadata`."""
    for holder in (run.get("input"), run.get("metadata")):
        if isinstance(holder, Mapping) and isinstance(value := holder.get(name), str):
            return value
    return ""


def _cost(run: Mapping[str, Any]) -> int | None:
    """What the run cost, in millionths of a dollar; a text that is no amount raises: it is money."""
    value = run.get("cost")
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WireError("cost is not an amount")
    try:
        cost = micro_usd(value)
    except ValueError:
        raise WireError("cost is not an amount") from None
    if cost < 0:
        raise WireError("cost is below 0")
    return cost


def _failure(run: Mapping[str, Any]) -> str:
    error = run.get("error")
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("code")
    said = next((t for t in (run.get("failure_message"), error) if isinstance(t, str) and t.strip()), "")
    code = run.get("failure_code")
    word = code if isinstance(code, str) else ""
    return " · ".join(filter(None, (" ".join(said.split())[:300], word[:60])))


_told: set[str] = set()


def _state(word: str) -> RemoteState:
    state = _STATES.get(word.strip().lower())
    if state is None:
        if word not in _told and len(_told) < 100:
            _told.add(word)
            _log.warning("unknown state of a run, taken as still running: %r", word[:40])
        return RemoteState.PROCESSING
    return state


def _unix(value: object) -> float | None:
    """Unix seconds of an ISO 8601 time; a decoration, so anything else counts as missing."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _mapping(data: object, what: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise WireError(f"{what} is not an object")
    return data


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _needed_text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise WireError(f"{name} is not a text")
    return value
