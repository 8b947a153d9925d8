"""While an intent cannot be written, what it was decided on may change: it is decided anew when it can be."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.engine.engine import Engine
from topazdesk.engine.events import EngineError
from topazdesk.engine.supervisor import Supervisor
from topazdesk.errors import ComputerError

_S = JobState


async def _pause(engine: Engine, _: Job) -> None:
    with pytest.raises(ComputerError):  # it holds for this run of the program, and cannot be kept for the next
        await engine.pause()


async def _cap(engine: Engine, _: Job) -> None:
    engine.cap_day(Unit.CREDIT, 0)


async def _cancel(engine: Engine, job: Job) -> None:
    await engine.cancel(job.id)


@pytest.mark.parametrize(
    ("change", "state"),
    [(_pause, _S.QUEUED), (_cap, _S.QUEUED), (_cancel, _S.CANCELLED)],
    ids=["paused", "limited", "cancelled"],
)
def test_what_changes_meanwhile_counts(
    harness: EngineHarness, change: Callable[[Engine, Job], Awaitable[None]], state: JobState
) -> None:
    """A full disk, or a list that another program holds: as soon as it could be written, the picture was sent and paid."""

    async def test() -> None:
        engine = await harness.open()
        assert harness.store is not None
        await harness.store._read(lambda c: c.execute("PRAGMA busy_timeout = 20").fetchone())
        await engine.pause()
        job = await harness.start_one()
        await engine.resume()
        other = sqlite3.connect(harness.profile / "jobs.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await harness.until(lambda: any(isinstance(event, EngineError) for event in harness.events))
        assert harness.job(job).state is _S.PREPARING
        work = Supervisor(harness.hub)
        work.spawn("change", change(engine, job))  # type: ignore[arg-type]
        await harness.clock.sleep(60)
        other.execute("ROLLBACK")
        other.close()
        await engine.idle()
        await harness.until_state(job, state)
        await work.close()
        assert harness.service.calls["submit"] == 0
        assert await engine.ledger() == ()

    harness.run(test)
