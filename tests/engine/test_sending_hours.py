"""Nothing is sent outside the hours of a run, whatever happens: a restart, a retry, a clock that jumps, a long upload."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Prepared
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.engine import rows
from topazdesk.engine.ledger import LedgerLine

_S = JobState
HOUR = 3600.0


def hours(harness: EngineHarness, begin_h: float, end_h: float) -> SendingHours:
    """Hours that begin and end so many hours from now, to the minute."""
    now = harness.clock.now()
    start, end = (datetime.fromtimestamp(now + each * HOUR) for each in (begin_h, end_h))  # noqa: DTZ006 - the wall clock
    return SendingHours.read(f"{start:%H:%M}-{end:%H:%M}")


async def enqueued(harness: EngineHarness, name: str, when: SendingHours | None) -> Job:
    assert harness.engine is not None
    return (await harness.engine.enqueue([harness.draft(harness.picture(name))], hours=when))[0]


def sent(harness: EngineHarness) -> int:
    return len(harness.service.entries)


async def told(harness: EngineHarness) -> float:
    """Wait until the engine tells that it waits for hours; return in how many seconds they come."""
    engine = harness.engine
    assert engine is not None
    await harness.until(lambda: bool(engine.pauses()))
    (pause,) = engine.pauses()
    assert pause.hours is not None
    assert pause.why is None
    return pause.until - harness.clock.now()


def test_a_run_waits_for_its_hours_and_then_is_sent(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await enqueued(harness, "a.png", hours(harness, 2, 3))
        assert HOUR < await told(harness) <= 2 * HOUR
        await engine.idle(for_hours=False)
        assert (harness.job(job).state, sent(harness)) == (_S.QUEUED, 0)
        harness.pass_time(2.2 * HOUR)
        await engine.idle()
        assert (harness.job(job).state, sent(harness)) == (_S.DONE, 1)
        assert engine.pauses() == ()

    harness.run(test)


def test_a_job_without_hours_is_not_held_up_by_one_that_waits(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        night = await enqueued(harness, "night.png", hours(harness, 2, 3))
        now = await enqueued(harness, "now.png", None)
        await harness.finished(now)
        await engine.idle([now.id])
        assert (harness.job(now).state, harness.job(night).state) == (_S.DONE, _S.QUEUED)

    harness.run(test)


@pytest.mark.parametrize("resumes", [False, True])
def test_hours_outlive_the_program_and_a_queue_that_is_resumed(harness: EngineHarness, resumes: bool) -> None:
    async def test() -> None:
        await harness.open()
        job = await enqueued(harness, "a.png", hours(harness, 2, 3))
        await harness.crash()
        engine = await harness.open()
        if resumes:
            await engine.pause()
            await engine.resume()
        await told(harness)
        assert (harness.job(job).hours, harness.job(job).state, sent(harness)) == (job.hours, _S.QUEUED, 0)
        harness.pass_time(2.2 * HOUR)
        await engine.idle()
        assert (harness.job(job).state, sent(harness)) == (_S.DONE, 1)

    harness.run(test)


def test_what_was_sent_before_the_end_is_finished_and_nothing_new_is_sent(tmp_path: Path) -> None:
    harness = EngineHarness(tmp_path, work_s=3 * HOUR)

    async def test() -> None:
        engine = await harness.open()
        open_now = hours(harness, -1, 1)
        first = await harness.until_state(await enqueued(harness, "a.png", open_now), _S.RUNNING)
        harness.pass_time(2 * HOUR)
        second = await enqueued(harness, "b.png", open_now)
        harness.pass_time(2 * HOUR)
        await engine.idle(for_hours=False)
        assert (harness.job(first).state, harness.job(second).state, sent(harness)) == (_S.DONE, _S.QUEUED, 1)

    harness.run(test)


@pytest.mark.parametrize("restarts", [False, True], ids=["one program", "a restart"])
def test_hours_that_end_in_the_middle_of_a_run(tmp_path: Path, restarts: bool) -> None:
    """No submit begins after the end, what was begun is fetched, and the rest goes on at the next beginning."""
    harness = EngineHarness(tmp_path, work_s=800.0)
    begun: list[float] = []

    async def test() -> None:
        harness.service.on_submit = lambda _: begun.append(harness.clock.now())
        engine = await harness.open()
        drafts = [harness.draft(harness.picture(f"{number}.png")) for number in range(30)]
        when = hours(harness, -1, 0.15)
        end = harness.clock.now() + 0.15 * HOUR
        jobs = await engine.enqueue(drafts, hours=when)
        await engine.idle(for_hours=False)
        first = sent(harness)
        assert 0 < first < 30
        assert max(begun) < end
        assert harness.clock.now() > end
        assert sum(harness.job(job).state is _S.DONE for job in jobs) == first
        assert sum(harness.job(job).state is _S.QUEUED for job in jobs) == 30 - first
        if restarts:
            await harness.crash()
            engine = await harness.open()
            await engine.idle(for_hours=False)
            assert sent(harness) == first
        (pause,) = engine.pauses()
        assert len(pause.jobs) == 30 - first
        assert 22 * HOUR < pause.until - harness.clock.now() < 24 * HOUR
        while not all(harness.job(job).state is _S.DONE for job in jobs):
            harness.pass_time(pause.until - harness.clock.now() + 60.0)
            await engine.idle(for_hours=False)
            pause = next(iter(engine.pauses()), pause)
        assert len(begun) == sent(harness) == 30
        assert all(when.is_open(at) for at in begun)

    harness.run(test)


def test_hours_that_end_while_the_picture_is_made_ready(harness: EngineHarness) -> None:
    """The last look at the clock is just before the intent is written, so nothing is set aside for it either."""
    prepare = harness.pictures.prepare

    def slow(info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        harness.pass_time(2 * HOUR)
        return prepare(info, model, folder, token)

    async def test() -> tuple[LedgerLine, ...]:
        engine = await harness.open()
        harness.pictures.prepare = slow  # type: ignore[method-assign]
        job = await enqueued(harness, "a.png", hours(harness, -1, 1))
        await told(harness)
        assert (harness.job(job).state, sent(harness)) == (_S.QUEUED, 0)
        assert [line.note for line in await engine.history(job.id)][-1] == "its hours were over"
        return await engine.ledger()

    async def checked() -> None:
        assert await test() == ()

    harness.run(checked)


def test_a_try_that_waits_beyond_the_end_waits_for_the_next_hours(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.TOP_UP)
        job = await enqueued(harness, "a.png", hours(harness, -1, 1))
        await harness.until_state(job, _S.WAITING)
        harness.pass_time(2 * HOUR)
        await harness.until_state(job, _S.QUEUED)
        await told(harness)
        again = await engine.retry((await enqueued_and_cancelled(harness)).id)
        assert again.hours is not None, "a new try keeps the hours"
        assert sent(harness) == 0
        harness.pass_time(21.5 * HOUR)
        await engine.idle()
        assert sent(harness) == 2

    async def enqueued_and_cancelled(harness: EngineHarness) -> Job:
        assert harness.engine is not None
        job = await enqueued(harness, "b.png", harness.engine.unfinished()[0].hours)
        await harness.engine.cancel(job.id)
        return harness.job(job)

    harness.run(test)


def test_a_clock_that_jumps_anywhere_sends_nothing_outside(harness: EngineHarness) -> None:
    """Each picture that the service got came while the clock of this computer showed one of the hours."""
    moments: list[float] = []
    submit = harness.service.submit

    async def noted(*args: object, **more: object) -> object:
        moments.append(harness.clock.now())
        return await submit(*args, **more)  # type: ignore[arg-type]

    async def test() -> None:
        engine = await harness.open()
        harness.service.submit = noted  # type: ignore[method-assign,assignment]
        when = hours(harness, 3, 5)
        jobs = [await enqueued(harness, f"{number}.png", when) for number in range(12)]
        jumps = random.Random(7)
        for number in range(12):
            harness.pass_time(jumps.uniform(-3, 9) * HOUR)
            if number == 6:
                await harness.crash()
                engine = await harness.open()
            await engine.idle(for_hours=False)
        while not all(harness.job(job).state.is_final for job in jobs):
            harness.pass_time(1.5 * HOUR)
            await engine.idle(for_hours=False)
            await asyncio.sleep(0)
        assert {harness.job(job).state for job in jobs} == {_S.DONE}
        assert len(moments) == sent(harness) == 12
        assert all(when.is_open(at) for at in moments)

    harness.run(test)


def test_hours_that_cannot_be_read_are_no_leave_to_send() -> None:
    from tests.support.queue_jobs import job

    row = dict(zip(rows.COLUMNS, rows.to_row(job("a")), strict=True))
    assert rows.from_row(row).hours is None
    row["hours"] = "22:00-06:00 fri"
    assert rows.from_row(row).hours == SendingHours.read("22-6", "friday")
    row["hours"] = "at night"
    with pytest.raises(rows.BrokenRowError):
        rows.from_row(row)
