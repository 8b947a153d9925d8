"""A crash in every state: the job goes on where it was, nothing is lost and nothing is sent twice."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault, result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.events import Event, JobChanged
from topazdesk.errors import ComputerError

_S = JobState


def crash_when(desk: EngineDesk, state: JobState) -> None:
    """From the instant a job is in `state`, nothing more reaches the database."""

    def look(event: Event) -> None:
        if isinstance(event, JobChanged) and event.job.state is state and desk.store is not None:
            desk.store._closed = True

    desk.hub.subscribe(look)


@pytest.mark.parametrize(
    "state", [_S.PREPARING, _S.SUBMITTING, _S.RUNNING, _S.READY, _S.DOWNLOADING, _S.VERIFYING, _S.DONE]
)
def test_a_crash_right_after_a_state_was_written(desk: EngineDesk, state: JobState) -> None:
    async def test() -> None:
        engine = await desk.open()
        await desk.witness()
        crash_when(desk, state)
        job = await desk.start_one()
        await desk.until(lambda: desk.store is not None and desk.store._closed)
        await engine.close()
        assert desk.store is not None
        desk.store._closed = False
        await desk.crash()
        desk.hub._listeners.pop()
        engine = await desk.open()
        await engine.idle()
        check_done_once(desk, desk.job(job))

    desk.run(test)


def check_done_once(desk: EngineDesk, job: Job) -> None:
    assert job.state is JobState.DONE
    assert job.result is not None
    assert job.result.read_bytes() == result_bytes(Size(80, 60), FileFormat.PNG)
    assert [p.name for p in job.result.parent.iterdir()] == [job.result.name]
    assert len(desk.service.by_token(job.token)) == 1


@pytest.mark.parametrize("fault", [Fault.HOLD, Fault.HOLD_UNTAKEN])
def test_a_crash_in_the_middle_of_the_submit(desk: EngineDesk, fault: Fault) -> None:
    """The service took it, or did not: the client is gone before it hears of it."""

    async def test() -> None:
        engine = await desk.open()
        await desk.witness()
        desk.service.plan("submit", fault)
        job = await desk.start_one()
        await desk.until_state(job, _S.SUBMITTING)
        await desk.until(lambda: desk.service.in_submit == 1)
        await desk.crash()
        engine = await desk.open()
        assert desk.job(job).state is _S.DOUBTFUL
        await engine.idle()
        check_done_once(desk, desk.job(job))
        assert desk.service.calls["submit"] == (1 if fault is Fault.HOLD else 2)

    desk.run(test)


def test_a_crash_while_the_job_runs_remotely(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.work_s = 60.0
        engine = await desk.open()
        job = await desk.start_one()
        await desk.until(lambda: desk.job(job).percent > 0 and desk.job(job).state is _S.RUNNING)
        await desk.crash()
        engine = await desk.open()
        await engine.idle()
        check_done_once(desk, desk.job(job))

    desk.run(test)


def test_a_crash_while_the_job_waits(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.plan("submit", Fault.BUSY)
        await desk.open()
        job = await desk.start_one()
        await desk.until_state(job, _S.WAITING)
        await desk.crash()
        engine = await desk.open()
        await engine.idle()
        check_done_once(desk, desk.job(job))

    desk.run(test)


def test_a_crash_while_cancelling(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.work_s = 5000.0
        desk.service.plan("cancel", Fault.OFFLINE)
        engine = await desk.open()
        job = await desk.start_one()
        await desk.until_state(job, _S.RUNNING)
        await engine.cancel(job.id)
        assert desk.job(job).state is _S.CANCELLING
        await desk.crash()
        engine = await desk.open()
        await engine.idle()
        assert desk.job(job).state is _S.CANCELLED

    desk.run(test)


def test_a_crash_between_the_rename_and_writing_it_down(desk: EngineDesk) -> None:
    """The file has its name, the database does not know: it is recognised, not loaded and not written a second time."""

    async def test() -> None:
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        assert desk.store is not None
        await desk.store._write(lambda c: c.execute("UPDATE jobs SET state = 'verifying', result = NULL"))
        loads = desk.service.calls["download"]
        await desk.crash()
        engine = await desk.open()
        await engine.idle()
        check_done_once(desk, desk.job(job))
        assert desk.service.calls["download"] == loads

    desk.run(test)


def test_a_name_that_another_result_has_by_now_is_not_taken_for_ours(desk: EngineDesk) -> None:
    """While a drive was unplugged a crash left a job with the name of an older result; both files have the same bytes."""

    async def test() -> None:
        await desk.open()
        older = await desk.start_one()
        await desk.finished(older)
        ours = (await desk.engine.enqueue([desk.draft(older.source)]))[0]  # type: ignore[union-attr]
        await desk.finished(ours)
        kept, own = desk.job(older).result, desk.job(ours).result
        assert kept is not None
        assert own is not None
        assert own.read_bytes() == kept.read_bytes()
        await desk.close()
        own.unlink()
        change_rows(
            desk,
            "UPDATE jobs SET state = 'verifying', result = NULL, target = ? WHERE id = ?",
            os.fsencode(kept),
            ours.id,
        )
        engine = await desk.open()
        await engine.idle()
        assert desk.job(ours).state is _S.DONE
        assert desk.job(ours).result == own
        assert own.read_bytes() == kept.read_bytes()
        assert desk.service.taken == 2

    desk.run(test)


def change_rows(desk: EngineDesk, sql: str, *values: object) -> None:
    """What a crash leaves in the job list while no program has it open."""
    with closing(sqlite3.connect(desk.profile / "jobs.db")) as connection, connection:
        connection.execute(sql, values)


def test_a_download_goes_on_after_a_crash_where_it_was(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.plan("download", Fault.BREAK)
        engine = await desk.open()
        job = await desk.start_one()
        await desk.until_state(job, _S.WAITING)
        await desk.crash()
        engine = await desk.open()
        await engine.idle()
        check_done_once(desk, desk.job(job))
        assert desk.service.download_offsets[0] == 0
        assert desk.service.download_offsets[1] > 0

    desk.run(test)


def test_many_crashes_in_a_row(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(12)])
        for step in range(8):
            seen = len(desk.events)
            await desk.until(lambda limit=seen + 5 + step * 3: len(desk.events) > limit or _all_final(desk, jobs))
            await desk.crash()
            engine = await desk.open()
        await engine.idle()
        assert {desk.job(j).state for j in jobs} == {JobState.DONE}
        assert [len(desk.service.by_token(j.token)) for j in jobs] == [1] * 12

    desk.run(test)


def _all_final(desk: EngineDesk, jobs: tuple[Job, ...]) -> bool:
    return all(desk.job(j).state.is_final for j in jobs)


def test_upload_copies_of_a_crashed_run_are_cleared(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.pictures.copies = True
        desk.service.plan("submit", Fault.HOLD)
        await desk.open()
        job = await desk.start_one()
        await desk.until(lambda: desk.service.in_submit == 1)
        left = desk.profile / "uploads" / f"td-{'0' * 32}.png"
        left.write_bytes(b"x")
        foreign = left.with_name("left-over.png")  # not named as ours are
        foreign.write_bytes(b"x")
        await desk.crash()
        engine = await desk.open()
        assert not left.exists()
        assert foreign.exists()
        await engine.idle()
        assert desk.job(job).state is _S.DONE

    desk.run(test)


def test_a_second_engine_on_the_profile_is_refused(desk: EngineDesk) -> None:
    async def test() -> None:
        await desk.open()
        first, store = desk.engine, desk.store
        with pytest.raises(ComputerError, match="Another topazdesk"):
            await desk.open()
        assert desk.store is not None
        await desk.store.close()
        desk.engine, desk.store = first, store

    desk.run(test)


def test_a_pause_by_the_user_outlives_a_restart(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        await engine.pause()
        job = await desk.start_one()
        await engine.idle()
        await desk.crash()
        engine = await desk.open()
        assert engine.is_paused
        await engine.idle()
        assert desk.job(job).state is _S.QUEUED
        assert desk.service.taken == 0
        await engine.resume()
        await engine.idle()
        check_done_once(desk, desk.job(job))

    desk.run(test)
