"""Clocks that are set back: what waits must not wait for the old time to come round again."""

from __future__ import annotations

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import JobState

_S = JobState


@pytest.mark.parametrize("fault", [Fault.OFFLINE, Fault.BUSY, Fault.TOP_UP])
def test_a_job_that_waits_when_the_clock_is_set_back(harness: EngineHarness, fault: Fault) -> None:
    """Found by whole runs: a time to try again, written before the clock went back 1.5 hours, held a job for 1.5 hours."""

    async def test() -> None:
        harness.service.plan("submit", fault)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.WAITING)
        harness.clock.jump(-5400.0)
        begun = harness.clock.now()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.clock.now() - begun < 600.0

    harness.run(test)


def test_a_job_that_waits_over_a_restart_with_the_clock_set_back(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.TOP_UP)
        await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.WAITING)
        await harness.crash()
        harness.clock.jump(-5400.0)
        begun = harness.clock.now()
        engine = await harness.open()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.clock.now() - begun < 600.0

    harness.run(test)
