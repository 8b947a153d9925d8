"""Turns what a service reports about a job into the job's next state and into ledger entries."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import amount_text
from topazdesk.domain.ports import RemoteJob, RemoteState
from topazdesk.engine.answer_identity import is_anothers
from topazdesk.engine.attention import looking
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_table import StepLostError
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.mixed_up import is_mates
from topazdesk.engine.sane_reports import sane
from topazdesk.errors import Code, ServiceError
from topazdesk.language import say

#: A charge of more than this many times the estimate is reported at once, not only in the ledger.
_FAR_ABOVE = 3
_OPEN = frozenset({JobState.DOUBTFUL, JobState.RUNNING, JobState.CANCELLING})


async def apply_remote(context: EngineContext, job_id: str, remote: RemoteJob) -> Job:
    """Bring a job that is at the service up to date. A report that comes too late for the job's state is dropped.

    Raises StepLostError for a job that is not in memory any more.
    """
    job, job_table, now = context.job_table.get(job_id), context.job_table, context.clock.now()
    if job is None:
        raise StepLostError(job_id)
    if job.state not in _OPEN:
        return job
    if await _is_told_wrongly(context, job, remote):
        return await _doubt_wrong_id(context, job, remote)
    remote = sane(remote, now)
    facts: dict[str, Any] = {
        "remote_id": remote.remote_id,
        # What the submit named or answered counts. Taken from a list that shows other ids of uploads, that list would
        # confirm itself later, and prove a job on the real upload absent.
        "source_id": job.source_id or remote.source_id,
        "submitted_at": job.submitted_at or remote.created_at or now,
        "echoed": remote.echoed or job.echoed,
        "remark": remote.remark,
        "attempts": 0,
    }
    note = "found at the service" if job.state is JobState.DOUBTFUL else ""
    match remote.state:
        case RemoteState.PENDING | RemoteState.PROCESSING:
            if job.state is not JobState.DOUBTFUL:
                if remote.remark != job.remark:
                    with suppress(StepLostError):  # what another machine has written since counts
                        await job_table.update(job_id, remark=remote.remark)
                job_table.progress(job_id, remote.percent, remote.eta)
                return job_table.get(job_id) or job
            return await job_table.move(
                job_id,
                JobState.RUNNING,
                note=note,
                only_from={JobState.DOUBTFUL},
                percent=remote.percent,
                remote_eta=remote.eta,
                trouble=None,
                **facts,
            )
        case RemoteState.COMPLETED:
            # A service that does not say what it charged is booked at the estimate, the best figure there is.
            cost = job.estimate.credits if remote.credits is None else remote.credits
            if cost == 0 and job.estimate.is_known and job.estimate.credits > 0:
                facts["remark"] = facts["remark"] or _no_charge(job)
            ready = await job_table.move(
                job_id,
                JobState.READY,
                note=note or ("it had finished before the cancel" if job.cancel_wanted else ""),
                money=MoneyMove(MoneyKind.CHARGE, now, cost),
                only_from=_OPEN,
                percent=100.0,
                remote_eta=None,
                charged=cost,
                completed_at=now,
                result_size=remote.output_size,
                cancel_wanted=False,
                trouble=None,
                **facts,
            )
            if job.estimate.is_known and cost > _FAR_ABOVE * job.estimate.credits > 0:
                context.events.emit(EngineError(_far_above(job, cost)))
            return ready
        case RemoteState.CANCELLED:
            cost = cancelled_cost(job.estimate.credits, remote.credits, remote.percent)
            return await job_table.move(
                job_id,
                JobState.CANCELLED,
                note=note,
                money=MoneyMove(MoneyKind.CHARGE, now, cost),
                only_from=_OPEN,
                charged=cost,
                **facts,
            )
        case RemoteState.FAILED:
            back = job.estimate.credits if remote.credits is None else remote.credits
            return await job_table.move(
                job_id,
                JobState.FAILED,
                note=note,
                money=MoneyMove(MoneyKind.REFUND, now, back),
                only_from=_OPEN,
                charged=0,
                refunded=back,
                trouble=_failed(job, remote),
                **facts,
            )


async def take_back(context: EngineContext, job_id: str, remote: RemoteJob) -> None:
    """Make a job a doubt if what the service reports under its number shows that the number is another job's."""
    job = context.job_table[job_id]
    if job.state in _OPEN and await _is_told_wrongly(context, job, remote):
        await _doubt_wrong_id(context, job, remote)


async def _is_told_wrongly(context: EngineContext, job: Job, remote: RemoteJob) -> bool:
    return is_anothers(job, remote) or await is_mates(context, job, remote)


async def _doubt_wrong_id(context: EngineContext, job: Job, remote: RemoteJob) -> Job:
    """Treat the process id that a submit returned as wrong: it belongs to another picture.

    The job becomes a doubt, and the service's list decides by the name. The upload's id goes, too, if it came with the
    same answer.
    """
    return await context.job_table.move(
        job.id,
        JobState.DOUBTFUL,
        note="its number is another job's",
        only_from={JobState.RUNNING, JobState.CANCELLING},
        remote_id="",
        source_id=job.source_id if job.by_source else "",
        submitted_at=None,
        handed_over=True,
        trouble=looking(f"process {remote.remote_id} is “{remote.file_name[:80]}”"),
    )


def cancel_cost(credits: int, percent: float) -> int:
    """Return what a cancelled job costs in credits: the share done × 1.1, nothing at 0 % (facts 2.5)."""
    return min(credits, math.ceil(credits * 1.1 * percent / 100.0 - 1e-9))


def cancelled_cost(estimate: int, reported: int | None, percent: float) -> int:
    """Return what a cancelled job has cost.

    The service reports "credits that will be or were consumed": either still the whole price, or what it has kept.
    If it is the whole price, the rule says what was kept; any other figure is the service's own word.
    """
    return cancel_cost(estimate, percent) if reported is None or reported == estimate else reported


def _far_above(job: Job, cost: int) -> ServiceError:
    service = job.recipe.service.label
    return ServiceError(
        say(
            "{service} charged {cost:text} for one picture", service=service, cost=amount_text(cost, job.estimate.unit)
        ),
        say(
            "The estimate was {estimate:text}. The result is downloaded as usual. If you did not expect that, pause "
            "the queue and ask {service}.",
            estimate=job.estimate.text,
            service=service,
        ),
        details=f"process {job.remote_id}",
        code=Code.SERVICE_CHARGE_FAR_ABOVE,
    )


def _no_charge(job: Job) -> JobError:
    """Return what is said of a finished job that cost nothing by the service's word: its books may only be late."""
    service = job.recipe.service.label
    return JobError(
        Code.SERVICE_NO_CHARGE,
        say("{service} says that it charged nothing", service=service),
        say(
            "The estimate was {estimate:text}. The books here have what the service said; compare them with the "
            "balance of the account.",
            estimate=job.estimate.text,
        ),
        f"process {job.remote_id}: credits 0",
    )


def _failed(job: Job, remote: RemoteJob) -> JobError:
    service = job.recipe.service
    said = (
        say("{service} says: “{failure}”.", service=service.label, failure=remote.failure.rstrip("."))
        if remote.failure
        else ""
    )
    money = service.traits.failure_refund.format(price=job.estimate.text)
    return JobError(
        Code.SERVICE_JOB_FAILED,
        "The service could not make this picture",
        " ".join(filter(None, (said, money, say("Try again, or try another model or size.")))),
        f"process {remote.remote_id}: {remote.failure or 'no reason given'}",
    )
