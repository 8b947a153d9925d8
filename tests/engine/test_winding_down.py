"""A program that is told to end: what it is sending gets a moment for its answer, and nothing new is paid."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import JobState

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
