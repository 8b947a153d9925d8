"""Follows an account's running jobs: many with one page of its list, a few one by one. Lost connections fail no job."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Any

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import RemoteJob, Service
from topazdesk.engine.answer_identity import status_of
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_table import StepLostError
from topazdesk.engine.remote_update import apply_remote
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.wake_event import WakeEvent
from topazdesk.errors import (
    AccountError,
    BugError,
    BusyError,
    Code,
    NetworkError,
    NotFoundError,
    ServiceError,
    TopazdeskError,
)
from topazdesk.language import say

_PAGE = 100
#: Up to this many jobs are asked for one by one.
_FEW = 2
#: Jobs asked for one by one in a round in which the list is incomplete.
_MORE = 10
_RETRY_MOST_S = 30.0  # polling is free, so that everything is up to date soon after a connection is back


class Poller:
    """Polls one service for one account. A round makes at most one request for every 100 jobs in flight, and one more.

    A list that cannot be read, completely or in some entries, says nothing about the jobs that it does not show. Then
    some more of these are asked for one by one, others in each round. An unreadable answer about one job delays no
    other.
    """

    def __init__(self, context: EngineContext, account: Account) -> None:
        self._context = context
        self._account = account
        self._name = account.service
        self._due: dict[str, float] = {}
        self._polls: dict[str, int] = {}
        self._unseen: dict[str, None] = {}  # not on the last pages: to be asked for one by one, in this order
        self._unknown_since: dict[str, float] = {}
        self._failures = 0
        self.quiet_until = 0.0  # Unix seconds; after a failed round nothing is asked before then
        self.wake = WakeEvent(f"poll:{account}", context.clock, context.supervisor)

    def _tracked(self) -> list[Job]:
        job_table = self._context.job_table
        ids = (*job_table.ids(JobState.RUNNING), *job_table.ids(JobState.CANCELLING))
        jobs = [job_table[i] for i in ids]
        return [j for j in jobs if j.remote_id and j.account == self._account]

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            tracked = self._tracked()
            self._forget_others({job.id for job in tracked})
            if not tracked or self._context.gate.is_blocked(self._account):
                await self.wake.wait()
                continue
            now = self._context.clock.now()
            for job in tracked:
                if job.id not in self._due:
                    self._due[job.id] = now + self._delay(job, now)
            first = min(self._due.values())
            # After the clock was set back, a job must not wait until it has caught up.
            if now < first <= now + 2 * self._context.policy.poll_max_s:
                await self.wake.wait(first - now)
                continue
            if not self._name.traits.lists_all:  # asked for one by one, so only those that are due
                tracked = [job for job in tracked if self._due[job.id] <= now] or tracked
            await self._guarded_round(tracked)

    def _forget_others(self, ids: set[str]) -> None:
        known: dict[str, Any]
        for known in (self._due, self._polls, self._unknown_since, self._unseen):
            for job_id in known.keys() - ids:
                del known[job_id]

    def _delay(self, job: Job, now: float) -> float:
        age = max(0.0, now - (job.submitted_at or now))
        eta_in = job.remote_eta - now if job.remote_eta else None
        return self._context.policy.poll_delay(age, self._polls.get(job.id, 0), eta_in)

    async def _guarded_round(self, tracked: list[Job]) -> None:
        turn = self._context.gate.turn(self._account)
        try:
            service = await self._context.services.get(self._account)
            if len(tracked) <= _FEW or not self._name.traits.lists_all:
                await self._singly(service, tracked)
            else:
                await self._by_pages(service, tracked)
        except AccountError as error:
            self._context.gate.stop(error, self._account, turn)
        except Exception as error:  # noqa: BLE001 whatever it is, the jobs run on; reported once per outage
            shown = as_shown(error)
            if self._failures == 0 or isinstance(shown, BugError):
                self._context.events.emit(EngineError(_still_running(shown)))
            wait = self._context.policy.backoff(self._failures, shown.retry_after_s)
            self._failures += 1
            wait = max(min(wait, _RETRY_MOST_S), self._context.policy.wish(shown.retry_after_s))
            self.quiet_until = self._context.clock.now() + wait
            await self._context.clock.sleep(wait)
        else:
            self._failures = 0
        now = self._context.clock.now()
        for job in tracked:
            self._polls[job.id] = self._polls.get(job.id, 0) + 1
            self._due[job.id] = now + self._delay(job, now)

    async def _by_pages(self, service: Service, tracked: list[Job]) -> None:
        wanted = {job.remote_id: job.id for job in tracked}
        budget = len(tracked) // _PAGE + 1
        first = next(iter(self._unseen), None)
        if first is not None:
            # It is older than what the pages show: ask for it alone, in place of a page.
            del self._unseen[first]
            await self._singly(service, self._there([first]))
            budget -= 1
        cursor, is_odd = "", False
        fault: ServiceError | None = None
        while budget > 0 and wanted:
            try:
                page = await service.list_jobs(cursor)
            except (NetworkError, BusyError):
                raise
            except ServiceError as error:
                fault = error
                break
            budget -= 1
            is_odd = is_odd or page.unreadable > 0
            found = [(wanted.pop(r.remote_id), r) for r in page.jobs if r.remote_id in wanted]
            await self._context.supervisor.all("seen", (self._seen(job_id, remote) for job_id, remote in found))
            cursor = page.cursor
            if not cursor:
                break
        self._unseen.update(dict.fromkeys(wanted.values()))  # those that are waiting already keep their place
        if is_odd or fault is not None:
            turn = list(islice(self._unseen, _MORE))
            for job_id in turn:
                del self._unseen[job_id]  # goes to the end of the queue if it is not seen now either
            await self._singly(service, self._there(turn))
        if fault is not None:
            raise fault

    async def _singly(self, service: Service, tracked: list[Job]) -> None:
        fault: ServiceError | None = None
        for job in tracked:
            try:
                await self._one(service, job)
            except (NetworkError, BusyError):
                raise
            except ServiceError as error:
                fault = error
        if fault is not None:
            raise fault

    def _there(self, job_ids: Iterable[str]) -> list[Job]:
        """Return those of the jobs that are still in memory."""
        return [job for job_id in job_ids if (job := self._context.job_table.get(job_id)) is not None]

    async def _one(self, service: Service, job: Job) -> None:
        try:
            remote = await status_of(service, job)
        except NotFoundError as error:
            with suppress(StepLostError):  # it was cleared from the list, or is another machine's by now
                await self._unknown(job, error)
        else:
            await self._seen(job.id, remote)

    async def _seen(self, job_id: str, remote: RemoteJob) -> None:
        self._unknown_since.pop(job_id, None)
        self._unseen.pop(job_id, None)
        with suppress(StepLostError):
            await apply_remote(self._context, job_id, remote)

    async def _unknown(self, job: Job, error: NotFoundError) -> None:
        """Handle a job that the service accepted but does not know: expired, deleted, or sent with another key."""
        now = self._context.clock.now()
        since = self._unknown_since.setdefault(job.id, now)
        open_states = {JobState.RUNNING, JobState.CANCELLING}
        if now - (job.submitted_at or job.created_at) > self._context.policy.result_retention_s:
            await self._context.job_table.move(
                job.id, JobState.EXPIRED, only_from=open_states, trouble=expired(job, error)
            )
        elif self._name.traits.repeats_safely:  # its folder was cleared: what it does not know is not there
            trouble = JobError(error.code, error.title, error.hint, f"process {job.remote_id}: {error.details}")
            await self._context.job_table.move(job.id, JobState.FAILED, only_from=open_states, trouble=trouble)
        elif now - since > self._context.policy.unknown_job_timeout_s:
            trouble = JobError(
                Code.SERVICE_JOB_UNKNOWN,
                "The service does not know this job any more",
                say(
                    "It was accepted and may have been charged. If another key was in use then, put that key back "
                    "and try again: that asks for the result and costs nothing."
                ),
                f"process {job.remote_id}: {error.title} {error.details}",
            )
            await self._context.job_table.move(job.id, JobState.FAILED, only_from=open_states, trouble=trouble)


def expired(job: Job, error: TopazdeskError) -> JobError:
    """Return the message for a result that the service no longer has, because it keeps results for some days only."""
    if job.estimate.unit is Unit.NONE:
        return JobError(Code.SERVICE_EXPIRED, error.title, say("Start the picture again: that is free."), error.details)
    return JobError(
        Code.SERVICE_EXPIRED,
        "The result is no longer at the service",
        say(
            "Results are kept there for {days} days. Start the picture again to get a new one; you pay for it again.",
            days=job.recipe.service.traits.keeps_results_days,
        ),
        f"process {job.remote_id}: {error.title} {error.details}",
    )


def _still_running(error: TopazdeskError) -> TopazdeskError:
    """Return the same error, saying that it does not affect running jobs."""
    hint = say(
        "Running jobs go on at the service, and topazdesk will follow them again. {hint:text}", hint=error.hint
    ).strip()
    told = type(error)(error.title, hint)
    told.details = error.details
    told.code = error.code
    told.retry = error.retry
    return told
