"""A program that is told to end: what it is sending gets a moment for its answer, and nothing new is paid."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState

_S = JobState


def test_an_answer_that_comes_in_the_last_moment_is_taken(harness: EngineHarness) -> None:
    """Cut off, each picture on its way was looked for at the next start, for half an hour where it had not arrived."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.HOLD)
        sent = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        ending = asyncio.create_task(engine.wind_down())
        await asyncio.sleep(0)
        assert engine._supervisor.is_closed
        late = await harness.start_one("late.png")
        harness.service.release.set()
        await ending
        assert (harness.job(sent).state, harness.job(late).state) == (_S.RUNNING, _S.QUEUED)
        assert engine._supervisor.names == []
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        assert harness.job(sent).state is harness.job(late).state is _S.DONE
        assert harness.service.calls["submit"] == 2

    harness.run(test)


def test_an_answer_is_not_waited_for_without_end(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.HOLD)
        sent = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        begun = harness.clock.now()
        await engine.wind_down()
        assert 0.0 < harness.clock.now() - begun <= harness.policy.answer_wait_s + 1.0
        assert harness.job(sent).state is _S.SUBMITTING
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        assert harness.job(sent).state is _S.DONE
        assert len(harness.service.by_token(sent.token)) == 1

    harness.run(test)


def test_who_does_not_wait_any_more_ends_at_once(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.HOLD)
        sent = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        begun = harness.clock.now()
        ending = asyncio.create_task(engine.wind_down())
        await asyncio.sleep(0)
        assert engine._supervisor.is_closed
        ending.cancel()
        await asyncio.wait({ending})
        assert ending.cancelled()
        await engine.wind_down()  # as part of the closing
        assert harness.clock.now() - begun < 1.0
        assert harness.job(sent).state is _S.SUBMITTING
        assert engine._supervisor.names == []

    harness.run(test)


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_an_upload_that_ends_in_the_last_moment_is_not_paid_any_more(
    harness: EngineHarness, is_cancelled: bool
) -> None:
    """It is free until the paid call, which is left to the next start."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.HOLD_BEFORE)
        job = await harness.start_one()
        await harness.until_state(job, _S.SUBMITTING)
        await harness.until(lambda: harness.service.in_submit == 1)
        if is_cancelled:
            await engine.cancel(job.id)
        ending = asyncio.create_task(engine.wind_down())
        await asyncio.sleep(0)
        assert engine._supervisor.is_closed
        harness.service.release.set()
        await ending
        assert harness.service.by_token(job.token) == []
        assert harness.job(job).state is (_S.CANCELLED if is_cancelled else _S.QUEUED)
        assert sum(line.reserved for line in await engine.ledger()) == 0
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        assert len(harness.service.by_token(job.token)) == (0 if is_cancelled else 1)

    harness.run(test)


def test_what_is_about_to_be_sent_is_not_sent_any_more_and_is_no_doubt(harness: EngineHarness) -> None:
    """That it would be sent was on the disk by then: at the next start it was looked for, for half an hour."""

    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        assert harness.store is not None
        save, written, goes_on = harness.store.save, asyncio.Event(), asyncio.Event()

        async def slow(job: Job, was: Job, **more: Any) -> None:
            await save(job, was, **more)
            if job.state is _S.SUBMITTING:
                written.set()
                await goes_on.wait()

        harness.store.save = slow  # type: ignore[method-assign]
        before = harness.service.calls["submit"]
        job = await harness.start_one()
        await written.wait()
        ending = asyncio.create_task(engine.wind_down())
        await asyncio.sleep(0)
        assert engine._supervisor.is_closed
        goes_on.set()
        await ending
        assert harness.service.calls["submit"] == before
        assert harness.job(job).state is _S.QUEUED
        assert sum(line.reserved for line in await engine.ledger()) == 0
        await harness.crash()
        engine = await harness.open()
        begun = harness.clock.now()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.clock.now() - begun < harness.policy.sent_upload_wait_s
        assert len(harness.service.by_token(job.token)) == 1

    harness.run(test)
