"""The steps of jobs as tasks of procrastinate: which queue each goes to, and who may take it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from itertools import combinations
from typing import NamedTuple

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job as Task
from procrastinate.jobs import JobDeferrer, Status
from procrastinate.manager import JobManager
from psycopg.errors import RaiseException

from topazdesk.team.roots import WRITTEN

#: The lanes of steps: a submit is paid, a fetch is a download, a cancel is asked for at the service.
LANES = ("submit", "fetch", "cancel")
#: Most roots that one job needs: that of the picture and that of the folder for results.
_ROOTS_MOST = 2
_MOST_PRIORITY = 2**31 - 1
#: Of a queue's name, in procrastinate's table.
_LONGEST_NAME = 128
#: Seconds between the tries to note that a task is over.
_AGAIN_S = (0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0)
_log = logging.getLogger(__name__)
# procrastinate tells of each task twice; what became of the job stands in its history.
for _name in ("procrastinate.worker", "procrastinate.blueprints", "procrastinate.periodic"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Step(NamedTuple):
    """A step that may be done now: lane, account, job, the roots that it needs, and its place in the queue."""

    lane: str
    account: str
    job_id: str
    roots: str
    position: int = 0


def queue_of(lane: str, account: str, roots: str) -> str:
    """Return the name of the queue for a lane's steps that need the key of this account and these roots."""
    return f"{lane}:{account}:{roots}"[:_LONGEST_NAME]


def queues_for(lanes: Iterable[str], accounts: Iterable[str], roots: Iterable[str]) -> list[str]:
    """Return the queues from which a machine with these keys and roots takes steps; see `RootWatch.present`."""
    names = sorted(roots)
    sets = ["+".join(some) for number in range(_ROOTS_MOST + 1) for some in combinations(names, number) if _fits(some)]
    owned = tuple(accounts)
    return [queue_of(lane, account, some) for lane in lanes for account in owned for some in sets]


def _fits(roots: Sequence[str]) -> bool:
    """Tell whether a job may need just these roots: it writes in one, and none is named twice."""
    plain = {each.removesuffix(WRITTEN) for each in roots}
    return not roots or (len(plain) == len(roots) and any(each.endswith(WRITTEN) for each in roots))


class _Tasks(JobManager):
    """Notes the end of a task even if the line to the database is cut in that moment.

    One that stays "doing" at a worker that lives would keep the next step of its job from being done.
    """

    async def finish_job(self, job: Task, status: Status, delete_job: bool) -> None:
        """Note that a task is over; one that a keeper has ended, as it had not heard of this machine, is."""
        for pause in _AGAIN_S:
            try:
                await super().finish_job(job, status, delete_job)
                return
            except ConnectorException as error:
                if isinstance(error.__cause__, RaiseException):
                    _log.info("the task %s was ended by a keeper", job.id)
                    return
                _log.info("the end of the task %s could not be noted: %s", job.id, error.__cause__)
            await asyncio.sleep(pause)


class Queue:
    """The task queue of a team."""

    def __init__(self, conninfo: str) -> None:
        self.app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=6, timeout=10.0))
        self.app.job_manager = _Tasks(self.app.connector)

    async def open(self) -> None:
        """Open its connections. Raises ConnectorException."""
        await self.app.open_async()

    async def close(self) -> None:
        """Close them."""
        await self.app.close_async()

    def does(self, work: Callable[[str, str], Awaitable[None]]) -> None:
        """Have `work(lane, job)` called for each step that this program takes."""
        for lane in LANES:
            self._register(lane, work)

    def _register(self, lane: str, work: Callable[[str, str], Awaitable[None]]) -> None:
        @self.app.task(name=lane)
        async def _step(job_id: str) -> None:
            await work(lane, job_id)

    async def defer(self, steps: Sequence[Step]) -> None:
        """Have these steps done, each once: a step that is in the queue already is left as it is."""
        try:
            if steps:  # together: each statement of its own would wake all workers once more
                tasks = [self._configured(step).make_new_job(job_id=step.job_id) for step in steps]
                await self.app.job_manager.batch_defer_jobs_async(jobs=tasks)
        except AlreadyEnqueued:
            for step in steps:
                with suppress(AlreadyEnqueued):
                    await self._configured(step).defer_async(job_id=step.job_id)

    def _configured(self, step: Step) -> JobDeferrer:
        return self.app.configure_task(
            step.lane,
            lock=step.job_id,
            queueing_lock=f"{step.lane}:{step.job_id}",
            queue=queue_of(step.lane, step.account, step.roots),
            priority=max(-_MOST_PRIORITY, min(_MOST_PRIORITY, -step.position)),
        )

    async def end_dead(self, dead_s: float) -> int:
        """End the tasks of workers that have not been heard of for `dead_s`; return how many there were."""
        stalled = await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=dead_s)
        number = 0
        for task in stalled:
            if task.id is not None:
                with suppress(ConnectorException):  # another keeper has ended it
                    await self.app.job_manager.finish_job_by_id_async(task.id, status=Status.FAILED, delete_job=True)
                number += 1
        return number

    async def work(
        self, name: str, queues: Sequence[str], at_once: int, heartbeat_s: float, grace_s: float | None = None
    ) -> None:
        """Take steps from these queues and do them until cancelled; then finish those that were begun.

        `grace_s`: how long that may take, None for as long as it takes. Raises ConnectorException without a database.
        """
        await self.app.run_worker_async(
            queues=queues,
            name=name,
            concurrency=at_once,
            wait=True,
            install_signal_handlers=False,
            delete_jobs="always",
            update_heartbeat_interval=heartbeat_s,
            stalled_worker_timeout=1e9,  # the keepers decide who is dead
            fetch_job_polling_interval=20.0,
            abort_job_polling_interval=600.0,
            shutdown_graceful_timeout=grace_s,  # type: ignore[arg-type] # None is its default
        )
