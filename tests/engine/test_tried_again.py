"""To try a job again pays once, however often and from wherever that is pressed, and not at all where the service has it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import FakeService, Fault
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import EstimateRequest
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.trial import TrialOf
from topazdesk.errors import NetworkError, UseError

_S = JobState


def test_two_presses_at_once_pay_once(harness: EngineHarness) -> None:
    """Window and terminal, or a double click: each made a job of its own, and both were paid."""

    async def test() -> None:
        harness.service.plan("submit", Fault.REJECTED)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.finished(job)
        one, other = await asyncio.gather(engine.retry(job.id), engine.retry(job.id))
        assert one.id == other.id != job.id
        await engine.idle()
        # Also later, and after a restart, as the failed job stays in the list: a script that was interrupted runs again.
        assert (await engine.retry(job.id)).id == one.id
        await harness.crash()
        engine = await harness.open()
        assert (await engine.retry(job.id)).id == one.id
        await engine.idle()
        assert harness.service.taken == 1

    harness.run(test)


@pytest.mark.parametrize("is_trial", [False, True])
def test_a_clock_that_was_set_back_makes_no_second_press_pay(harness: EngineHarness, is_trial: bool) -> None:
    """By its time the attempt was older than what it was to replace, and each press started another one."""

    async def test() -> None:
        harness.service.plan("submit", Fault.REJECTED)
        engine = await harness.open()
        draft = harness.draft(harness.picture())
        trial = TrialOf(draft.info.path, None, draft.recipe) if is_trial else None
        (job,) = await engine.enqueue([replace(draft, trial=trial)])
        await harness.finished(job)
        harness.clock.jump(-7200.0)
        one, other = await asyncio.gather(engine.retry(job.id), engine.retry(job.id))
        assert one.id == other.id != job.id
        await engine.idle()
        assert (await engine.retry(job.id)).id == one.id
        await engine.idle()
        assert harness.service.taken == 1
        assert [each.id for each in await engine.jobs_on([job.source])] == [one.id, job.id], "the newest first"

    harness.run(test)


def test_what_was_changed_or_deleted_since_is_made_anew(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.REJECTED)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.finished(job)
        first = await harness.finished(await engine.retry(job.id))
        assert first.result is not None
        first.result.unlink()
        second = await harness.finished(await engine.retry(job.id))
        assert (second.state, harness.service.taken) == (_S.DONE, 2)
        harness.picture(width=41)  # the same place, another picture
        third = await harness.finished(await engine.retry(job.id))
        assert (third.state, harness.service.taken) == (_S.DONE, 3)

    harness.run(test)


def test_a_result_from_before_the_failure_is_no_second_try(harness: EngineHarness) -> None:
    """It was wanted once more, on purpose."""

    async def test() -> None:
        engine = await harness.open()
        await harness.finished(await harness.start_one())
        harness.service.plan("submit", Fault.REJECTED)
        again = await harness.start_one()
        await harness.finished(again)
        new = await harness.finished(await engine.retry(again.id))
        assert (new.state, harness.service.taken) == (_S.DONE, 2)

    harness.run(test)


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["failed", "cancelled"])
def test_what_the_service_made_after_all_is_fetched_for_what_it_cost(
    harness: EngineHarness, is_cancelled: bool
) -> None:
    """It called a job failed, or cancelled, and made it in its next attempt: to try it again paid a second time."""

    async def test() -> None:
        harness.service.fail_next_jobs = 0 if is_cancelled else 1
        engine = await harness.open()
        job = await harness.start_one()
        if is_cancelled:
            await harness.until_state(job, _S.RUNNING)
            await engine.cancel(job.id)
        over = await harness.finished(job)
        assert over.state is (_S.CANCELLED if is_cancelled else _S.FAILED)
        (entry,) = harness.service.entries.values()
        entry.fails, entry.cancelled_at, entry.charged, entry.refunded = False, None, entry.credits, 0
        assert (await engine.retry(job.id)).id == job.id
        done = await harness.finished(job)
        assert (done.state, done.charged, done.refunded) == (_S.DONE, entry.credits, None)
        assert [(line.reserved, line.charged) for line in await engine.ledger()] == [(0, entry.credits)]
        assert harness.service.taken == 1

    harness.run(test)


def test_what_was_given_up_and_has_arrived_is_fetched(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.hides = lambda _: True
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.DOUBTFUL)
        await engine.resolve(job.id, resend=False)
        assert harness.job(job).state is _S.CANCELLED
        harness.service.hides = lambda _: False
        assert (await engine.retry(job.id)).id == job.id
        assert (await harness.finished(job)).state is _S.DONE
        assert harness.service.taken == 1

    harness.run(test)


def test_a_service_that_does_not_answer_keeps_nobody_from_trying_again(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.fail_next_jobs = 1
        engine = await harness.open()
        job = await harness.start_one()
        await harness.finished(job)
        harness.service.plan("status", Fault.SERVER)
        new = await harness.finished(await engine.retry(job.id))
        assert (new.state, harness.service.taken) == (_S.DONE, 2)

    harness.run(test)


def test_a_second_decision_is_none_about_what_was_sent_since(harness: EngineHarness) -> None:
    """Two presses of “Send again” while the list is slow: the second sent once more what the first had just sent."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.LOSE_REQUEST, Fault.LOSE_ANSWER)
        job = await harness.start_one()
        await harness.until_state(job, _S.DOUBTFUL)
        harness.service.may_list.clear()
        first = asyncio.create_task(engine.resolve(job.id, resend=True))
        await asyncio.sleep(5)
        await engine.resolve(job.id, resend=True)
        await first
        harness.service.may_list.set()
        done = await harness.finished(job)
        assert (done.state, harness.service.calls["submit"], harness.service.taken) == (_S.DONE, 2, 1)

    harness.run(test)


class _Dearer(FakeService):
    """A service whose prices have risen."""

    is_there = True

    async def estimate(self, request: EstimateRequest) -> Estimate:
        if not self.is_there:
            raise NetworkError("No connection.", sent=False)
        return Estimate(5, EstimateSource.SERVICE)


@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_price_of_long_ago_is_asked_for_anew_and_no_more_than_was_said_is_paid(
    harness: EngineHarness, days: int, is_there: bool
) -> None:
    """The price that the service had confirmed stood for ever: a picture tried again after months was charged at another."""
    harness.service = harness.source.service = service = _Dearer(harness.service_clock)
    service.is_there = is_there

    async def test() -> None:
        service.plan("submit", Fault.REJECTED)
        engine = await harness.open()
        confirmed = Estimate(1, EstimateSource.SERVICE)
        (job,) = await engine.enqueue([replace(harness.draft(harness.picture()), estimate=confirmed)])
        await harness.finished(job)
        harness.pass_time(days * 86_400.0)
        if days and is_there:
            with pytest.raises(UseError, match="costs more by now") as caught:
                await engine.retry(job.id)
            assert caught.value.hint.startswith("It was 1 credit, now it is 5 credits. Nothing was sent.")
            assert service.taken == 0
        else:
            assert (await harness.finished(await engine.retry(job.id))).state is _S.DONE

    harness.run(test)


@pytest.mark.parametrize("refunded", [0, 1, None])
def test_what_the_service_called_failed_after_all_is_no_result_to_fetch(
    harness: EngineHarness, refunded: int | None
) -> None:
    """It had called it finished before. The second press waited for itself for ever, and a run paid unasked."""

    async def test() -> None:
        harness.service.plan("submit", Fault.REJECTED)
        harness.service.work_s = 1e6
        engine = await harness.open()
        draft = harness.draft(harness.picture())
        (first,) = await engine.enqueue([draft])
        await harness.finished(first)
        second = await engine.retry(first.id)
        await harness.until_state(second, _S.RUNNING)
        ended = {"completed_at": harness.clock.now(), "refunded": refunded}
        await engine._job_table.move(second.id, _S.FAILED, only_from={_S.RUNNING}, **ended)
        followed = (await engine.before([draft])).get(0)
        assert (followed is not None) is (refunded is None)
        assert [job.state for job in await engine.take_up([second.id])] == [_S.READY if refunded is None else _S.FAILED]
        third = await engine.retry(first.id)
        assert (third.id == second.id) is (refunded is None)

    harness.run(test)
