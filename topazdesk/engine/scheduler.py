"""Decides what runs next: uploads, cancels and downloads, each in a lane of its own, in the order of the queue."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.fetcher import waits_for_space
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.unsent import Unsent
from topazdesk.engine.wake_event import WakeEvent
from topazdesk.errors import ComputerError

_S = JobState
_log = logging.getLogger(__name__)
_AT_SERVICE = (_S.SUBMITTING, _S.RUNNING, _S.CANCELLING)
_BACKLOG = 50  # results waiting for their download: no more is bought while a disk is full
_CHECK_EVERY_S = 30.0
_SLACK_S = 2.0  # smaller corrections of the clock mean nothing
_FAR_S = 86_400.0  # a time further ahead than this was written while the clock was wrong


@dataclass(slots=True)
class Lane:
    """The running jobs of one kind of work, `most` at once. `work` returns seconds until a job's next try, or None."""

    name: str
    most: int
    work: Callable[[str], Awaitable[float | None]]
    active: set[str] = field(default_factory=set)
    held: dict[str, float] = field(default_factory=dict)  # job id → not before

    @property
    def has_room(self) -> bool:
        """Whether another job may start."""
        return len(self.active) < self.most


class Scheduler:
    """Starts work whenever a job, a slot or the gate changes."""

    def __init__(self, context: EngineContext, unsent: Unsent, submit: Lane, fetch: Lane, cancel: Lane) -> None:
        self._context = context
        self._unsent = unsent
        unsent.released = self._released
        self._submit = submit
        self._fetch = fetch
        self._cancel = cancel
        self._queues: dict[Account, list[tuple[int, str]]] = {}
        self._waiting: list[tuple[float, str]] = []
        self._held_back: dict[str, list[str]] = {}  # upload group → jobs waiting for another job's upload
        self._off_hours: dict[SendingHours, set[str]] = {}  # jobs that wait for the hours at which they may be sent
        self._seen_at = context.clock.now()
        self.wake = WakeEvent("scheduler", context.clock, context.supervisor)
        self.settled: Callable[[], None] = lambda: None  # called when a lane has a free place again

    @property
    def is_busy(self) -> bool:
        """Whether any job is running in a lane."""
        return bool(self._submit.active or self._fetch.active or self._cancel.active)

    def works_on(self, job_id: str) -> bool:
        """Whether this job is in a lane."""
        return any(job_id in lane.active for lane in (self._submit, self._fetch, self._cancel))

    def submits(self) -> frozenset[str]:
        """Return the names of the tasks that send a picture, wait for the answer, or write that they will send it.

        What is cut off while that is written may be on the disk, and is a doubt at the next start as well.
        """
        table = self._context.job_table
        sending = [*table.ids(_S.SUBMITTING), *filter(table.is_being_written, table.ids(_S.PREPARING))]
        return frozenset(_task_name(self._submit, job_id) for job_id in sending if job_id in self._submit.active)

    def held_until(self, job: Job) -> float | None:
        """Return when a waiting, ready or cancelling job is worked on next, or None if not only time decides that."""
        now = self._context.clock.now()
        if job.state is _S.WAITING:
            at = 0.0 if job.changed_at > now + _SLACK_S else job.not_before
        else:
            at = max((lane.held.get(job.id, 0.0) for lane in (self._fetch, self._cancel)), default=0.0)
        return at if now < at <= now + _FAR_S else None

    def heard(self, job: Job) -> None:
        """React to a change of a job."""
        self._enqueue(job)
        self._release_group(job)
        if job.state is _S.WAITING:
            # A change in the future: written before the program started, by a clock that was ahead.
            is_stale = job.changed_at > self._context.clock.now() + _SLACK_S
            heapq.heappush(self._waiting, (0.0 if is_stale else job.not_before, job.id))
        self.wake.ring()

    def _enqueue(self, job: Job | None) -> None:
        if job is not None and job.state is _S.QUEUED and job.id not in self._submit.active:
            heapq.heappush(self._queues.setdefault(job.account, []), (job.position, job.id))

    def _released(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            self._enqueue(self._context.job_table.get(job_id))
        self.wake.ring()
        self.settled()

    def _release_group(self, job: Job | None) -> None:
        """Look again at the jobs that waited for this job's upload group."""
        if job is not None and job.upload_group:
            for job_id in self._held_back.pop(job.upload_group, ()):
                self._enqueue(self._context.job_table.get(job_id))

    def _release_stale_groups(self) -> None:
        """Look again at the jobs that waited for a doubtful upload which nothing waits for any more."""
        for group, waiting in list(self._held_back.items()):
            job = next((job for i in waiting if (job := self._context.job_table.get(i)) is not None), None)
            if job is None or not self._context.sharing.must_wait(job):
                for job_id in self._held_back.pop(group):
                    self._enqueue(self._context.job_table.get(job_id))

    async def run(self) -> None:
        """Start work until cancelled."""
        while True:
            try:
                await self._wake_waiting()
                wait = self._step()
            except Exception as error:  # noqa: BLE001 a bug must not stop the queue: reported, then it continues
                self._context.events.emit(EngineError(as_shown(error)))
                wait = _CHECK_EVERY_S
            await self.wake.wait(wait)

    async def _wake_waiting(self) -> None:
        now = self._context.clock.now()
        # Times written before the clock was set back are too far ahead: all waiting jobs are tried at once.
        was_set_back = now < self._seen_at - _SLACK_S
        self._seen_at = now
        if was_set_back:
            for lane in (self._submit, self._cancel, self._fetch):
                lane.held.clear()
        later: list[tuple[float, str]] = []
        while self._waiting and (was_set_back or self._waiting[0][0] <= now or self._waiting[0][0] > now + _FAR_S):
            _, job_id = heapq.heappop(self._waiting)
            job = self._context.job_table.get(job_id)
            if job is None or job.state is not _S.WAITING:
                continue
            is_stale = was_set_back or job.changed_at > now + _SLACK_S
            if not is_stale and now < job.not_before <= now + _FAR_S:
                later.append((job.not_before, job_id))
                continue
            await self._context.job_table.move(
                job_id, job.resume_to or _S.QUEUED, only_from={_S.WAITING}, resume_to=None
            )
        for entry in later:
            heapq.heappush(self._waiting, entry)

    def _step(self) -> float | None:
        """Start what may start. Return the seconds until something may be due by time alone, or None."""
        now = self._context.clock.now()
        waits = [self._start_submits()]
        waits.append(self._start(self._cancel, _S.CANCELLING, now))
        waits.append(self._start(self._fetch, _S.READY, now))
        if self._waiting:
            # Checked from time to time, as the clock may jump.
            waits.append(min(max(0.0, self._waiting[0][0] - now), _CHECK_EVERY_S))
        times = [wait for wait in waits if wait is not None]
        return min(times) if times else None

    def _start(self, lane: Lane, state: JobState, now: float) -> float | None:
        wait: float | None = None
        ready = [i for i in self._context.job_table.ids(state) if i not in lane.active] if lane.has_room else []
        for job_id in ready:
            if not lane.has_room:
                break
            if self._context.gate.is_blocked(self._context.job_table[job_id].account):
                continue
            held = lane.held.get(job_id, 0.0) - now
            if 0 < held <= _FAR_S:
                wait = held if wait is None else min(wait, held)
                continue
            self._launch(lane, job_id)
        return wait

    def _start_submits(self) -> float | None:
        lane, job_table, gate = self._submit, self._context.job_table, self._context.gate
        if gate.stops_all or gate.is_checking or not lane.has_room:
            return None
        unfetched = job_table.count(_S.READY, _S.DOWNLOADING, _S.VERIFYING)
        unfetched += sum(1 for i in job_table.ids(_S.WAITING) if waits_for_space(job_table[i]))
        if unfetched >= _BACKLOG:
            return None
        until_hours = self._release_open_hours()
        room, waits = self._free_places()
        waits += until_hours
        self._release_stale_groups()
        now, has_closed = self._context.clock.now(), False
        while lane.has_room:
            heads = [
                (queue[0], account) for account, queue in self._queues.items() if room.get(account, 0) > 0 and queue
            ]
            if not heads:
                break
            entry, account = min(heads)
            heapq.heappop(self._queues[account])
            job = job_table.get(entry[1])
            if job is None or job.state is not _S.QUEUED or job.position != entry[0] or job.id in lane.active:
                continue  # an outdated entry; a job still in its lane is queued again when the lane releases it
            if job.hours is not None and not job.hours.is_open(now):
                self._off_hours.setdefault(job.hours, set()).add(job.id)
                waits.append(min(job.hours.opens_at(now) - now, _CHECK_EVERY_S))
                has_closed = True
                continue
            if self._unsent.must_wait(job):
                continue  # it is queued again once it has been looked for at the service
            if not self._context.sharing.take_turn(job):
                self._held_back.setdefault(job.upload_group, []).append(job.id)
                continue
            room[account] -= 1
            self._launch(lane, job.id)
        if has_closed:
            self.settled()
        return min(waits) if waits else None

    def _release_open_hours(self) -> list[float]:
        """Look again at the jobs whose hours have come; return for how long the others wait at most.

        Looked at from time to time, as the clock may jump.
        """
        now = self._context.clock.now()
        for hours in [each for each in self._off_hours if each.is_open(now)]:
            for job_id in self._off_hours.pop(hours):
                self._enqueue(self._context.job_table.get(job_id))
        return [min(hours.opens_at(now) - now, _CHECK_EVERY_S) for hours in self._off_hours]

    def _free_places(self) -> tuple[dict[Account, int], list[float]]:
        """Return how many jobs may be sent from each account now, and the remaining seconds of all holds."""
        job_table, gate = self._context.job_table, self._context.gate
        room: dict[Account, int] = {}
        waits: list[float] = []
        for account, queue in self._queues.items():
            held = gate.held_for(account)
            if queue and held > 0:
                waits.append(held)
            elif queue and not self._is_closed(account) and not self._unsent.holds(account):
                room[account] = gate.limit(account).value
        at_service = {i for state in (_S.PREPARING, *_AT_SERVICE) for i in job_table.ids(state)} | self._submit.active
        now = self._context.clock.now()
        for job_id in job_table.ids(_S.DOUBTFUL):
            left = self._context.policy.place_of_doubt(now - job_table[job_id].intent_at)
            if left > 0:
                at_service.add(job_id)
                waits.append(left)
        for job_id in at_service:
            account = job_table[job_id].account
            if account in room:
                room[account] -= 1
        for account in room:
            # There is no service that could be asked for too much, and what is under way lets a trial pass.
            job = job_table.get(self._queues[account][0][1])
            if account.service.traits.runs_networks and job is not None and job.trial is not None:
                room[account] = max(room[account], 1)
        return room, waits

    def _is_closed(self, account: Account) -> bool:
        return self._context.gate.stops(account) or self._context.gate.is_blocked(account)

    def _launch(self, lane: Lane, job_id: str) -> None:
        lane.active.add(job_id)
        if self._context.supervisor.spawn(_task_name(lane, job_id), self._run_in_lane(lane, job_id)) is None:
            lane.active.discard(job_id)

    async def _run_in_lane(self, lane: Lane, job_id: str) -> None:
        try:
            again = await lane.work(job_id)
            if again is None:
                lane.held.pop(job_id, None)
            else:
                lane.held[job_id] = self._context.clock.now() + again
        finally:
            lane.active.discard(job_id)
            job = self._context.job_table.get(job_id)
            if job is not None and lane is self._submit:
                self._context.sharing.end_turn(job)
            self._enqueue(job)
            self._release_group(job)
            self.wake.ring()
            self.settled()
            if job is not None and job.state.traits.falls_back_to is not None:
                self._context.supervisor.spawn(f"again:{job.id}", self._rescue(lane, job.id))

    async def _rescue(self, lane: Lane, job_id: str) -> None:
        """Write the next state of a job whose work ended without one, as soon as the disk permits it.

        The error itself has been reported; it left the job in a state that no work belongs to.
        """
        while True:
            await self._context.clock.sleep(self._context.policy.disk_retry_s)
            job = self._context.job_table.get(job_id)
            state = None if job is None or job_id in lane.active else job.state.traits.falls_back_to
            if job is None or state is None:
                return
            try:
                await self._context.job_table.move(job_id, state, only_from={job.state}, note="continued after a fault")
            except ComputerError as error:
                _log.warning("job %s cannot be written yet: %s", job_id, error.details)
            else:
                return


def _task_name(lane: Lane, job_id: str) -> str:
    return f"{lane.name}:{job_id}"
