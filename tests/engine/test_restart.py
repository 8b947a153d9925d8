"""A crash in every state: the job goes on where it was, nothing is lost and nothing is sent twice."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault, result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.events import Event, JobChanged
from topazdesk.engine.policy import Policy
from topazdesk.errors import ComputerError

_S = JobState


def crash_when(harness: EngineHarness, state: JobState) -> None:
    """From the instant a job is in `state`, nothing more reaches the database."""

    def look(event: Event) -> None:
        if isinstance(event, JobChanged) and event.job.state is state and harness.store is not None:
            harness.store._closed = True

    harness.hub.subscribe(look)


@pytest.mark.parametrize(
    "state", [_S.PREPARING, _S.SUBMITTING, _S.RUNNING, _S.READY, _S.DOWNLOADING, _S.VERIFYING, _S.DONE]
)
def test_a_crash_right_after_a_state_was_written(harness: EngineHarness, state: JobState) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        crash_when(harness, state)
        job = await harness.start_one()
        await harness.until(lambda: harness.store is not None and harness.store._closed)
        await engine.close()
        assert harness.store is not None
        harness.store._closed = False
        await harness.crash()
        harness.hub._listeners.pop()
        engine = await harness.open()
        await engine.idle()
        check_done_once(harness, harness.job(job))

    harness.run(test)


def check_done_once(harness: EngineHarness, job: Job) -> None:
    assert job.state is JobState.DONE
    assert job.result is not None
    assert job.result.read_bytes() == result_bytes(Size(80, 60), FileFormat.PNG)
    assert [p.name for p in job.result.parent.iterdir()] == [job.result.name]
    assert len(harness.service.by_token(job.token)) == 1


@pytest.mark.parametrize("fault", [Fault.HOLD, Fault.HOLD_UNTAKEN])
def test_a_crash_in_the_middle_of_the_submit(harness: EngineHarness, fault: Fault) -> None:
    """The service took it, or did not: the client is gone before it hears of it."""

    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", fault)
        job = await harness.start_one()
        await harness.until_state(job, _S.SUBMITTING)
        await harness.until(lambda: harness.service.in_submit == 1)
        await harness.crash()
        engine = await harness.open()
        assert harness.job(job).state is _S.DOUBTFUL
        await engine.idle()
        check_done_once(harness, harness.job(job))
        assert harness.service.calls["submit"] == (1 if fault is Fault.HOLD else 2)

    harness.run(test)


def test_a_crash_while_the_job_runs_remotely(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 60.0
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: harness.job(job).percent > 0 and harness.job(job).state is _S.RUNNING)
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        check_done_once(harness, harness.job(job))

    harness.run(test)


def test_a_crash_while_the_job_waits(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.BUSY)
        await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.WAITING)
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        check_done_once(harness, harness.job(job))

    harness.run(test)


def test_a_crash_while_cancelling(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 5000.0
        harness.service.plan("cancel", Fault.OFFLINE)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        await engine.cancel(job.id)
        assert harness.job(job).state is _S.CANCELLING
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        assert harness.job(job).state is _S.CANCELLED

    harness.run(test)


def test_a_crash_between_the_rename_and_writing_it_down(harness: EngineHarness) -> None:
    """The file has its name, the database does not know: it is recognised, not loaded and not written a second time."""

    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        assert harness.store is not None
        await harness.store._write(lambda c: c.execute("UPDATE jobs SET state = 'verifying', result = NULL"))
        loads = harness.service.calls["download"]
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        check_done_once(harness, harness.job(job))
        assert harness.service.calls["download"] == loads

    harness.run(test)


def test_a_name_that_another_result_has_by_now_is_not_taken_for_ours(harness: EngineHarness) -> None:
    """While a drive was unplugged a crash left a job with the name of an older result; both files have the same bytes."""

    async def test() -> None:
        await harness.open()
        older = await harness.start_one()
        await harness.finished(older)
        ours = (await harness.engine.enqueue([harness.draft(older.source)]))[0]  # type: ignore[union-attr]
        await harness.finished(ours)
        kept, own = harness.job(older).result, harness.job(ours).result
        assert kept is not None
        assert own is not None
        assert own.read_bytes() == kept.read_bytes()
        await harness.close()
        own.unlink()
        change_rows(
            harness,
            "UPDATE jobs SET state = 'verifying', result = NULL, target = ? WHERE id = ?",
            os.fsencode(kept),
            ours.id,
        )
        engine = await harness.open()
        await engine.idle()
        assert harness.job(ours).state is _S.DONE
        assert harness.job(ours).result == own
        assert own.read_bytes() == kept.read_bytes()
        assert harness.service.taken == 2

    harness.run(test)


def change_rows(harness: EngineHarness, sql: str, *values: object) -> None:
    """What a crash leaves in the job list while no program has it open."""
    with closing(sqlite3.connect(harness.profile / "jobs.db")) as connection, connection:
        connection.execute(sql, values)


def test_a_download_goes_on_after_a_crash_where_it_was(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("download", Fault.BREAK)
        engine = await harness.open()
        job = (await engine.enqueue([harness.draft(harness.picture(width=200, height=150))]))[0]
        await harness.until_state(job, _S.WAITING)
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        done = harness.job(job)
        assert done.result is not None
        assert done.result.read_bytes() == result_bytes(Size(400, 300), FileFormat.PNG)
        assert harness.service.download_offsets[0] == 0
        assert harness.service.download_offsets[1] > 0

    harness.run(test)


def test_many_crashes_in_a_row(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(12)])
        for step in range(8):
            seen = len(harness.events)
            await harness.until(
                lambda limit=seen + 5 + step * 3: len(harness.events) > limit or _all_final(harness, jobs)
            )
            await harness.crash()
            engine = await harness.open()
        await engine.idle()
        assert {harness.job(j).state for j in jobs} == {JobState.DONE}
        assert [len(harness.service.by_token(j.token)) for j in jobs] == [1] * 12

    harness.run(test)


def _all_final(harness: EngineHarness, jobs: tuple[Job, ...]) -> bool:
    return all(harness.job(j).state.is_final for j in jobs)


def test_upload_copies_of_a_crashed_run_are_cleared(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.pictures.copies = True
        harness.service.plan("submit", Fault.HOLD)
        await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        left = harness.profile / "uploads" / f"td-{'0' * 32}.png"
        left.write_bytes(b"x")
        foreign = left.with_name("left-over.png")  # not named as ours are
        foreign.write_bytes(b"x")
        await harness.crash()
        engine = await harness.open()
        assert not left.exists()
        assert foreign.exists()
        await engine.idle()
        assert harness.job(job).state is _S.DONE

    harness.run(test)


def test_a_second_engine_on_the_profile_is_refused(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        first, store = harness.engine, harness.store
        with pytest.raises(ComputerError, match="Another topazdesk"):
            await harness.open()
        assert harness.store is not None
        await harness.store.close()
        harness.engine, harness.store = first, store

    harness.run(test)


def test_a_pause_by_the_user_outlives_a_restart(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        await engine.idle()
        await harness.crash()
        engine = await harness.open()
        assert engine.is_paused
        await engine.idle()
        assert harness.job(job).state is _S.QUEUED
        assert harness.service.taken == 0
        await engine.resume()
        await engine.idle()
        check_done_once(harness, harness.job(job))

    harness.run(test)


@pytest.mark.parametrize("shows_ours", [True, False], ids=["a list with ours", "a list with nothing"])
def test_two_that_were_killed_in_the_submit_settle_in_the_time_that_is_told(
    harness: EngineHarness, shows_ours: bool
) -> None:
    """They looked as if they were doubtful for ever, and neither list nor details said what they waited for.

    The patience is of a service on the net, and passes while a program works on them, not between two.
    """

    async def test() -> None:
        harness.policy = Policy(sent_upload_wait_local_s=None)
        await harness.open()
        if shows_ours:
            await harness.witness()
        harness.service.plan("submit", Fault.HOLD_UNTAKEN, Fault.HOLD_UNTAKEN)
        jobs = [await harness.start_one(f"{n}.png") for n in range(2)]
        await harness.until(lambda: harness.service.in_submit == 2)
        await harness.crash()
        harness.pass_time(2700.0)  # nothing that passes between two programs proves anything
        engine = await harness.open()
        begun = harness.clock.now()
        said = [harness.job(job).trouble for job in jobs]
        assert [trouble and trouble.code for trouble in said] == ["service.doubtful"] * 2
        while not any(pause.is_doubt for pause in engine.pauses()):
            await harness.clock.sleep(1.0)
        assert engine.pauses()[0].until > begun
        await engine.idle()
        waited = harness.clock.now() - begun
        held = sum(line.reserved for line in await engine.ledger())
        if shows_ours:
            assert harness.policy.sent_upload_wait_s <= waited < harness.policy.sent_upload_wait_s + 300
            assert [harness.job(job).state for job in jobs] == [_S.DONE] * 2
            assert [len(harness.service.by_token(job.token)) for job in jobs] == [1] * 2
            assert (held, harness.service.taken) == (0, 3)
        else:
            assert harness.policy.ask_after_s <= waited < harness.policy.ask_after_s + 300
            assert {harness.job(job).trouble.code for job in jobs} == {"service.undecided"}  # type: ignore[union-attr]
            assert (held, harness.service.taken) == (2, 0)
            for job in jobs:
                await engine.resolve(job.id, resend=False)
            assert {harness.job(job).state for job in jobs} == {_S.CANCELLED}

    harness.run(test)
