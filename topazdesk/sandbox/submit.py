"""Handle `POST /image/v1/{endpoint}/async`, the paid call.

It checks everything first, then stores the job and reserves its credits in one transaction, then responds.
"""

from __future__ import annotations

from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from topazdesk.domain.geometry import Size
from topazdesk.sandbox import jobs
from topazdesk.sandbox.answers import ApiError
from topazdesk.sandbox.autopilot import all_settings, reported, sent_settings
from topazdesk.sandbox.context import Sandbox, sandbox_of
from topazdesk.sandbox.faults import canned, effect_on, set_effect
from topazdesk.sandbox.jobs import PENDING, SandboxJob, Source
from topazdesk.sandbox.models import CATEGORIES, SIZED_ENDPOINTS
from topazdesk.sandbox.multipart_form import Form, flag, read_form
from topazdesk.sandbox.scenario import NO_EFFECT, Effect
from topazdesk.sandbox.sizes import check_limits, made_size, output_format, output_size
from topazdesk.sandbox.sources import lose_source, source_of


async def submit(request: Request) -> Response:
    """Start a job. Errors: 400, 402, 404 (no such endpoint), 413, 415, 422.

    `webhook_url` is accepted but never called: the sandbox sends nothing to anybody, and no local client needs it.
    """
    endpoint: str = request.path_params["endpoint"]
    if endpoint not in CATEGORIES:
        raise ApiError(404, "Not Found")
    sandbox = sandbox_of(request)
    with await read_form(request, sandbox.state.incoming) as form:
        effect = _effect(request, sandbox, form)
        prescribed = canned(effect)
        if prescribed is not None:
            return prescribed
        if effect.lose_source:
            await lose_source(sandbox, form.fields.get("source_id", ""))
        source, is_new = await source_of(sandbox, form, endpoint)
        job = _job(sandbox, endpoint, form, source, effect)
        await _add(sandbox, form, job, source if is_new else None)
    sandbox.workshop.start(job)
    eta = int(job.eta)
    return JSONResponse(
        {"process_id": job.id, "source_id": job.source_id, "eta": eta},
        headers={"X-Process-ID": job.id, "X-Source-ID": job.source_id, "X-ETA": str(eta)},
    )


def _effect(request: Request, sandbox: Sandbox, form: Form) -> Effect:
    """Return the scenario's effect on the request; if there is none yet, that of a rule with the requested model."""
    effect = effect_on(request.scope)
    if effect is NO_EFFECT:
        effect = sandbox.scenario.effect(request.method, request.url.path, form.fields.get("model", ""))
        set_effect(request.scope, effect)
    return effect


def _job(sandbox: Sandbox, endpoint: str, form: Form, source: Source, effect: Effect) -> SandboxJob:
    """Check a request and return its job. Raises ApiError 400 and 413."""
    if effect.retire:
        sandbox.models.retire(endpoint, form.fields.get("model", ""))
    name, model = sandbox.models.find(endpoint, form.fields.get("model"))
    file_format = output_format(endpoint, form.fields)
    size = Size(source.width, source.height)
    target = made_size(model, size, output_size(endpoint, form.fields, size))
    crop = endpoint in SIZED_ENDPOINTS and flag(form.fields, "crop_to_fill")
    unknown = {*effect.ignore, *effect.rename}
    sent = sent_settings(model, {name: text for name, text in form.fields.items() if name not in unknown})
    check_limits(model, size, target)
    now = sandbox.now()
    pace = sandbox.pace
    return SandboxJob(
        id=str(uuid4()),
        source_id=source.id,
        filename=source.filename,
        endpoint=endpoint,
        model=name,
        input_format=source.format,
        input_width=size.width,
        input_height=size.height,
        output_format=file_format,
        output_width=target.width,
        output_height=target.height,
        crop_to_fill=crop,
        settings=reported(all_settings(model, sent, source.digest), effect),
        status=PENDING,
        progress=0,
        created=now,
        modified=now,
        started=None,
        queue_s=pace.queue_s() if effect.queue_s is None else effect.queue_s,
        takes_s=pace.work_s(target, generative=model.is_generative) if effect.job_s is None else effect.job_s,
        credits=sandbox.models.credits(model, target) if effect.credits is None else effect.credits,
        fail_at=effect.fail_job,
        refund=effect.refund,
    )


async def _add(sandbox: Sandbox, form: Form, job: SandboxJob, new_source: Source | None) -> None:
    """Store the job and its source and reserve the credits, in one transaction.

    A new source's file is moved into place before, and deleted when the credits do not suffice.
    """
    if new_source is None:
        await sandbox.database.run(jobs.add, job, None)
        return
    if form.upload is None:
        raise RuntimeError("a new source without its file")
    place = sandbox.state.source(new_source.id)
    form.upload.path.replace(place)
    try:
        await sandbox.database.run(jobs.add, job, new_source)
    except ApiError:
        place.unlink(missing_ok=True)
        raise
