"""An answer names what was asked, or it is nonsense; a number that another job has is a doubt."""

from __future__ import annotations

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.events import JobChanged, Trouble

_S = JobState


def each_has_its_own(desk: EngineDesk, jobs: tuple[Job, ...] | list[Job]) -> None:
    """Done, once at the service each, and with the remote job that came of its own upload."""
    for job in jobs:
        now = desk.job(job)
        assert now.state is _S.DONE, (now.state, now.trouble)
        [entry] = desk.service.by_token(job.token)
        assert now.remote_id == entry.remote_id
        assert now.source_id == entry.source_id
    assert len({desk.job(job).result for job in jobs}) == len(jobs)


def doubted(desk: EngineDesk) -> set[str]:
    return {e.job.id for e in desk.events if isinstance(e, JobChanged) and e.job.state is _S.DOUBTFUL}


@pytest.mark.parametrize("state", ["running", "done", "cleared"])
def test_a_submit_answered_with_the_number_of_another_job(desk: EngineDesk, state: str) -> None:
    """2 paid, both "done" with one picture, one result lost."""

    async def test() -> None:
        desk.service.work_s = 300.0 if state == "running" else 10.0
        engine = await desk.open()
        first = await desk.start_one("first.png")
        if state == "running":
            await desk.until_state(first, _S.RUNNING)
        else:
            await engine.idle()
        if state == "cleared":
            await engine.forget([first.id])
        desk.service.plan("submit", Fault.KNOWN_ID)
        second = await desk.start_one("second.png")
        await engine.idle()
        each_has_its_own(desk, [second] if state == "cleared" else [first, second])
        assert doubted(desk) == {second.id}
        numbers = {e.job.remote_id for e in desk.events if isinstance(e, JobChanged) and e.job.id == second.id}
        [entry] = desk.service.by_token(second.token)
        assert numbers == {"", entry.remote_id}  # not for a moment the other's
        assert desk.service.taken == 2

    desk.run(test)


def test_two_submits_answered_with_each_others_numbers(desk: EngineDesk) -> None:
    """Both numbers are new, so no table of ours tells; the names under which the service has them do."""

    async def test() -> None:
        engine = await desk.open()
        before = await desk.witness()
        desk.service.plan("submit", Fault.SWAPPED, Fault.SWAPPED)
        jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(2)])
        await engine.idle()
        each_has_its_own(desk, [before, *jobs])
        assert doubted(desk) == {job.id for job in jobs}
        assert desk.service.taken == 3

    desk.run(test)


def test_the_status_of_a_job_answered_with_anothers(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        before = await desk.witness()
        desk.service.work_s = 200.0
        desk.service.plan("status", *[Fault.OTHER_JOB] * 4)
        job = await desk.start_one()
        await desk.until_state(job, _S.RUNNING)
        assert desk.job(job).percent < 100
        await engine.idle()
        each_has_its_own(desk, [before, job])
        assert doubted(desk) == set()
        assert any(isinstance(e, Trouble) and e.error.code == "service.other_job" for e in desk.events)

    desk.run(test)


def test_what_a_cancel_would_cost_is_not_read_from_anothers_answer(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.work_s = 5000.0
        engine = await desk.open()
        jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(2)])
        await desk.until(lambda: all(desk.job(j).state is _S.RUNNING for j in jobs))
        desk.service.plan("cancel", Fault.OFFLINE)
        desk.service.plan("status", *[Fault.OTHER_JOB] * 3)
        await engine.cancel(jobs[0].id)
        await desk.until_state(jobs[0], _S.CANCELLED)
        assert desk.job(jobs[1]).state is _S.RUNNING
        assert [e.cancelled_at is not None for e in desk.service.by_token(jobs[0].token)] == [True]
        await engine.cancel(jobs[1].id)
        await engine.idle()

    desk.run(test)
