"""Follows the running jobs of one service: many with one page, a few one by one; a lost connection fails none of them."""

from __future__ import annotations

from itertools import islice
from typing import Any

from topazdesk.domain.job import Job, JobState, Trouble
from topazdesk.domain.ports import RemoteJob, Service
from topazdesk.domain.services import ServiceName
from topazdesk.engine.bell import Bell
from topazdesk.engine.events import Trouble as TroubleEvent
from topazdesk.engine.named import status_of
from topazdesk.engine.outcome import apply_remote
from topazdesk.engine.parts import Parts
from topazdesk.engine.supervisor import as_shown
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

_PAGE = 100
_FEW = 2
_MORE = 10
_RETRY_MOST_S = 30.0  # looking costs nothing: soon after a connection is back, all is up to date


class Poller:
    """One a service. Requests a round: at most one for each 100 jobs in flight, and one more.

    A list that cannot be read, wholly or in some entries, says nothing of the jobs it does not show: a few of them more are asked
    singly then, each round others. An answer about one job that cannot be read holds up no other.
    """

    def __init__(self, parts: Parts, name: ServiceName) -> None:
        self._p = parts
        self._name = name
        self._due: dict[str, float] = {}
        self._polls: dict[str, int] = {}
        self._unseen: dict[str, None] = {}  # not on the pages read last time: asked singly, in this order
        self._unknown_since: dict[str, float] = {}
        self._failures = 0
        self.quiet_until = 0.0  # Unix seconds: after a failed round nothing is asked before
        self.bell = Bell(f"poll:{name}", parts.clock, parts.supervisor)

    def _tracked(self) -> list[Job]:
        book = self._p.book
        ids = (*book.ids(JobState.RUNNING), *book.ids(JobState.CANCELLING))
        jobs = [book[i] for i in ids]
        return [j for j in jobs if j.recipe.service is self._name and j.remote_id]

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            tracked = self._tracked()
            self._forget_others({job.id for job in tracked})
            if not tracked or self._p.gate.is_blocked(self._name):
                await self.bell.wait()
                continue
            now = self._p.clock.now()
            for job in tracked:
                if job.id not in self._due:
                    self._due[job.id] = now + self._delay(job, now)
            first = min(self._due.values())
            # A clock that was set back must not make a job wait for it to catch up.
            if now < first <= now + 2 * self._p.policy.poll_most:
                await self.bell.wait(first - now)
                continue
            if not self._name.traits.lists_all:  # asked one by one, so only those whose turn it is
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
        return self._p.policy.poll_delay(age, self._polls.get(job.id, 0), eta_in)

    async def _guarded_round(self, tracked: list[Job]) -> None:
        try:
            service = await self._p.services.get(self._name)
            if len(tracked) <= _FEW or not self._name.traits.lists_all:
                await self._singly(service, tracked)
            else:
                await self._by_pages(service, tracked)
        except AccountError as error:
            self._p.gate.stop(error, self._name)
        except Exception as error:  # noqa: BLE001 whatever it is, the jobs run on at the service; told once an outage
            shown = as_shown(error)
            if self._failures == 0 or isinstance(shown, BugError):
                self._p.events.emit(TroubleEvent(_still_running(shown)))
            wait = self._p.policy.backoff(self._failures, shown.retry_after_s)
            self._failures += 1
            wait = max(min(wait, _RETRY_MOST_S), self._p.policy.wish(shown.retry_after_s))
            self.quiet_until = self._p.clock.now() + wait
            await self._p.clock.sleep(wait)
        else:
            self._failures = 0
        now = self._p.clock.now()
        for job in tracked:
            self._polls[job.id] = self._polls.get(job.id, 0) + 1
            self._due[job.id] = now + self._delay(job, now)

    async def _by_pages(self, service: Service, tracked: list[Job]) -> None:
        wanted = {job.remote_id: job.id for job in tracked}
        budget = len(tracked) // _PAGE + 1
        first = next(iter(self._unseen), None)
        if first is not None:
            # Older than what the pages show: one of them singly, in place of a page.
            del self._unseen[first]
            await self._singly(service, [self._p.book[first]])
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
            await self._p.supervisor.all("seen", (self._seen(job_id, remote) for job_id, remote in found))
            cursor = page.cursor
            if not cursor:
                break
        self._unseen.update(dict.fromkeys(wanted.values()))  # those that wait for their turn already keep their place
        if is_odd or fault is not None:
            turn = list(islice(self._unseen, _MORE))
            for job_id in turn:
                del self._unseen[job_id]  # to the end, where it is not seen now either
            await self._singly(service, [self._p.book[job_id] for job_id in turn])
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

    async def _one(self, service: Service, job: Job) -> None:
        try:
            remote = await status_of(service, job)
        except NotFoundError as error:
            await self._unknown(job, error)
        else:
            await self._seen(job.id, remote)

    async def _seen(self, job_id: str, remote: RemoteJob) -> None:
        self._unknown_since.pop(job_id, None)
        self._unseen.pop(job_id, None)
        await apply_remote(self._p, job_id, remote)

    async def _unknown(self, job: Job, error: NotFoundError) -> None:
        """The service denies knowing a job that it took: too old, deleted, or another account's key is in use."""
        now = self._p.clock.now()
        since = self._unknown_since.setdefault(job.id, now)
        open_states = {JobState.RUNNING, JobState.CANCELLING}
        if now - (job.submitted_at or job.created_at) > self._p.policy.retention:
            await self._p.book.move(job.id, JobState.EXPIRED, only_from=open_states, trouble=expired(job, error))
        elif now - since > self._p.policy.unknown_job_patience:
            trouble = Trouble(
                Code.SERVICE_JOB_UNKNOWN,
                "The service does not know this job any more.",
                "It was taken and may have been paid. If another key was in use then, put that key back and try again: "
                "that asks for the result and costs nothing.",
                f"process {job.remote_id}: {error.title} {error.details}",
            )
            await self._p.book.move(job.id, JobState.FAILED, only_from=open_states, trouble=trouble)


def expired(job: Job, error: TopazdeskError) -> Trouble:
    """Results are kept for some days only."""
    return Trouble(
        Code.SERVICE_EXPIRED,
        "The result is not at the service any more.",
        f"Results are kept there for {job.recipe.service.traits.keeps_results_days} days. Start the picture again to get a new one; that costs again.",
        f"process {job.remote_id}: {error.title} {error.details}",
    )


def _still_running(error: TopazdeskError) -> TopazdeskError:
    """The same trouble, with what it means for the jobs: nothing."""
    told = type(error)(error.title, f"Running jobs go on at the service and are followed again. {error.hint}".strip())
    told.details, told.code, told.retry = error.details, error.code, error.retry
    return told
