"""Each fault on the way: the right state, a sentence, and going on by itself when the cause is gone."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import FakeService, Fault, error_for, result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Progress, SubmitRequest, Submitted
from topazdesk.engine.events import EngineError, JobChanged, QueuePaused
from topazdesk.engine.policy import Policy
from topazdesk.errors import BugError, NetworkError

_S = JobState


def way(harness: EngineHarness, job: Job) -> list[JobState]:
    """The states that were told, repeats left out."""
    states: list[JobState] = []
    for event in harness.events:
        if isinstance(event, JobChanged) and event.job.id == job.id and event.job.state not in states[-1:]:
            states.append(event.job.state)
    return states


def check_done_once(harness: EngineHarness, job: Job) -> None:
    now = harness.job(job)
    assert now.state is _S.DONE, now.trouble
    assert now.trouble is None
    assert now.result is not None
    assert now.result.read_bytes() == result_bytes(Size(80, 60), FileFormat.PNG)
    assert [p.name for p in now.result.parent.iterdir()] == [now.result.name]
    assert len(harness.service.by_token(job.token)) == 1


# -- the submit ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.OFFLINE, Fault.BUSY, Fault.TOP_UP])
def test_what_was_not_taken_waits_and_is_sent_later(harness: EngineHarness, fault: Fault) -> None:
    async def test() -> None:
        harness.service.plan("submit", fault)
        engine = await harness.open()
        job = await harness.start_one()
        waiting = await harness.until_state(job, _S.WAITING)
        assert waiting.trouble is not None
        assert waiting.trouble.title == error_for(fault).title
        assert waiting.not_before > waiting.changed_at
        assert [(e.reserved, e.charged) for e in await engine.ledger()] == [(0, None)]
        await engine.idle()
        check_done_once(harness, job)
        assert harness.service.calls["submit"] == 2

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.ARRIVE_LATE])
def test_a_lost_answer_is_looked_up_and_adopted(harness: EngineHarness, fault: Fault) -> None:
    async def test() -> None:
        harness.service.plan("submit", fault)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        check_done_once(harness, job)
        assert _S.DOUBTFUL in way(harness, job)
        assert harness.service.calls["submit"] == 1

    harness.run(test)


def test_a_request_that_certainly_never_arrived_is_sent_again(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        job = await harness.start_one()
        await engine.idle()
        check_done_once(harness, job)
        assert harness.service.calls["submit"] == 2
        doubted = next(e.job for e in harness.events if isinstance(e, JobChanged) and e.job.state is _S.DOUBTFUL)
        resent = next(e.job for e in harness.events if isinstance(e, JobChanged) and e.job.resends == 1)
        assert resent.changed_at - doubted.changed_at >= harness.policy.absence_after(
            job.recipe.service, handed_over=True
        )

    harness.run(test)


def test_a_bug_in_the_client_during_a_submit_is_a_doubt_not_a_failure(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.CRASH)
        job = await harness.start_one()
        await engine.idle()
        check_done_once(harness, job)
        assert [type(e.error) for e in harness.events if isinstance(e, EngineError)] == [BugError]

    harness.run(test)


def test_a_bug_after_the_submit_is_a_doubt_too(harness: EngineHarness) -> None:
    """The service has it and our own code fails over the answer: the job must not stay "submitting", and is not sent again."""

    class Mute(FakeService):
        """Takes the job; its answer is none."""

        async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
            await super().submit(request, progress)
            return cast(Submitted, None)

    async def test() -> None:
        harness.service = harness.source.service = Mute(harness.service_clock)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        assert _S.DOUBTFUL in way(harness, job)
        assert any(isinstance(e, EngineError) and isinstance(e.error, BugError) for e in harness.events)
        assert harness.service.calls["submit"] == 1
        check_done_once(harness, job)

    harness.run(test)


def test_a_doubt_that_cannot_be_decided_waits_for_the_user(harness: EngineHarness) -> None:
    """A service that does not keep our names: the list proves nothing, so nothing is sent by itself."""

    async def test() -> None:
        harness.service.keeps_names = False
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        doubtful = harness.job(job)
        assert doubtful.state is _S.DOUBTFUL
        assert doubtful.trouble is not None
        assert doubtful.trouble.code == "service.undecided"
        assert "twice" in doubtful.trouble.hint
        assert harness.service.calls["submit"] == 1
        assert [e.reserved for e in await engine.ledger()] == [1]
        await harness.crash()  # nor does a restart decide it
        engine = await harness.open()
        await engine.idle()
        assert harness.job(job).state is _S.DOUBTFUL
        assert harness.service.calls["submit"] == 1
        await engine.resolve(job.id, resend=True)
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.calls["submit"] == 2

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.LOSE_REQUEST])
def test_a_service_that_is_asked_by_name(harness: EngineHarness, fault: Fault) -> None:
    """Its list is not complete, so nothing is concluded from it; the look-up is first tried on a job that is there."""

    async def test() -> None:
        harness.service.finds = True
        harness.service.lists_jobs = False
        engine = await harness.open()
        await harness.start_one("before.png")
        await engine.idle()
        harness.service.plan("submit", fault)
        job = await harness.start_one()
        await engine.idle()
        check_one_more(harness, job)

    harness.run(test)


def check_one_more(harness: EngineHarness, job: Job) -> None:
    assert harness.job(job).state is _S.DONE
    assert len(harness.service.by_token(job.token)) == 1


def test_a_look_up_by_name_that_was_never_seen_to_work_proves_nothing(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.finds = True
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is _S.DOUBTFUL
        assert harness.service.calls["submit"] == 1

    harness.run(test)


def test_a_doubtful_job_can_be_given_up(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.keeps_names = False
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        await engine.resolve(job.id, resend=False)
        given_up = harness.job(job)
        assert given_up.state is _S.CANCELLED
        assert given_up.trouble is not None
        assert "If it did arrive" in given_up.trouble.hint

    harness.run(test)


def test_a_list_that_cannot_be_read_leaves_the_doubt(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        harness.service.plan("list_jobs", Fault.OFFLINE, Fault.SERVER, Fault.BUSY, Fault.CRASH, Fault.OFFLINE)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        check_done_once(harness, job)
        assert harness.service.calls["submit"] == 1

    harness.run(test)


def test_a_refused_submit_fails_that_job_only_and_costs_nothing(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.REJECTED)
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(4)])
        await engine.idle()
        states = sorted(harness.job(j).state.value for j in jobs)
        assert states == ["done", "done", "done", "failed"]
        failed = next(j for j in engine.jobs() if j.state is _S.FAILED)
        assert failed.trouble is not None
        assert failed.trouble.title == "The service refused it"
        assert [e.reserved for e in await engine.ledger()] == [0] * 4
        again = await engine.retry(failed.id)
        await engine.idle()
        assert harness.job(again).state is _S.DONE
        assert again.token != failed.token

    harness.run(test)


def test_a_model_that_is_gone_fails_the_rest_of_the_queue_without_uploads(harness: EngineHarness) -> None:
    """Once the service has said so, each further picture of that model was still uploaded and refused one by one."""

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("submit", Fault.OFFLINE)
        waits = await harness.start_one("waits.png")
        await harness.until_state(waits, _S.WAITING)
        harness.service.retired = {waits.recipe.model}
        await engine.pause()  # so that all of them are in the queue when the service says so
        drafts = [harness.draft(harness.picture(f"{n}.png")) for n in range(20)]
        *same, other = await engine.enqueue(
            [*drafts, harness.draft(harness.picture("z.png"), model="Low Resolution 2")]
        )
        await engine.resume()
        await engine.idle()
        assert harness.job(other).state is _S.DONE, "another model goes on"
        for job in (waits, *same):
            failed = harness.job(job)
            assert failed.state is _S.FAILED
            assert failed.trouble is not None
            assert (failed.trouble.code, failed.trouble.title) == ("service.model_unavailable", "The model is gone")
        in_hand = harness.policy.uploads
        assert harness.service.calls["submit"] <= 2 + in_hand, "the first try, the other model, and those in hand"
        assert {e.reserved for e in await engine.ledger()} == {0}
        harness.service.retired.clear()
        again = await engine.retry(same[-1].id)
        await engine.idle()
        assert harness.job(again).state is _S.DONE, "the word of the service holds for what was queued, not for ever"

    harness.run(test)


# -- the account ---------------------------------------------------------------------------------------------------


def test_no_credit_pauses_the_queue_instead_of_failing_it(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.credits = 3
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(8)])
        await engine.idle()
        states = [harness.job(j).state for j in jobs]
        assert states.count(_S.DONE) == 3
        assert states.count(_S.QUEUED) == 5
        reasons = [e.reason.code for e in harness.events if isinstance(e, QueuePaused) and e.reason]
        assert reasons == ["account.no_credit"]
        harness.service.credits = 100  # refilled: seen at the next look at the balance
        await harness.until(lambda: all(harness.job(j).state is _S.DONE for j in jobs))
        assert harness.service.taken == 8
        assert [e.paused for e in harness.events if isinstance(e, QueuePaused)] == [True, False]

    harness.run(test)


@pytest.mark.parametrize("method", ["submit", "status", "download_link"])
def test_a_wrong_key_stops_everything_until_the_user_mends_it(harness: EngineHarness, method: str) -> None:
    async def test() -> None:
        harness.service.plan(method, Fault.BAD_KEY)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        stuck = harness.job(job)
        assert not stuck.state.is_final
        assert engine.is_paused
        calls = dict(harness.service.calls)
        await harness.clock.sleep(100)
        assert {m: n for m, n in harness.service.calls.items() if m != "balance"} == {
            m: n for m, n in calls.items() if m != "balance"
        }
        await engine.resume()
        await engine.idle()
        check_done_once(harness, job)

    harness.run(test)


def test_a_service_that_cannot_be_reached_at_all(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.source.error = NetworkError("The sandbox does not start.")
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.WAITING)
        harness.source.error = None
        await engine.idle()
        check_done_once(harness, job)

    harness.run(test)


# -- while it runs -------------------------------------------------------------------------------------------------


def test_a_lost_connection_never_fails_a_running_job(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("status", *[Fault.OFFLINE] * 2, Fault.SERVER, Fault.BUSY, Fault.CRASH)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        check_done_once(harness, job)
        told = [e.error for e in harness.events if isinstance(e, EngineError)]
        assert [type(e) for e in told] == [NetworkError, BugError]
        assert "go on at the service" in told[0].hint

    harness.run(test)


def test_hours_at_the_service_are_no_failure(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 3 * 3600.0
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: harness.job(job).percent > 0)
        harness.pass_time(2.99 * 3600)
        await engine.idle()
        check_done_once(harness, job)

    harness.run(test)


def test_a_job_that_fails_at_the_service_is_refunded(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.fail_next_jobs = 1
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        failed = harness.job(job)
        assert (failed.state, failed.charged, failed.refunded) == (_S.FAILED, 0, 1)
        assert failed.trouble is not None
        assert failed.remote_id in failed.trouble.details
        assert [(e.charged, e.refunded) for e in await engine.ledger()] == [(0, 1)]
        again = await engine.retry(job.id)
        await engine.idle()
        assert harness.job(again).state is _S.DONE

    harness.run(test)


def test_a_finished_result_that_the_service_denies_is_not_said_to_be_there(harness: EngineHarness) -> None:
    """The title said that the service does not know it, and the hint below that it stays there for 7 days."""

    async def test() -> None:
        harness.service.plan("download_link", *[Fault.NOT_FOUND] * 100)
        engine = await harness.open()
        job = await harness.start_one()
        failed = await harness.until_state(job, _S.FAILED)
        assert failed.trouble is not None
        assert "stays at the service" not in failed.trouble.hint
        assert "costs nothing" in failed.trouble.hint
        harness.service.faults["download_link"].clear()
        await engine.retry(job.id)
        await engine.idle()
        check_done_once(harness, job)

    harness.run(test)


def test_a_job_that_the_service_denies_is_set_aside_and_asked_for_again_free_of_charge(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.policy = Policy(unknown_job_timeout_s=120.0)
        harness.service.plan("status", *[Fault.NOT_FOUND] * 400)
        engine = await harness.open()
        job = await harness.start_one()
        failed = await harness.until_state(job, _S.FAILED)
        assert failed.trouble is not None
        assert failed.trouble.code == "service.job_unknown"
        harness.service.faults["status"].clear()
        await engine.retry(job.id)
        await engine.idle()
        check_done_once(harness, job)
        assert harness.service.taken == 1

    harness.run(test)


def test_a_job_older_than_the_services_memory_expires(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 30.0
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        await harness.crash()
        harness.pass_time(8 * 86_400.0)
        engine = await harness.open()
        await engine.idle()
        gone = harness.job(job)
        assert gone.state is _S.EXPIRED
        assert gone.trouble is not None
        assert "7 days" in gone.trouble.hint

    harness.run(test)


def test_a_clock_that_jumps_back_holds_nothing_up(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.BUSY)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.WAITING)
        harness.clock.jump(-400 * 86_400.0)
        await engine.idle()
        assert harness.job(job).state is _S.DONE

    harness.run(test)


# -- the download --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "faults",
    [
        [Fault.CUT],
        [Fault.BREAK, Fault.BREAK, Fault.NO_RANGE],
        [Fault.CORRUPT, Fault.CORRUPT],
        [Fault.NOT_FOUND],
        [Fault.OFFLINE, Fault.BUSY, Fault.SERVER],
        [Fault.BREAK, Fault.CORRUPT],
    ],
    ids=lambda faults: "-".join(f.name for f in faults),
)
def test_a_download_that_breaks_is_mended(harness: EngineHarness, faults: list[Fault]) -> None:
    async def test() -> None:
        harness.service.plan("download", *faults)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        check_done_once(harness, job)

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.OFFLINE, Fault.NOT_READY, Fault.NOT_FOUND, Fault.SERVER, Fault.CRASH])
def test_a_link_that_is_not_given_is_asked_for_again(harness: EngineHarness, fault: Fault) -> None:
    async def test() -> None:
        harness.service.plan("download_link", fault)
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        if fault is Fault.CRASH:  # a bug of ours: set aside, and free to try again
            assert harness.job(job).state is _S.FAILED
            await engine.retry(job.id)
            await engine.idle()
        check_done_once(harness, job)

    harness.run(test)


def test_a_result_that_is_always_damaged_is_set_aside_and_stays_free(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.policy = Policy(damaged_retry_pauses_s=(0.0, 1.0, 5.0))
        harness.service.plan("download", *[Fault.CORRUPT] * (len(harness.policy.damaged_retry_pauses_s) + 1))
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        failed = harness.job(job)
        assert failed.state is _S.FAILED
        assert failed.is_at_service
        assert failed.trouble is not None
        assert "costs nothing" in failed.trouble.hint
        assert list((harness.root / "out").iterdir()) == []
        await engine.retry(job.id)
        await engine.idle()
        check_done_once(harness, job)

    harness.run(test)


def test_an_outage_of_the_paid_call_ends_without_the_user(harness: EngineHarness) -> None:
    """Found by whole runs: after three unanswered submits, all certainly not taken, the job asked the user and stayed there."""

    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", *[Fault.LOSE_REQUEST] * 6)
        job = await harness.start_one()
        await engine.idle()
        check_done_once(harness, job)
        assert harness.service.calls["submit"] == 7

    harness.run(test)
