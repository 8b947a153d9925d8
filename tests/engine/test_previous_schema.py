"""A profile that the program before the newest schema left in the middle of its work: the step to it costs nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from tests.support.queue_jobs import job
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.job_store import RunRecord
from topazdesk.engine.migrations import STEPS
from topazdesk.engine.store import Store

_S = JobState
#: The last schema before the hours at which a job may be sent.
BEFORE_HOURS = 12
#: The last one in which a path was found by reading all jobs.
BEFORE_PATH_KEYS = 16


async def as_before(path: Path, version: int) -> None:
    """Gives the job list the schema of an earlier program, which this program's own steps make, with the same rows."""
    newer = path.with_name("newer.db")
    with closing(sqlite3.connect(path)) as books:  # the write-ahead log goes into the file
        books.execute("PRAGMA journal_mode = DELETE")
    os.replace(path, newer)  # noqa: PTH105 - nothing else runs meanwhile
    await (await Store.open(path, steps=STEPS[:version])).close()
    with closing(sqlite3.connect(path)) as books:
        books.execute("ATTACH ? AS newer", (os.fspath(newer),))
        with books:
            tables = [name for (name,) in books.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in (name for name in tables if not name.startswith("sqlite_")):
                columns = ", ".join(row[1] for row in books.execute(f"PRAGMA table_info({table})"))
                books.execute(f"DELETE FROM {table}")
                books.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}")
        books.execute("DETACH newer")
    os.unlink(newer)  # noqa: PTH108


def states(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as books:
        return dict(books.execute("SELECT id, state FROM jobs"))


def test_a_profile_of_the_schema_before_with_jobs_in_every_kind_of_doubt(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        done = await harness.witness()
        # Doubts from broken connections: one arrived, one did not. Their list cannot be read in that time.
        harness.service.plan("list_jobs", *[Fault.OFFLINE] * 1000)
        harness.service.plan("submit", Fault.LOSE_ANSWER, Fault.LOSE_REQUEST)
        doubts = [await harness.until_state(await harness.start_one(f"doubt{n}.png"), _S.DOUBTFUL) for n in range(2)]
        harness.service.plan("submit", Fault.HOLD, Fault.HOLD_UNTAKEN)
        killed: list[Job] = []
        for number in range(2):
            killed.append(await harness.start_one(f"killed{number}.png"))
            await harness.until(lambda at=number + 1: harness.service.in_submit == at)  # type: ignore[misc]
        await engine.pause()
        queued = [await harness.start_one(f"queued{n}.png") for n in range(2)]
        await harness.crash()
        harness.service.faults["list_jobs"].clear()

        path = harness.profile / "jobs.db"
        await as_before(path, BEFORE_HOURS)
        before = states(path)
        assert sorted(before.values()) == [
            "done",
            "doubtful",
            "doubtful",
            "queued",
            "queued",
            "submitting",
            "submitting",
        ]

        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        jobs = [done, *doubts, *killed, *queued]
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 7
        assert [len(harness.service.by_token(job.token)) for job in jobs] == [1] * 7
        assert harness.service.taken == 7
        books = {line.job_id: (line.reserved, line.charged) for line in await engine.ledger()}
        assert books == {job.id: (0, 1) for job in jobs}
        assert all(harness.job(job).hours is None for job in jobs)
        backup = path.with_name(f"jobs.db.v{BEFORE_HOURS}.bak")
        assert states(backup) == before, "the list as it was is kept"
        with closing(sqlite3.connect(backup)) as kept, closing(sqlite3.connect(path)) as now:
            versions = [each.execute("PRAGMA user_version").fetchone()[0] for each in (kept, now)]
        assert versions == [BEFORE_HOURS, len(STEPS)]

    harness.run(test)


def test_jobs_from_before_the_keys_of_paths_are_found_by_path(tmp_path: Path) -> None:
    """A name of a result that looks free would be that of a picture from before."""

    async def test() -> None:
        path = tmp_path / "jobs.db"
        store = await Store.open(path)
        done = job("A.png", _S.DONE, result=Path("/out/B.png"), result_bytes=5, result_digest="d")
        await store.add(RunRecord("run", 1.0, None), [done])
        await store.close()
        await as_before(path, BEFORE_PATH_KEYS)
        store = await Store.open(path)
        try:
            found = store.past_paths([Path("/PICTURES/a.png"), Path("/out/b.png"), Path("/out/c.png")])
            assert found.sources == [str(done.source)]
            assert [each.result for each in found.results] == [str(done.result)]
        finally:
            await store.close()

    asyncio.run(test())
