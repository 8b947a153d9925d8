"""The jobs in memory, always as the disk has them: a change is written first and announced afterwards.

The exceptions are the store's light states, written a moment later because nothing is lost with them. Where other
machines write jobs, too, a change is made on the row as it is by then, or not at all (`_goes_on`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from topazdesk.domain.job import MOVES, Job, JobError, JobState, Verdict
from topazdesk.domain.ports import Clock
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.engine.events import EngineError, EventHub, JobAdded, JobChanged, JobProgress, JobsCleared
from topazdesk.engine.job_store import JobStore, RowChangedError, RunRecord
from topazdesk.engine.ledger import MoneyMove
from topazdesk.engine.loop_turns import LoopTurns
from topazdesk.errors import ComputerError, ProfileLostError, Retry, TopazdeskError

T = TypeVar("T")


def trouble_of(error: TopazdeskError) -> JobError:
    """Return what is stored with a job about an error."""
    return JobError(error.code, error.title, error.hint, error.details)


#: What a user changes about a job, whatever step it is in.
_USERS = frozenset({"cancel_wanted", "position", "verdict", "is_hidden", "not_before"})
#: Rows cleared together, in one transaction.
_AT_ONCE = 200


class StepLostError(Exception):
    """The job on which a step was working is not this program's any more: the step ends and writes nothing more.

    Another machine has taken it up, or it is over and was cleared from the list.
    """


class JobTable:
    """The jobs in memory, indexed by state: all unfinished ones, all trials, and those used since the program started.

    The others stay on disk until they are asked for (`recall`), as a profile may hold tens of thousands of finished
    jobs. Functions registered with `listen` are called with every change.
    """

    def __init__(self, store: JobStore, events: EventHub, clock: Clock) -> None:
        self._store = store
        self._events = events
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._states: dict[JobState, dict[str, None]] = {state: {} for state in JobState}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._is_told = False
        self._listeners: list[Callable[[Job], None]] = []
        #: Called when another program has taken over the profile.
        self.lost: Callable[[ProfileLostError], None] = lambda _: None

    def listen(self, listener: Callable[[Job], None]) -> None:
        """Register a function inside the engine to call after each change; it must not block or raise."""
        self._listeners.append(listener)

    # -- reading --------------------------------------------------------------------------------------------------

    def __getitem__(self, job_id: str) -> Job:
        return self._jobs[job_id]

    def get(self, job_id: str) -> Job | None:
        """Return the job if it is in memory, else None."""
        return self._jobs.get(job_id)

    def all(self) -> Iterable[Job]:
        """Return the jobs in memory."""
        return self._jobs.values()

    async def recall(self, job_id: str) -> Job | None:
        """Load the job into memory and return it, or None if the list has no such job. Raises ComputerError."""
        if job_id not in self._jobs:
            self.fill(job for job in await self._store.find([job_id]) if not job.is_hidden)
        return self._jobs.get(job_id)

    async def recall_sharing(self, groups: Iterable[str]) -> list[Job]:
        """Load the jobs of these upload groups; return those that were not in memory yet. Raises ComputerError."""
        found = [job for job in await self._store.sharing(groups) if job.id not in self._jobs]
        self.fill(found)
        return found

    def ids(self, state: JobState) -> Iterable[str]:
        """Return the ids of the jobs in a state, in the order they entered it. Do not await while iterating."""
        return self._states[state]

    def count(self, *states: JobState) -> int:
        """Count the jobs in these states."""
        return sum(len(self._states[state]) for state in states)

    def is_being_written(self, job_id: str) -> bool:
        """Whether a change of the job is on its way to the disk."""
        return self._lock_of(job_id).locked()

    def unfinished(self) -> Iterable[Job]:
        """Yield the jobs that are not in a final state."""
        for state in JobState:
            if not state.is_final:
                for job_id in self._states[state]:
                    yield self._jobs[job_id]

    # -- writing --------------------------------------------------------------------------------------------------

    def fill(self, jobs: Iterable[Job]) -> None:
        """Take in jobs loaded from disk; one that is in memory already is newer and stays."""
        for job in jobs:
            if job.id not in self._jobs:
                self._put(job)

    async def add(
        self,
        run: RunRecord,
        jobs: tuple[Job, ...],
        limits: Sequence[SpendingLimit] = (),
        since: int | None = None,
    ) -> None:
        """Write new jobs in one transaction, then announce them. Raises as `Store.add`; then none of them exists."""
        await self._owned(self._store.add(run, jobs, limits, since))
        await self._show(jobs)

    async def adopt(self, run: RunRecord, jobs: tuple[Job, ...]) -> None:
        """Do the same for jobs found at the service, which are paid already: book their charges, too."""
        await self._owned(self._store.adopt(run, jobs))
        await self._show(jobs)

    async def _show(self, jobs: tuple[Job, ...]) -> None:
        turns = LoopTurns()
        for job in jobs:
            if job.id not in self._jobs:  # else it was heard of while these were written or shown, and is newer
                self._put(job)
                self._events.emit(JobAdded(job))
                self._notify(job)
            await turns.take()  # thousands at once must not block the window

    async def move(
        self,
        job_id: str,
        state: JobState,
        *,
        note: str = "",
        money: MoneyMove | None = None,
        insist: bool = True,
        only_from: Collection[JobState] | None = None,
        only_if: Callable[[Job], bool] | None = None,
        **changes: Any,
    ) -> Job:
        """Move a job to another state, on disk first, and return it.

        Returns it unmoved when its state is no longer in `only_from`, or when `only_if` is false for it as it is by
        then. While the database cannot be written, the move is retried, because what happened at the service must not
        be forgotten. `insist=False` raises ComputerError instead; use it for what a user asked for. Raises BudgetError,
        KnownIdError, ProfileLostError, StepLostError.
        """
        return await self._change(job_id, state, note, money, insist, changes, only_from, only_if)

    async def update(self, job_id: str, *, insist: bool = True, **changes: object) -> Job:
        """Change fields of a job within its state. Raises as `move`."""
        return await self._change(job_id, None, "", None, insist, changes)

    async def judge(self, job: Job, verdict: Verdict) -> Job:
        """Note what the user thinks of a result, in memory or not. Raises ComputerError, ProfileLostError."""
        if job.id in self._jobs:
            return await self.update(job.id, insist=False, verdict=verdict)
        await self._owned(self._store.judge(job.id, verdict))
        return replace(job, verdict=verdict)

    def progress(self, job_id: str, percent: float, eta: float | None) -> None:
        """Note the progress of a running job, in memory only: after a restart the service knows better."""
        job = self._jobs.get(job_id)
        if job is not None and (percent != job.percent or eta != job.remote_eta):
            self._jobs[job_id] = replace(job, percent=percent, remote_eta=eta)
            self._events.emit(JobProgress(job_id, percent))

    async def hide(self, job_ids: Iterable[str]) -> None:
        """Clear those of these jobs that are final from the list; the database keeps them. Raises ComputerError."""
        ids = tuple(job_ids)
        in_memory = [i for i in ids if i in self._jobs]
        past = frozenset(ids).difference(in_memory)
        if past:
            await self._owned(self._store.hide(sorted(past)))
            self._events.emit(JobsCleared(past))
        for first in range(0, len(in_memory), _AT_ONCE):
            await asyncio.gather(*(self._hide(job_id) for job_id in in_memory[first : first + _AT_ONCE]))

    async def hide_over(self) -> None:
        """Clear all final jobs from the list, except trials. Raises ComputerError."""
        await self.hide([job.id for job in self._jobs.values() if job.state.is_final and job.trial is None])
        await self._owned(self._store.hide_over())

    async def _hide(self, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is None or not job.state.is_final:
            return
        await self._change(job_id, None, "", None, False, {"is_hidden": True})
        job = self._jobs.pop(job_id)
        self._states[job.state].pop(job_id, None)

    async def _change(
        self,
        job_id: str,
        state: JobState | None,
        note: str,
        money: MoneyMove | None,
        insist: bool,
        changes: dict[str, Any],
        only_from: Collection[JobState] | None = None,
        only_if: Callable[[Job], bool] | None = None,
    ) -> Job:
        async with self._lock_of(job_id):
            while True:
                old = self._jobs.get(job_id)
                if old is None:
                    raise StepLostError(job_id)
                if only_from is not None and old.state not in only_from:
                    return old
                if only_if is not None and not only_if(old):
                    return old
                new = replace(old, **changes) if state is None else old.moved(state, self._clock.now(), **changes)
                if state in self._store.light_states and money is None:
                    self._store.save_soon(new, old, note)
                    break
                try:
                    await self._write(new, old, state is not None, note, money, insist)
                    break
                except RowChangedError as error:
                    self._take(error.current)
                    if only_from is None and not _goes_on(old, error.current, state, changes):
                        raise StepLostError(job_id) from error
            latest = self._jobs[job_id]
            if latest is not old and "percent" not in changes:  # progress was noted while this was written
                new = replace(new, percent=latest.percent, remote_eta=latest.remote_eta)
            self._put(new)
        self._events.emit(JobChanged(new))
        self._notify(new)
        return new

    async def _owned(self, write: Awaitable[T]) -> T:
        try:
            return await write
        except ProfileLostError as error:
            self.lost(error)
            raise

    async def _write(self, job: Job, was: Job, is_move: bool, note: str, money: MoneyMove | None, insist: bool) -> None:
        tries = 0
        while True:
            try:
                await self._owned(self._store.save(job, was, is_move=is_move, note=note, money=money))
            except ComputerError as error:
                if not insist or error.retry is not Retry.LATER:
                    raise
                if not self._is_told:
                    self._is_told = True
                    self._events.emit(EngineError(error))
                await self._clock.sleep(min(30.0, 0.5 * 2.0 ** min(tries, 6)))
                tries += 1
            else:
                self._is_told = False
                return

    async def refresh(self, job_ids: Iterable[str], *, in_step: bool = False) -> list[Job]:
        """Read these jobs again, as another machine has written them. Return those that are not in memory.

        `in_step`: a step here works on them, so only what a user has changed is taken over. That another machine has
        taken them up, the step learns from its next write, which is refused.
        """
        # Not while one is being written here: those are read alone, after the others, which are read together.
        wanted = sorted(set(job_ids))  # whoever holds several has taken them in the same order
        alone = [job_id for job_id in wanted if self._lock_of(job_id).locked()]
        others = sorted(set(wanted).difference(alone))
        new = []
        for together in (others, *([job_id] for job_id in alone)):
            async with AsyncExitStack() as held:
                for job_id in together:
                    await held.enter_async_context(self._lock_of(job_id))
                for job in await self._store.find(together):
                    mine = self._jobs.get(job.id)
                    if mine is not None and in_step and (mine.state, mine.changed_at) != (job.state, job.changed_at):
                        continue
                    if mine is not None:
                        self._take(job)
                    else:
                        new.append(job)
        return new

    def _lock_of(self, job_id: str) -> asyncio.Lock:
        return self._locks.setdefault(job_id, asyncio.Lock())

    async def show(self, jobs: Iterable[Job]) -> None:
        """Take in jobs that another machine has started, and announce them."""
        await self._show(tuple(job for job in jobs if job.id not in self._jobs))

    def drop(self, job_id: str) -> None:
        """Forget a job that other machines work on from now on."""
        job = self._jobs.pop(job_id, None)
        if job is not None:
            self._states[job.state].pop(job_id, None)

    def _take(self, job: Job) -> None:
        """Take over a job as another machine has written it; its progress is known here only."""
        old = self._jobs.get(job.id)
        if old is not None and old.state is job.state:
            job = replace(job, percent=old.percent, remote_eta=old.remote_eta)
        if job == old:
            return
        self._put(job)
        self._events.emit(JobChanged(job))
        self._notify(job)

    def _put(self, job: Job) -> None:
        old = self._jobs.get(job.id)
        if old is not None and old.state is not job.state:
            self._states[old.state].pop(job.id, None)
        self._jobs[job.id] = job
        self._states[job.state][job.id] = None

    def _notify(self, job: Job) -> None:
        for listener in self._listeners:
            listener(job)


def _goes_on(was: Job, now: Job, state: JobState | None, changes: dict[str, Any]) -> bool:
    """Tell whether a change that was meant for `was` may be made on `now`, which another machine has written.

    It may while the job has not left the state in which it was; what a user wants counts in any state. And a job that
    was given up for a doubt while its submit went on is still told how that ended.
    """
    if state is None and _USERS.issuperset(changes):
        return True
    if was.state is JobState.SUBMITTING and now.state is JobState.DOUBTFUL and was.intent_at == now.intent_at:
        return state in MOVES[JobState.DOUBTFUL]
    return was.state is now.state and was.changed_at == now.changed_at
