"""Clocks that are set back: what waits must not wait for the old time to come round again."""

from __future__ import annotations

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault
from topazdesk.domain.job import JobState

_S = JobState


@pytest.mark.parametrize("fault", [Fault.OFFLINE, Fault.BUSY, Fault.TOP_UP])
def test_a_job_that_waits_when_the_clock_is_set_back(desk: EngineDesk, fault: Fault) -> None:
    """Found by whole runs: a time to try again, written before the clock went back 1.5 hours, held a job for 1.5 hours."""

    async def test() -> None:
        desk.service.plan("submit", fault)
        engine = await desk.open()
        job = await desk.start_one()
        await desk.until_state(job, _S.WAITING)
        desk.clock.jump(-5400.0)
        begun = desk.clock.now()
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert desk.clock.now() - begun < 600.0

    desk.run(test)


def test_a_job_that_waits_over_a_restart_with_the_clock_set_back(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.plan("submit", Fault.TOP_UP)
        await desk.open()
        job = await desk.start_one()
        await desk.until_state(job, _S.WAITING)
        await desk.crash()
        desk.clock.jump(-5400.0)
        begun = desk.clock.now()
        engine = await desk.open()
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert desk.clock.now() - begun < 600.0

    desk.run(test)
