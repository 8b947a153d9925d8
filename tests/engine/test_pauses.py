"""What is waited for, and until when: told only while nothing is done for any job."""

from __future__ import annotations

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from tests.support.queue_jobs import NOW, job
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.engine.pauses import pauses

_S = JobState
BUSY = JobError("service.busy", "The service is busy", "")
LATE = {
    "b": NOW + 600,
    "a": NOW + 300,
    "doubt": NOW + 60,
    "passed": NOW - 1,
}


def told(*jobs: Job, held_s: float = 0.0) -> list[tuple[str, list[str], float]]:
    found = pauses(jobs, NOW, lambda each: LATE.get(each.id), lambda _: held_s)
    return [(pause.account.service.value, [each.id for each in pause.jobs], pause.until - NOW) for pause in found]


def test_jobs_of_one_reason_are_told_together_with_the_first_that_goes_on() -> None:
    waits = [job(name, _S.WAITING, trouble=BUSY) for name in ("b", "a")]
    doubt = job("doubt", _S.DOUBTFUL, trouble=BUSY)
    behind = job("queued")
    assert told(*waits) == [("topaz", ["a", "b"], 300)]
    assert told(*waits, doubt) == [("topaz", ["doubt"], 60), ("topaz", ["a", "b"], 300)]
    assert told(behind, *waits) == [("topaz", ["a", "b", "queued"], 300)]
    assert told(behind, held_s=90) == [("topaz", ["queued"], 90)]
    assert [pause.is_doubt for pause in pauses([doubt, *waits], NOW, lambda j: LATE.get(j.id), lambda _: 0)] == [
        True,
        False,
    ]


@pytest.mark.parametrize("state", [_S.RUNNING, _S.READY, _S.WAITING])
def test_nothing_is_told_while_something_is_done(state: JobState) -> None:
    assert told(job("a", _S.WAITING, trouble=BUSY), job("other", state)) == []
    assert told(job("passed", _S.WAITING)) == told(job("queued")) == told() == []
    # A service that is held says nothing of another one's jobs.
    assert told(job("a", _S.WAITING, trouble=BUSY), job("other", service=ServiceName.RUNFLOW)) == []


def test_the_engine_tells_its_waits_and_only_those(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.TOP_UP)
        first = await harness.start_one()
        waiting = await harness.until_state(first, _S.WAITING)
        await harness.until(lambda: bool(engine.pauses()))
        (pause,) = engine.pauses()
        assert ([each.id for each in pause.jobs], pause.until, pause.is_doubt) == (
            [first.id],
            waiting.not_before,
            False,
        )
        assert pause.why == waiting.trouble
        await engine.idle()
        assert engine.pauses() == ()

    harness.run(test)
