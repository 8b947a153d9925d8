"""Finds what trying a job again would only repeat, so that a second press, or another terminal, pays for nothing.

An attempt may be there already; and a service may have made after all what it had called failed or cancelled.
"""

from __future__ import annotations

import asyncio

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft, RemoteJob, RemoteState, Service
from topazdesk.engine.absence import CLOCK_SLACK_S
from topazdesk.engine.answer_identity import is_anothers, status_of
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.jobs_before import is_there
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.listing import furthest, read_listing
from topazdesk.errors import Code, TopazdeskError, UseError
from topazdesk.language import say

#: How long is waited for the service's word; without it, the one it gave before counts.
_WORD_S = 10.0
_GOES_ON = frozenset({RemoteState.PENDING, RemoteState.PROCESSING, RemoteState.COMPLETED})


async def attempt_since(context: EngineContext, job: Job, again: Draft) -> Job | None:
    """Return the job that does or did the same as `again` and was started after `job`, which it is to replace.

    It is unfinished, or its result is there or can be fetched without paying. Raises ComputerError.
    """
    since = [
        context.job_table.get(each.id) or each
        for each in await context.store.of_sources([job.source])
        if _is_later(each, job)
        and (each.recipe.digest, each.trial, each.account) == (job.recipe.digest, job.trial, job.account)
    ]
    if not since:
        return None
    digest = (await context.digests.of([again.info]))[again.info.path]
    for each in since:
        if each.source_digest not in ("", digest):
            continue  # the picture was changed since
        if each.state is JobState.DONE:
            if await asyncio.to_thread(is_there, context.digests, each):
                return each
        elif not each.state.is_final or each.is_paid_and_lacking:
            return each
    return None


def _is_later(each: Job, job: Job) -> bool:
    """Tell whether a job was made after another one like it, also where the clock was set back in between.

    New jobs go behind all others in the queue, new trials before them. Those of one click have one time.
    """
    if each.created_at >= job.created_at:
        return each.created_at > job.created_at
    return each.position < job.position if job.trial is not None else each.position > job.position


def check_price(job: Job, again: Draft) -> None:
    """Raise UseError if `again` costs more than `job` was to: that price was said before the press, and no other."""
    was, now = job.estimate, again.estimate
    if was.is_known and now.is_known and was.unit is now.unit and now.credits > was.credits:
        raise UseError(
            "This costs more by now",
            say(
                "It was {before:text}, now it is {now:text}. Nothing was sent. To accept the new price, enhance the "
                "picture anew.",
                before=was.text,
                now=now.text,
            ),
            code=Code.USE_PRICE_CHANGED,
        )


async def made_after_all(context: EngineContext, job: Job) -> Job | None:
    """Follow the job again if its service says by now that it goes on or is done, and return it; else None.

    Also one that was given up while nobody knew whether it had arrived. What it costs is held again, without asking for
    limits: it is spent. Raises ComputerError.
    """
    try:
        async with asyncio.timeout(_WORD_S):
            remote = await _word_of(await context.service_of(job), job)
    except (TimeoutError, TopazdeskError):
        return None
    if remote is None or remote.state not in _GOES_ON or is_anothers(job, remote):
        return None
    if not job.remote_id and await context.store.unknown({remote.remote_id: ()}) != {remote.remote_id}:
        return None  # it was fetched under another name, as a result that nobody knew
    return await context.job_table.move(
        job.id,
        JobState.RUNNING,
        insist=False,
        note="the service goes on with it after all",
        money=MoneyMove(MoneyKind.FOUND, context.clock.now(), job.estimate.credits),
        only_from={job.state},
        remote_id=remote.remote_id,
        source_id=job.source_id or remote.source_id,
        submitted_at=job.submitted_at or remote.created_at or context.clock.now(),
        trouble=None,
        charged=None,
        refunded=None,
        cancel_wanted=False,
        attempts=0,
    )


async def _word_of(service: Service, job: Job) -> RemoteJob | None:
    """Return what the service says about a job; one of which it never told the number is looked for by its token.

    None where it does not have it, or where nobody can tell whose it is, as others used the same upload.
    """
    if job.remote_id:
        return await status_of(service, job)
    if not job.intent_at or job.upload_group:
        return None
    found = await service.find(job.token)
    if found is None:
        since = job.intent_at - CLOCK_SLACK_S
        return (await read_listing(service, {job.token}, {}, since=since, until_older=True)).found.get(job.token)
    return furthest(found) if found else None
