"""A long past costs nothing: with tens of thousands of jobs that are over, only what is wanted of them is read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from tests.support.queue_jobs import job
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import OnConflict
from topazdesk.domain.services import ServiceName
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.events import EngineError, EventHub, JobsCleared
from topazdesk.engine.job_store import RunRecord
from topazdesk.engine.job_table import JobTable
from topazdesk.engine.policy import Policy
from topazdesk.engine.store import Store
from topazdesk.errors import UseError

_S = JobState
_PAST = 300


async def _write_past(harness: EngineHarness, count: int = _PAST) -> None:
    """Jobs that were over before this program came."""
    store = await Store.open(harness.profile / "jobs.db")
    past = [
        job(f"past-{n}", _S.DONE, service=ServiceName.SANDBOX, remote_id=f"old-{n}", position=n, result=Path(f"/r/{n}"))
        for n in range(count)
    ]
    await store.add(RunRecord("run", 0.0, None), past)
    await store.close()


def _scans(database: Path, statements: list[str]) -> list[str]:
    """Those of the statements that read a whole table."""
    found = []
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in dict.fromkeys(statements):
            if not statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
                continue
            words = statement.replace(" Inf", " 9e99")  # how the trace writes a bound infinity is no SQL
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {words}")]
            if any(step.startswith("SCAN") and "INDEX" not in step for step in plan):
                found.append(statement)
    return found


def test_a_start_takes_what_is_not_over_at_hand(harness: EngineHarness) -> None:
    """50,000 jobs that were over made every command take eight seconds and 290 MB."""

    async def test() -> None:
        await _write_past(harness)
        harness.service.work_s = 1e9
        engine = await harness.open()
        assert engine.jobs() == ()
        running = await harness.start_one()
        await harness.until_state(running, _S.RUNNING)
        await harness.crash()
        engine = await harness.open()
        assert [one.id for one in engine.jobs()] == [running.id]
        assert len(harness.jobs()) == _PAST + 1

    harness.run(test)


def test_rows_that_cannot_be_read_are_told_at_the_start_also_of_jobs_that_are_over(harness: EngineHarness) -> None:
    """Those that were over were told by a search for lost results only. Each is told once."""

    async def test() -> None:
        await _write_past(harness, 1100)
        store = await Store.open(harness.profile / "jobs.db")
        await store.add(RunRecord("other", 0.0, None), [job("open", _S.QUEUED, service=ServiceName.SANDBOX)])
        await store.close()
        with closing(sqlite3.connect(harness.profile / "jobs.db")) as database, database:
            database.execute("UPDATE jobs SET recipe = '?' WHERE id IN ('open', 'past-0', 'past-600')")
        await harness.open()

        def told() -> list[str]:
            return [
                e.error.details
                for e in harness.events
                if isinstance(e, EngineError) and "cannot be read" in e.error.title
            ]

        assert told() == ["open"]
        await harness.until(lambda: len(told()) > 1)
        assert told() == ["open", "past-0, past-600"]

    harness.run(test)


def test_many_jobs_are_found_by_a_few_questions(harness: EngineHarness) -> None:
    """The books asked for the jobs of their lines one by one."""

    async def test() -> None:
        await _write_past(harness, 1100)
        engine = await harness.open()
        assert harness.store is not None
        asked: list[str] = []
        await harness.store._read(lambda c: c.set_trace_callback(asked.append))
        wanted = [f"past-{n}" for n in range(1099, -1, -1)]
        found = await engine.past([*wanted, "nonesuch"])
        by_source = await engine.jobs_on({one.source for one in found})
        assert len(await harness.store.of_run("run")) == 1100
        assert await harness.store.runs_named("ru") == await harness.store.runs_named("") == ["run"]
        await harness.store._read(lambda c: c.set_trace_callback(None))
        assert [one.id for one in found] == wanted
        assert len(by_source) == 1100
        assert len([one for one in asked if " IN (" in one]) == 6
        assert _scans(harness.store.path, [one for one in asked if one.startswith("SELECT")]) == []

    harness.run(test)


def test_jobs_that_other_machines_have_changed_are_read_together(harness: EngineHarness) -> None:
    """A window that followed eight workers asked for each of their steps by itself."""

    async def test() -> None:
        store = await Store.open(harness.profile / "jobs.db")
        there = [job(f"{n}", _S.QUEUED) for n in range(50)]
        await store.add(RunRecord("run", 0.0, None), there)
        table = JobTable(store, EventHub(), SystemClock())
        table.fill(there[:40])
        for one in there:
            await store.save(replace(one, state=_S.PREPARING), one)
        asked: list[str] = []
        await store._read(lambda c: c.set_trace_callback(asked.append))
        unknown = await table.refresh(one.id for one in there)
        await store._read(lambda c: c.set_trace_callback(None))
        await store.close()
        assert sorted(one.id for one in unknown) == sorted(one.id for one in there[40:])
        assert table.count(_S.PREPARING) == 40
        assert len([one for one in asked if one.startswith("SELECT")]) == 1

    harness.run(test)


def test_no_step_of_a_job_reads_the_whole_list(harness: EngineHarness) -> None:
    """From the start to a finished result, a retry and the clearing: each question has its index, also whether the name of
    a result is that of any source.
    """

    async def test() -> None:
        await _write_past(harness)
        asked: list[str] = []
        engine = await harness.open()
        assert harness.store is not None
        await harness.store._read(lambda c: c.set_trace_callback(asked.append))
        engine.day_cap = 1_000
        await harness.store.load_open()
        jobs = [await harness.start_one(f"{n}.png", on_conflict=OnConflict.OVERWRITE) for n in range(3)]
        for one in jobs:
            await harness.finished(one)
        await engine.jobs_on([jobs[0].source])
        await engine.recall("past-7")
        await harness.store.named("past-7")
        await harness.store.page(50)
        await harness.store.page(50, (await harness.store.page(50)).goes_on)
        await engine.spent_today(jobs[0].estimate.unit, is_play=True)
        await engine.forget([jobs[0].id, "past-1", "past-2"])
        await harness.store._read(lambda c: c.set_trace_callback(None))
        whole = _scans(harness.store.path, asked)
        assert not whole
        assert any("source_key IN" in statement for statement in asked)

    harness.run(test)


def test_what_a_job_keeps_for_life_is_not_written_with_each_step(harness: EngineHarness) -> None:
    """A step of a job need not touch the indexes of its source and its age."""

    async def test() -> None:
        store = await Store.open(harness.profile / "jobs.db")
        one = job("one", _S.QUEUED)
        await store.add(RunRecord("run", 0.0, None), [one])
        asked: list[str] = []
        await store._read(lambda c: c.set_trace_callback(asked.append))
        await store.save(replace(one, state=_S.PREPARING), one)
        await store.close()
        (saving,) = [statement for statement in asked if "INTO jobs" in statement]
        assigned = saving.partition("DO UPDATE SET")[2]
        assert "state = excluded.state" in assigned
        assert " source = " not in assigned
        assert "source_key = " not in assigned
        assert "created_at = " not in assigned

    harness.run(test)


def test_the_mates_of_an_unfinished_job_are_at_hand_after_a_restart(harness: EngineHarness) -> None:
    """Who shares an upload with it decides whether a picture is sent once more, also when that one is over."""

    async def test() -> None:
        harness.policy = Policy(poll_max_s=1.0)
        engine = await harness.open()
        picture = harness.picture()
        harness.service.work_s = 1e5  # each is ready when the test says so
        jobs = await engine.enqueue([harness.draft(picture), harness.draft(picture, model="Recover 3")])
        await harness.until(lambda: all(harness.job(job).state is _S.RUNNING for job in jobs))

        def is_ready(job: Job) -> None:
            entries, remote_id = harness.service.entries, harness.job(job).remote_id
            entry = entries[remote_id]
            entries[remote_id] = replace(entry, created_at=entry.created_at - harness.service.work_s, ready_at=0.0)

        over, left = jobs
        is_ready(over)
        await harness.finished(over)
        assert harness.job(left).state is _S.RUNNING
        await harness.crash()
        engine = await harness.open()
        assert engine.get(over.id) is not None
        is_ready(left)
        await harness.finished(left)
        assert harness.service.uploads == 1

    harness.run(test)


def test_a_failed_job_of_long_ago_can_be_tried_again(harness: EngineHarness) -> None:
    """It is not at hand, and found all the same; one that there never was is not."""

    async def test() -> None:
        harness.service.fail_next_jobs = 1
        engine = await harness.open()
        failed = await harness.finished(await harness.start_one())
        assert failed.state is _S.FAILED
        await harness.crash()
        engine = await harness.open()
        assert engine.get(failed.id) is None
        again = await engine.retry(failed.id)
        assert (await harness.finished(again)).state is _S.DONE
        with pytest.raises(UseError, match="no such job"):
            await engine.retry("nobody")

    harness.run(test)


def test_jobs_of_long_ago_are_cleared_in_one_step(harness: EngineHarness) -> None:
    """All that is over goes, at hand or not, and the rest is told once; what is not over stays."""

    async def test() -> None:
        await _write_past(harness)
        harness.service.work_s = 1e9
        engine = await harness.open()
        running = await harness.start_one()
        await harness.until_state(running, _S.RUNNING)
        await engine.forget([f"past-{n}" for n in range(_PAST)] + [running.id])
        told = [event for event in harness.events if isinstance(event, JobsCleared)]
        assert [len(event.job_ids) for event in told] == [_PAST]
        assert [one.id async for page in engine.pages() for one in page] == [running.id]
        assert len(await engine.past(["past-0", "past-1"])) == 2

    harness.run(test)


@pytest.mark.parametrize("on_conflict", [OnConflict.UNIQUE, OnConflict.OVERWRITE])
def test_the_name_of_a_source_of_long_ago_is_no_name_for_a_result(
    harness: EngineHarness, on_conflict: OnConflict
) -> None:
    """The picture may be on a drive that is not there just now."""

    async def test() -> None:
        await harness.open()
        old = harness.picture("A_standard-2_2x.png")
        await harness.finished((await harness.engine.enqueue([harness.draft(old)]))[0])  # type: ignore[union-attr]
        await harness.crash()
        old.unlink()
        engine = await harness.open()
        (new,) = await engine.enqueue(
            [harness.draft(harness.picture("a.png"), out=old.parent, on_conflict=on_conflict)]
        )
        done = await harness.finished(new)
        assert done.result is not None
        assert done.result.name.casefold() != old.name.casefold()

    harness.run(test)


def test_an_answer_that_was_lost_is_judged_by_all_jobs_that_there_were(harness: EngineHarness) -> None:
    """Whether the service keeps our names is seen from jobs that were over long before this start."""

    async def test() -> None:
        await harness.open()
        await harness.finished(await harness.start_one("old.png"))
        await harness.crash()
        for entry in harness.service.entries.values():
            entry.file_name = "upload.png"  # the service names uploads as it likes
        harness.service.keeps_names = False
        await harness.open()
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        lost = await harness.start_one("new.png")
        await harness.until(
            lambda: harness.job(lost).trouble is not None and harness.job(lost).trouble.code == "service.undecided"
        )  # type: ignore[union-attr]
        assert harness.service.taken == 2

    harness.run(test)
