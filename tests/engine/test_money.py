"""Caps, books, and that no way of spending goes round them."""

from __future__ import annotations

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import JobState
from topazdesk.engine.events import QueuePaused
from topazdesk.engine.policy import InFlightLimit, Policy
from topazdesk.engine.remote_update import cancel_cost, cancelled_cost

_S = JobState


def test_a_run_never_spends_more_than_its_budget(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(6)], run_budget=2)
        others = await engine.enqueue([harness.draft(harness.picture("other.png"))])
        await engine.idle()
        states = [harness.job(j).state for j in jobs]
        assert (states.count(_S.DONE), states.count(_S.FAILED)) == (2, 4)
        assert harness.job(others[0]).state is _S.DONE
        failed = next(harness.job(j) for j in jobs if harness.job(j).state is _S.FAILED)
        assert failed.trouble is not None
        assert failed.trouble.code == "account.run_budget"
        assert harness.service.taken == 3

    harness.run(test)


def test_what_came_back_can_be_spent_again(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.policy = Policy(uploads=1, in_flight_first=1.0, in_flight_most=1.0)
        harness.service.plan("submit", Fault.REJECTED)
        harness.service.fail_next_jobs = 1
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(3)], run_budget=1)
        await engine.idle()
        assert [harness.job(j).state for j in jobs] == [_S.FAILED, _S.FAILED, _S.DONE]

    harness.run(test)


def test_a_day_cap_stops_the_queue_and_goes_on_when_it_is_raised(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        engine.day_cap = 2
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(4)])
        await engine.idle()
        assert sorted(harness.job(j).state.value for j in jobs) == ["done", "done", "queued", "queued"]
        reasons = [e.reason.code for e in harness.events if isinstance(e, QueuePaused) and e.reason]
        assert reasons == ["account.day_cap"]
        engine.day_cap = None
        await engine.resume()
        await engine.idle()
        assert {harness.job(j).state for j in jobs} == {_S.DONE}

    harness.run(test)


def test_a_day_cap_counts_what_earlier_runs_of_the_program_spent(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.start_one()
        await engine.idle()
        await harness.crash()
        engine = await harness.open()
        engine.day_cap = 1
        job = await harness.start_one("b.png")
        await engine.idle()
        assert harness.job(job).state is _S.QUEUED
        assert harness.service.taken == 1

    harness.run(test)


def test_a_retry_is_a_new_job_with_its_own_line(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.fail_next_jobs = 1
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        again = await engine.retry(job.id)
        await engine.idle()
        assert [(e.job_id, e.charged, e.refunded) for e in await engine.ledger()] == [
            (job.id, 0, 1),
            (again.id, 1, None),
        ]

    harness.run(test)


def test_forgotten_jobs_stay_in_the_books(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await engine.forget([job.id])  # still running: stays
        assert len(engine.jobs()) == 1
        await engine.idle()
        await engine.forget([job.id])
        assert engine.jobs() == ()
        await harness.crash()
        engine = await harness.open()
        assert engine.jobs() == ()
        assert len(await engine.ledger()) == 1

    harness.run(test)


def test_the_price_of_a_cancel() -> None:
    assert [cancel_cost(10, percent) for percent in (0, 1, 50, 90, 100)] == [0, 1, 6, 10, 10]


def test_what_a_cancelled_job_did_cost() -> None:
    """The share was taken twice where the service reports what it has kept: the books said 1 credit where 3 were charged."""
    assert cancelled_cost(20, 20, 12.0) == 3  # still the whole price
    assert cancelled_cost(20, 3, 12.0) == 3  # what was kept
    assert cancelled_cost(1, 3, 12.0) == 3  # the estimate was wrong
    assert cancelled_cost(20, None, 12.0) == 3
    assert cancelled_cost(20, 0, 0.0) == cancelled_cost(20, 20, 0.0) == 0


def test_the_limit_in_flight_grows_slowly_and_halves_once_a_burst() -> None:
    limit = InFlightLimit(Policy(in_flight_first=4.0, in_flight_most=8.0))
    for _ in range(2):
        limit.went_well()
    assert limit.value == 5
    limit.refused(100.0, 10.0)
    limit.refused(101.0, 10.0)
    assert limit.value == 2
    limit.refused(111.0, 10.0)
    limit.refused(122.0, 10.0)
    assert limit.value == 1
    for _ in range(3):
        limit.went_well()
    assert limit.value == 2
    for _ in range(200):
        limit.went_well()
    assert limit.value == 8
