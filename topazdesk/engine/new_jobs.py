"""Makes jobs from drafts: names, tokens, order, and the check, before anything is paid, that results can be saved."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from topazdesk.domain.account import DEFAULT_ACCOUNT
from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import draft, estimate_request
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.token import new_token
from topazdesk.engine import files
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.job_table import trouble_of
from topazdesk.engine.result_paths import folder_of
from topazdesk.engine.sane_reports import amount
from topazdesk.errors import Code, ComputerError, TopazdeskError, UseError

#: Jobs made in one turn of the event loop, some 2 ms: thousands at once must not block the window.
_AT_ONCE = 100
#: How long a price that the service confirmed stands, and how long it is waited for another one.
_PRICE_STANDS_S, _ANSWER_S = 86_400.0, 10.0


def new_job(
    draft: Draft,
    run_id: str,
    position: int,
    now: float,
    mark: str = "",
    hours: SendingHours | None = None,
    account_id: str = DEFAULT_ACCOUNT,
) -> Job:
    """Return a queued job with a new id and a new token; `mark` is the mark of the job list in the token.

    `account_id` is the account that will pay for it, for good.
    """
    info, model, recipe = draft.info, draft.model, draft.recipe
    return Job(
        id=uuid.uuid4().hex,
        token=new_token(mark),
        run_id=run_id,
        source=Path(info.path),
        source_digest="",
        source_size=info.size,
        recipe=recipe,
        target_size=draft.target,
        estimate=draft.estimate,
        state=JobState.QUEUED,
        created_at=now,
        changed_at=now,
        format=recipe.output.format_for(info.format, model.formats),
        position=position,
        source_bytes=info.bytes_on_disk,
        source_mtime_ns=info.mtime_ns,
        trial=draft.trial,
        hours=hours,
        account_id=account_id,
    )


async def folder_faults(
    context: EngineContext, drafts: Sequence[Draft], check: Callable[[Path], None] = files.check_writable
) -> dict[Path, ComputerError]:
    """Return the errors of the output folders that cannot be written, unless they are left to another machine.

    Each folder is tried with a real file.
    """

    def work() -> dict[Path, ComputerError]:
        found = {}
        named = {d.recipe.output.folder for d in drafts}  # mostly one for all: comparing thousands of paths is slow
        beside = {d.info.path.parent for d in drafts if not d.recipe.output.folder}
        for folder in {Path(name) for name in named if name} | beside:
            try:
                check(folder)
                context.drives.require(folder)
            except ComputerError as error:
                found[folder] = error
        return found

    found = await asyncio.to_thread(work)
    return {folder: fault for folder, fault in found.items() if not await context.others.write_there(folder, fault)}


async def jobs_for(
    context: EngineContext,
    drafts: Sequence[Draft],
    run_id: str,
    hours: SendingHours | None = None,
    account_id: str = DEFAULT_ACCOUNT,
) -> tuple[Job, ...]:
    """Return the jobs of one run; one whose folder cannot be written is failed from the start, unpaid.

    Raises ComputerError when none of the folders can be written.
    """
    faults = await folder_faults(context, drafts)
    if faults and all(folder_of(d.info.path, d.recipe.output.folder) in faults for d in drafts):
        raise next(iter(faults.values()))
    now, mark = context.clock.now(), await context.store.token_mark()
    positions = [job.position for job in context.job_table.all()]
    first = 1 + max(positions, default=0)
    if all(one.trial is not None for one in drafts):  # somebody is waiting for these
        first = min(positions, default=0) - len(drafts)
    jobs = []
    for position, one in enumerate(drafts, first):
        job = new_job(one, run_id, position, now, mark, hours, account_id)
        job = replace(job, source_digest=context.digests.known(one.info))  # so that only this content is sent
        fault = faults.get(folder_of(one.info.path, one.recipe.output.folder)) if faults else None
        if fault is not None:
            job = replace(job, state=JobState.FAILED, trouble=trouble_of(fault))
        jobs.append(job)
        if len(jobs) % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return tuple(jobs)


async def _price_now(context: EngineContext, job: Job, info: ImageInfo, model: Model) -> Estimate | None:
    """Return what the service asks by now, None where it cannot say."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            service = await context.service_of(job)
            found = await service.estimate(estimate_request(info, model, job.recipe))
    except (TimeoutError, TopazdeskError):
        return None
    return found if amount(found.credits) is not None else None


async def draft_again(context: EngineContext, job: Job) -> Draft:
    """Return a fresh draft of a job's picture, read and priced again.

    A price that the service confirmed is kept if the size is unchanged; after a day it is asked for anew, if the
    service can be reached. Raises InputError, UseError.
    """
    recipe = job.recipe
    model = context.catalogue.by_slug(recipe.service, recipe.model)
    if model is None:
        raise UseError("This model is no longer in the catalogue", "Choose another one.", code=Code.USE_MODEL_GONE)
    info = await asyncio.to_thread(context.pictures.probe, job.source, job.recipe.page)
    confirmed = job.estimate if job.estimate.is_confirmed and info.size == job.source_size else None
    if confirmed is not None and not -_PRICE_STANDS_S < context.clock.now() - job.created_at < _PRICE_STANDS_S:
        confirmed = await _price_now(context, job, info, model) or confirmed
    return replace(draft(info, model, recipe, confirmed=confirmed), trial=job.trial)
