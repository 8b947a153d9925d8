"""Runflow's runs, as jobs of the sandbox (create, get, list by `client_ref`), and the balance in dollars.

Both APIs share one account with credits; here a credit is worth $0.08, Runflow's price for an image. A run is stored as
a job whose endpoint begins with "runflow/", which the Topaz API does not show.
"""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from topazdesk.domain.catalogue import Model, Tier
from topazdesk.domain.geometry import Size
from topazdesk.sandbox import jobs, ledger
from topazdesk.sandbox.autopilot import all_settings
from topazdesk.sandbox.context import Sandbox, sandbox_of, uuid_of
from topazdesk.sandbox.faults import canned, effect_on, set_effect
from topazdesk.sandbox.jobs import CANCELLED, COMPLETED, FAILED, PENDING, PROCESSING, RUNFLOW, SandboxJob, Source
from topazdesk.sandbox.links import root_of
from topazdesk.sandbox.runflow_answers import RunflowError, iso, json_object
from topazdesk.sandbox.runflow_input import DEFAULT_MODEL, RunInput
from topazdesk.sandbox.scenario import NO_EFFECT, Effect
from topazdesk.sandbox.sources import lose_source

USD_A_CREDIT = Decimal("0.08")
LINK_S = 3 * 24 * 3600
_STATES = {
    PENDING: "queued",
    PROCESSING: "running",
    COMPLETED: "succeeded",
    FAILED: "failed",
    CANCELLED: "cancelled",
}
_FILTER = re.compile(r"client_ref\.EQ:'([^']*)'")
_PAGE_SIZE = 100
_MAX_METADATA = 65_536


@dataclass(frozen=True, slots=True)
class RunflowRun:
    """The data of a run that its job does not have."""

    id: str
    client_ref: str | None
    metadata: dict[str, Any] | None


async def create(request: Request) -> Response:
    """Handle `POST /v1/models/topaz/upscale/image/runs`: 201 with the run; 402, 422."""
    sandbox = sandbox_of(request)
    body = await json_object(request)
    effect = _effect(request, sandbox, body)
    prescribed = canned(effect)
    if prescribed is not None:
        return prescribed
    run_input = sandbox.runflow.read(body)
    _check_callback(body)
    if effect.lose_source:
        await lose_source(sandbox, run_input.image_url.removeprefix("runflow://assets/"))
    source = await _source(sandbox, run_input.image_url)
    job = _job(sandbox, run_input, source, effect)
    run = RunflowRun(job.id, _client_ref(body), _metadata(body))
    await sandbox.database.run(_add, job, run)
    sandbox.workshop.start(job)
    return JSONResponse(_object(request, sandbox, job, run, fresh=False), 201)


async def one(request: Request) -> Response:
    """Handle `GET /v1/runs/{run_id}`: the run; `add_signature=true` renews its links; 404."""
    sandbox = sandbox_of(request)
    run_id = uuid_of(request.path_params["run_id"])
    found = None if run_id is None else await sandbox.database.run(_get, run_id, sandbox.now())
    if found is None:
        raise RunflowError(404, "Unknown run.", "RUN_NOT_FOUND")
    fresh = request.query_params.get("add_signature") == "true"
    return JSONResponse(_object(request, sandbox, *found, fresh=fresh))


async def many(request: Request) -> Response:
    """Handle `GET /v1/runs`: runs, newest first; with `q=client_ref.EQ:'…'` those of that name; 422 for other `q`."""
    sandbox = sandbox_of(request)
    query = request.query_params.get("q")
    client_ref = None
    if query is not None:
        match = _FILTER.fullmatch(query)
        if match is None:
            raise RunflowError(422, "q: this filter is not known.")
        client_ref = match[1]
    found = await sandbox.database.run(_list, client_ref, sandbox.now())
    return JSONResponse({"items": [_object(request, sandbox, job, run, fresh=False) for job, run in found]})


async def cancel(_request: Request) -> Response:
    """Handle `POST /v1/admin/runs/{run_id}/cancellation`: always 401, as the account has no administrator's key."""
    raise RunflowError(401, "A service key is needed.")


async def balance(request: Request) -> Response:
    """Handle `GET /v1/billing/balance`. Only success is charged, so what unfinished runs may cost still counts."""
    account = await sandbox_of(request).database.run(ledger.account)
    amount = _dollars(account.available + account.reserved)
    return JSONResponse({"id": "sandbox", "org_id": "sandbox", "balance": amount, "low_balance_threshold": None})


async def health(_request: Request) -> Response:
    """Handle `GET /v1/health`."""
    return JSONResponse({"status": "ok"})


def _effect(request: Request, sandbox: Sandbox, body: dict[str, object]) -> Effect:
    effect = effect_on(request.scope)
    if effect is NO_EFFECT:
        given = body.get("input")
        name = given.get("model", DEFAULT_MODEL) if isinstance(given, dict) else ""
        effect = sandbox.scenario.effect(request.method, request.url.path, str(name))
        set_effect(request.scope, effect)
    return effect


async def _source(sandbox: Sandbox, url: str) -> Source:
    """Return the asset that `image_url` names. The sandbox fetches nothing from elsewhere: RunflowError 422."""
    asset_id = url.removeprefix("runflow://assets/")
    found = None
    if asset_id != url:
        found = await sandbox.database.run(jobs.get_source, asset_id, sandbox.now())
    if found is None or not sandbox.state.source(found.id).exists():
        raise RunflowError(422, "input.image_url: not a known asset (the sandbox takes runflow://assets/… only).")
    return found


def _job(sandbox: Sandbox, run_input: RunInput, source: Source, effect: Effect) -> SandboxJob:
    size = Size(source.width, source.height)
    target = size.scaled(run_input.factor)
    if not target.fits_sides():
        raise RunflowError(422, "input.upscale_factor: the result would be too large.")
    model = run_input.model
    pace = sandbox.pace
    now = sandbox.now()
    generative = model.tier is not Tier.PRECISE
    settings = all_settings(model, run_input.sent, source.digest)
    return SandboxJob(
        id=str(uuid4()),
        source_id=source.id,
        filename=source.filename,
        endpoint=RUNFLOW + ("enhance-gen" if generative else "enhance"),
        model=model.api_model,
        input_format=source.format,
        input_width=size.width,
        input_height=size.height,
        output_format=run_input.format,
        output_width=target.width,
        output_height=target.height,
        crop_to_fill=run_input.crop_to_fill,
        settings=settings,
        status=PENDING,
        progress=0,
        created=now,
        modified=now,
        started=None,
        queue_s=pace.queue_s() if effect.queue_s is None else effect.queue_s,
        takes_s=pace.work_s(target, generative=generative) if effect.job_s is None else effect.job_s,
        credits=_credits(model, target) if effect.credits is None else effect.credits,
        fail_at=effect.fail_job,
        refund=effect.refund,
    )


def _credits(model: Model, target: Size) -> int:
    """Return the price in credits. It is published up to 24 MP only; beyond, the sandbox goes on in the same steps."""
    return model.price.credits_for(target) // model.price.step_amount


def _dollars(credits: int) -> str:
    return f"{credits * USD_A_CREDIT:.4f}"


def _check_callback(body: dict[str, object]) -> None:
    """Check `callback_url`, which is accepted but never called: the sandbox sends nothing to anybody."""
    if not isinstance(body.get("callback_url"), str | None):
        raise RunflowError(422, "callback_url: a text is needed.")


def _client_ref(body: dict[str, object]) -> str | None:
    value = body.get("client_ref")
    if value is not None and (not isinstance(value, str) or len(value) > 255):
        raise RunflowError(422, "client_ref: a text of up to 255 characters is needed.")
    return value


def _metadata(body: dict[str, object]) -> dict[str, Any] | None:
    value = body.get("metadata")
    if value is not None and not isinstance(value, dict):
        raise RunflowError(422, "metadata: an object is needed.")
    if value is not None and len(json.dumps(value)) > _MAX_METADATA:
        raise RunflowError(422, "metadata: this is too much.")
    return value


def _object(request: Request, sandbox: Sandbox, job: SandboxJob, run: RunflowRun, *, fresh: bool) -> dict[str, Any]:
    """Return the run with all documented fields. Runflow reports no progress."""
    is_done, is_failed = job.status == COMPLETED, job.status == FAILED
    output = None
    if is_done:
        lifetime = effect_on(request.scope).link_s
        expiry = int((sandbox.now() if fresh else job.modified) + (LINK_S if lifetime is None else lifetime))
        url = sandbox.signer.link(root_of(request), "results", job.id, "GET", expiry)
        picture = {"url": url, "type": "image", "width": job.output_width, "height": job.output_height}
        output = {"outputs": [picture], "nsfw_detected": None, "seed": None, "timing": None}
    return {
        "id": job.id,
        "status_code": _STATES[job.status],
        "client_ref": run.client_ref,
        "metadata": run.metadata,
        "output": output,
        "failure_code": "PROVIDER_ERROR" if is_failed else None,
        "failure_stage": "inference" if is_failed else None,
        "failure_message": "The model could not work with this image." if is_failed else None,
        "error": None,
        "cost": _dollars(job.credits) if is_done else None,
        "duration_ms": round((job.modified - job.created) * 1000) if job.is_finished else None,
        "created_at": iso(job.created),
        "started_at": iso(job.started),
        "finished_at": iso(job.modified) if job.is_finished else None,
    }


def _add(db: sqlite3.Connection, job: SandboxJob, run: RunflowRun) -> None:
    jobs.add(db, job, None)
    metadata = None if run.metadata is None else json.dumps(run.metadata)
    db.execute("INSERT INTO runs VALUES (?, ?, ?)", (run.id, run.client_ref, metadata))


def _get(db: sqlite3.Connection, run_id: str, now: float) -> tuple[SandboxJob, RunflowRun] | None:
    job = jobs.get(db, run_id, now, api=RUNFLOW)
    return None if job is None else (job, _run(db, run_id))


def _list(db: sqlite3.Connection, client_ref: str | None, now: float) -> list[tuple[SandboxJob, RunflowRun]]:
    if client_ref is None:
        return [(job, _run(db, job.id)) for job in jobs.page(db, None, _PAGE_SIZE, now, api=RUNFLOW)]
    rows = db.execute("SELECT id FROM runs WHERE client_ref = ? ORDER BY rowid DESC LIMIT ?", (client_ref, _PAGE_SIZE))
    found = [_get(db, row["id"], now) for row in rows.fetchall()]
    return [pair for pair in found if pair is not None]


def _run(db: sqlite3.Connection, run_id: str) -> RunflowRun:
    row = db.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
    return RunflowRun(row["id"], row["client_ref"], json.loads(row["metadata"]) if row["metadata"] else None)
