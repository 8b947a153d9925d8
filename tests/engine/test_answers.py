"""An answer names what was asked, or it is nonsense; a number that another job has is a doubt."""

from __future__ import annotations

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.events import EngineError, JobChanged

_S = JobState


def each_has_its_own(harness: EngineHarness, jobs: tuple[Job, ...] | list[Job]) -> None:
    """Done, once at the service each, and with the remote job that came of its own upload."""
    for job in jobs:
        now = harness.job(job)
        assert now.state is _S.DONE, (now.state, now.trouble)
        [entry] = harness.service.by_token(job.token)
        assert now.remote_id == entry.remote_id
        assert now.source_id == entry.source_id
    assert len({harness.job(job).result for job in jobs}) == len(jobs)


def doubted(harness: EngineHarness) -> set[str]:
    return {e.job.id for e in harness.events if isinstance(e, JobChanged) and e.job.state is _S.DOUBTFUL}


@pytest.mark.parametrize("state", ["running", "done", "cleared"])
def test_a_submit_answered_with_the_number_of_another_job(harness: EngineHarness, state: str) -> None:
    """2 paid, both "done" with one picture, one result lost."""

    async def test() -> None:
        harness.service.work_s = 300.0 if state == "running" else 10.0
        engine = await harness.open()
        first = await harness.start_one("first.png")
        if state == "running":
            await harness.until_state(first, _S.RUNNING)
        else:
            await engine.idle()
        if state == "cleared":
            await engine.forget([first.id])
        harness.service.plan("submit", Fault.KNOWN_ID)
        second = await harness.start_one("second.png")
        await engine.idle()
        each_has_its_own(harness, [second] if state == "cleared" else [first, second])
        assert doubted(harness) == {second.id}
        numbers = {e.job.remote_id for e in harness.events if isinstance(e, JobChanged) and e.job.id == second.id}
        [entry] = harness.service.by_token(second.token)
        assert numbers == {"", entry.remote_id}  # not for a moment the other's
        assert harness.service.taken == 2

    harness.run(test)


def test_two_submits_answered_with_each_others_numbers(harness: EngineHarness) -> None:
    """Both numbers are new, so no table of ours tells; the names under which the service has them do."""

    async def test() -> None:
        engine = await harness.open()
        before = await harness.witness()
        harness.service.plan("submit", Fault.SWAPPED, Fault.SWAPPED)
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await engine.idle()
        each_has_its_own(harness, [before, *jobs])
        assert doubted(harness) == {job.id for job in jobs}
        assert harness.service.taken == 3

    harness.run(test)


def test_the_status_of_a_job_answered_with_anothers(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        before = await harness.witness()
        harness.service.work_s = 200.0
        harness.service.plan("status", *[Fault.OTHER_JOB] * 4)
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        assert harness.job(job).percent < 100
        await engine.idle()
        each_has_its_own(harness, [before, job])
        assert doubted(harness) == set()
        assert any(isinstance(e, EngineError) and e.error.code == "service.other_job" for e in harness.events)

    harness.run(test)


def test_what_a_cancel_would_cost_is_not_read_from_anothers_answer(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 5000.0
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await harness.until(lambda: all(harness.job(j).state is _S.RUNNING for j in jobs))
        harness.service.plan("cancel", Fault.OFFLINE)
        harness.service.plan("status", *[Fault.OTHER_JOB] * 3)
        await engine.cancel(jobs[0].id)
        await harness.until_state(jobs[0], _S.CANCELLED)
        assert harness.job(jobs[1]).state is _S.RUNNING
        assert [e.cancelled_at is not None for e in harness.service.by_token(jobs[0].token)] == [True]
        await engine.cancel(jobs[1].id)
        await engine.idle()

    harness.run(test)
