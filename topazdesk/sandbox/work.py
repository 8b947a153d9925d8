"""Run the jobs from Pending through Processing to their end, beside the server and across restarts.

Results are made on separate threads (libvips computes without Python's lock), so that requests never wait for them. A
job is done when its planned time is over and its file is written. After a restart unfinished jobs continue as the clock
says, and results that were not written are made again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from topazdesk.errors import TopazdeskError
from topazdesk.sandbox import jobs
from topazdesk.sandbox.database import Database
from topazdesk.sandbox.jobs import PENDING, SandboxJob
from topazdesk.sandbox.rendering import Renderer
from topazdesk.sandbox.state import StateFolder

log = logging.getLogger(__name__)

_RENDER_THREADS = 2


class Workshop:
    """The jobs in progress, each run by one task."""

    def __init__(self, state: StateFolder, database: Database, certificates: Path | None = None) -> None:
        self._state = state
        self._database = database
        self._renderer = Renderer(certificates)
        self._threads = ThreadPoolExecutor(_RENDER_THREADS, thread_name_prefix="sandbox-render")
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def unfinished(self) -> int:
        """The number of jobs in progress."""
        return len(self._tasks)

    async def resume(self) -> None:
        """Continue all unfinished jobs."""
        for job in await self._database.run(jobs.unfinished):
            self.start(job)

    def start(self, job: SandboxJob) -> None:
        """Start a job that is stored in the database."""
        task = asyncio.create_task(self._run(job), name=f"job {job.id}")
        self._tasks[job.id] = task
        task.add_done_callback(lambda done: self._ended(job.id, done))

    def drop(self, process_id: str) -> None:
        """Stop working on a cancelled job. A result that is being written is finished, then deleted."""
        task = self._tasks.get(process_id)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop all work; the jobs stay unfinished for the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, process_id: str, task: asyncio.Task[None]) -> None:
        self._tasks.pop(process_id, None)
        if not task.cancelled() and task.exception() is not None:
            log.error("job %s crashed", process_id, exc_info=task.exception())

    async def _run(self, stored: SandboxJob) -> None:
        if stored.status == PENDING:
            await _until(stored.created + stored.queue_s)
        job = await self._database.run(jobs.begin, stored.id, time.time())
        if job is None or job.started is None:
            return
        if job.fail_at is not None:
            await _until(job.started + job.takes_s * job.fail_at / 100)
            await self._database.run(jobs.fail, job, time.time())
            return
        part = self._state.making / job.id
        try:
            await self._render(job, part)
        except (TopazdeskError, OSError, ValueError) as error:
            # As at the real service: the client gets no reason, and the credits are refunded.
            log.warning("job %s failed: %r", job.id, error)
            await _until(job.eta)
            await self._database.run(jobs.fail, job, time.time())
            return
        await _until(job.eta)
        part.replace(self._state.result(job.id))
        if not await self._database.run(jobs.complete, job, time.time()):
            self._state.result(job.id).unlink(missing_ok=True)

    async def _render(self, job: SandboxJob, part: Path) -> None:
        source, result = self._state.source(job.source_id), self._state.result(job.id)
        making = asyncio.get_running_loop().run_in_executor(
            self._threads, self._renderer.make, job, source, part, result
        )
        try:
            await asyncio.shield(making)
        except asyncio.CancelledError:
            making.add_done_callback(lambda done: _discard(done, part))
            raise


def _discard(done: asyncio.Future[None], part: Path) -> None:
    if not done.cancelled() and done.exception() is None:
        part.unlink(missing_ok=True)


async def _until(moment: float) -> None:
    """Wait until a moment in Unix seconds. It uses the wall clock, because that continues over a restart."""
    await asyncio.sleep(max(0.0, moment - time.time()))
