"""Clocks that are set back: what waits must not wait for the old time to come round again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import JobState
from topazdesk.domain.sending_hours import SendingHours

_S = JobState
HOUR = 3600.0


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


@pytest.mark.parametrize("hour", [9, 1], ids=["by day", "over midnight"])
def test_a_run_with_hours_and_a_limit_over_a_clock_that_is_set_back_two_hours(tmp_path: Path, hour: int) -> None:
    """In its middle: one is at work, one waits for its next try. Nothing stands still, and no limit is paid twice."""
    harness = EngineHarness(tmp_path, work_s=120.0)

    async def test() -> None:
        now = datetime.fromtimestamp(harness.clock.now())  # noqa: DTZ006 - the wall clock
        harness.pass_time((now.replace(hour=hour, minute=0) + timedelta(days=1) - now).total_seconds())
        start = harness.clock.now()
        engine = await harness.open()
        engine.day_cap = 4
        when = SendingHours.read(f"{(hour - 1) % 24}:00-{hour + 3}:00")
        harness.service.plan("submit", Fault.TOP_UP)
        drafts = [harness.draft(harness.picture(f"{number}.png")) for number in range(7)]
        jobs = await engine.enqueue(drafts[:3], hours=when)
        wanted = ["running", "running", "waiting"]
        await harness.until(lambda: sorted(harness.job(job).state.value for job in jobs) == wanted)
        harness.clock.jump(-2 * HOUR)
        jobs += await engine.enqueue(drafts[3:], hours=when)
        await engine.idle(for_hours=False)
        assert harness.clock.now() < start - 0.9 * HOUR, "what was at work is done long before the old time is back"
        assert harness.service.taken == 2, "its hours have not come, by the clock as it is now"
        assert sorted(harness.job(job).state.value for job in jobs) == ["done"] * 2 + ["queued"] * 5
        (pause,) = engine.pauses()
        assert 0 < pause.until - harness.clock.now() <= HOUR
        harness.pass_time(1.1 * HOUR)
        await engine.idle()
        assert harness.service.taken == 4, "the limit for the day counts what was paid under the later time, too"
        harness.pass_time(24 * HOUR)
        await engine.resume()
        await engine.idle()
        assert [harness.job(job).state for job in jobs] == [_S.DONE] * 7
        assert harness.service.taken == 7

    harness.run(test)
