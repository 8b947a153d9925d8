"""Cancel in every state; the service may have finished first."""

from __future__ import annotations

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import FakeService, Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Progress, SubmitRequest, Submitted
from topazdesk.engine.engine import Engine
from topazdesk.errors import UseError

_S = JobState


def test_a_queued_job_is_cancelled_at_once_and_costs_nothing(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        await engine.cancel(job.id)
        assert harness.job(job).state is _S.CANCELLED
        await engine.resume()
        await engine.idle()
        assert harness.service.taken == 0

    harness.run(test)


def test_a_waiting_job_is_cancelled_at_once(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.TOP_UP)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.WAITING)
        await engine.cancel(job.id)
        await engine.idle()
        assert harness.job(job).state is _S.CANCELLED
        assert harness.service.taken == 0

    harness.run(test)


def test_a_cancel_during_a_free_upload_costs_nothing(harness: EngineHarness) -> None:
    """Where the paid call comes after the upload, and cannot be cancelled, the whole price was charged."""

    async def test() -> None:
        harness.service.plan("submit", Fault.HOLD_BEFORE)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        await engine.cancel(job.id)
        harness.service.release.set()
        await engine.idle()
        cancelled = harness.job(job)
        assert cancelled.trouble is not None
        assert (cancelled.state, cancelled.trouble.title) == (_S.CANCELLED, "Cancelled")
        assert [(line.reserved, line.charged) for line in await engine.ledger()] == [(0, None)]
        assert harness.service.taken == 0

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.HOLD, Fault.HOLD_UNTAKEN])
def test_a_cancel_during_the_upload_is_done_when_the_answer_is_there(harness: EngineHarness, fault: Fault) -> None:
    async def test() -> None:
        harness.service.work_s = 5000.0
        harness.service.plan("submit", fault)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        await engine.cancel(job.id)
        harness.service.release.set()
        await engine.idle()
        cancelled = harness.job(job)
        assert cancelled.state is _S.CANCELLED
        assert harness.service.calls["submit"] == 1
        assert [e.charged for e in harness.service.by_token(job.token)] == (
            [cancelled.charged] if fault is Fault.HOLD else []
        )

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.OFFLINE, Fault.TOP_UP, Fault.BAD_KEY, Fault.REJECTED])
def test_a_cancel_during_an_upload_that_is_refused_is_not_sent_again(harness: EngineHarness, fault: Fault) -> None:
    """What is refused for now waits and is sent again, but not against the user's word."""

    class Refusing(FakeService):
        """The user cancels while it refuses."""

        async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
            await engine.cancel(job.id)
            return await super().submit(request, progress)

    async def test() -> None:
        nonlocal engine, job
        harness.service = harness.source.service = Refusing(harness.service_clock)
        harness.service.plan("submit", fault)
        engine = await harness.open()
        job = await harness.start_one()
        cancelled = await harness.finished(job)
        assert cancelled.state is _S.CANCELLED
        assert harness.service.calls["submit"] == 1
        assert harness.service.taken == 0
        assert [(each.reserved, each.charged) for each in await engine.ledger()] == [(0, None)]

    engine: Engine
    job: Job
    harness.run(test)


def test_a_running_job_is_cancelled_and_its_cost_is_said(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 400.0
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: harness.job(job).percent > 10)
        await engine.cancel(job.id)
        await engine.idle()
        cancelled = harness.job(job)
        assert cancelled.state is _S.CANCELLED
        assert cancelled.charged == 1
        assert [e.charged for e in await engine.ledger()] == [1]

    harness.run(test)


def test_the_service_had_finished_first(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 60.0
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        harness.pass_time(100.0)
        await engine.cancel(job.id)
        await engine.idle()
        done = harness.job(job)
        assert done.state is _S.DONE
        assert done.result is not None
        assert done.result.exists()
        assert not done.cancel_wanted

    harness.run(test)


def test_a_service_that_does_not_cancel_goes_on(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 200.0
        harness.service.plan("cancel", Fault.REFUSE_CANCEL)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        await engine.cancel(job.id)
        running = await harness.until_state(job, _S.RUNNING)
        assert running.trouble is not None
        assert running.trouble.code == "service.not_cancellable"
        await engine.idle()
        assert harness.job(job).state is _S.DONE

    harness.run(test)


def test_a_cancel_without_a_connection_is_repeated(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 5000.0
        harness.service.plan("cancel", Fault.OFFLINE, Fault.BUSY, Fault.SERVER)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        await engine.cancel(job.id)
        await engine.idle()
        assert harness.job(job).state is _S.CANCELLED
        assert harness.service.calls["cancel"] == 4

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.LOSE_REQUEST])
def test_a_doubtful_job_that_is_cancelled_is_looked_up_first(harness: EngineHarness, fault: Fault) -> None:
    async def test() -> None:
        harness.service.work_s = 5000.0
        harness.service.plan("submit", fault)
        harness.service.plan("list_jobs", Fault.OFFLINE, Fault.OFFLINE)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.DOUBTFUL)
        await engine.cancel(job.id)
        await engine.idle()
        assert harness.job(job).state is _S.CANCELLED
        assert harness.service.calls["submit"] == 1
        assert all(e.cancelled_at for e in harness.service.by_token(job.token))

    harness.run(test)


def test_a_finished_result_is_fetched_whatever_was_clicked(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("download_link", Fault.OFFLINE)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.WAITING)
        await engine.cancel(job.id)
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        await engine.cancel(job.id)
        assert harness.job(job).state is _S.DONE

    harness.run(test)


def test_what_cannot_be_tried_again_says_so(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        with pytest.raises(UseError, match="nothing to try again"):
            await engine.retry(job.id)
        with pytest.raises(UseError, match="no such job"):
            await engine.cancel("nobody")
        with pytest.raises(UseError, match="not in doubt"):
            await engine.resolve(job.id, resend=True)

    harness.run(test)


def test_a_cancel_that_takes_a_while_is_not_asked_for_again_and_again(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 5000.0
        harness.service.cancel_lag_s = 15.0
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        await engine.cancel(job.id)
        await engine.idle()
        assert harness.job(job).state is _S.CANCELLED
        assert harness.service.calls["cancel"] <= 2

    harness.run(test)
