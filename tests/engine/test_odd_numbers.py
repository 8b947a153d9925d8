"""Numbers that cannot be true: what a service reports, what an old or damaged database holds. Nothing dies of them, no cap is lifted."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Entry, FakeService
from topazdesk.app.books import books_of
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import EstimateRequest, Progress, RemoteJob, SubmitRequest, Submitted
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.engine import rows
from topazdesk.engine.database_check import LOST
from topazdesk.engine.estimates import Estimator
from topazdesk.engine.events import EngineError
from topazdesk.engine.policy import Policy
from topazdesk.errors import ServiceError
from topazdesk.ui.models.job_texts import News, line_of

_S = JobState
NAN, INF = math.nan, math.inf


class OddService(FakeService):
    """Reports what it is told to, whatever its books say."""

    odd: Callable[[RemoteJob], RemoteJob] = staticmethod(lambda remote: remote)
    odd_eta: Any = None

    def _seen(self, entry: Entry) -> RemoteJob:
        return self.odd(super()._seen(entry))

    async def submit(self, request: SubmitRequest, progress: Progress) -> Submitted:
        answer = await super().submit(request, progress)
        return answer if self.odd_eta is None else replace(answer, eta=self.odd_eta)


def with_odd_service(harness: EngineHarness, **odd: Any) -> OddService:
    harness.service = harness.source.service = OddService(harness.service_clock, work_s=harness.service.work_s)
    harness.service.odd = lambda remote: replace(remote, **odd)
    return harness.service


def raw(harness: EngineHarness, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(harness.profile / "jobs.db")
    with connection:
        found = connection.execute(sql, values).fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("credits", [-1000, -1, 10**30, 1.5, NAN, True])
def test_a_charge_that_cannot_be_true_is_booked_at_the_estimate_and_lifts_no_cap(
    harness: EngineHarness, credits: Any
) -> None:
    async def test() -> None:
        harness.policy = Policy(uploads=1, in_flight_first=1.0, in_flight_most=1.0)
        with_odd_service(harness, credits=credits)
        engine = await harness.open()
        engine.day_cap = 2
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(4)])
        await engine.idle()
        assert sorted(harness.job(j).state.value for j in jobs) == ["done", "done", "queued", "queued"]
        assert [line.charged for line in await engine.ledger()] == [1, 1]
        assert harness.service.taken == 2

    harness.run(test)


def test_a_negative_line_of_an_older_program_lowers_no_sum(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        first = await harness.start_one("a.png")
        await harness.finished(first)
        await harness.close()
        raw(harness, "UPDATE ledger SET charged = -1000")
        raw(harness, "UPDATE jobs SET charged = -1000")
        engine = await harness.open()
        engine.day_cap = 2
        more = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(3)])
        await engine.idle()
        assert sorted(harness.job(j).state.value for j in more) == ["done", "queued", "queued"]
        assert harness.job(first).charged == 1
        lines = await engine.ledger()
        assert [line.charged for line in lines] == [1, 1]
        jobs = {job.id: job for job in engine.jobs()}
        assert books_of(lines, jobs, harness.engine._context.catalogue, harness.clock.now()).accounts[0].today == 2  # type: ignore[union-attr]

    harness.run(test)


def test_a_charge_far_above_the_estimate_is_told(harness: EngineHarness) -> None:
    async def test() -> None:
        with_odd_service(harness, credits=500)
        await harness.open()
        job = await harness.finished(await harness.start_one())
        assert (job.state, job.charged) == (_S.DONE, 500)
        told = [e.error for e in harness.events if isinstance(e, EngineError)]
        assert [error.code for error in told] == ["service.charge_far_above"]
        assert "500 credits" in told[0].title
        assert "1 credit." in told[0].hint

    harness.run(test)


def test_a_finished_job_that_cost_nothing_by_the_services_word_is_told(harness: EngineHarness) -> None:
    """It was believed without a word: 0 in the books, whatever is taken from the account later."""

    async def test() -> None:
        with_odd_service(harness, credits=0)
        await harness.open()
        job = await harness.finished(await harness.start_one())
        assert (job.state, job.charged) == (_S.DONE, 0)
        assert job.trouble is not None
        assert job.trouble.code == "service.no_charge"
        assert "1 credit" in job.trouble.hint

    harness.run(test)


@pytest.mark.parametrize("eta", [INF, -INF, NAN, 10**400, 1e300, -1e300, "soon", True])
def test_a_time_without_end_reaches_neither_database_nor_window(harness: EngineHarness, eta: Any) -> None:
    async def test() -> None:
        odd = with_odd_service(harness, eta=eta, percent=INF, created_at=INF, changed_at=-INF)
        odd.odd_eta, odd.work_s = eta, 1e6
        await harness.open()
        job = await harness.until_state(await harness.start_one(), _S.RUNNING)
        await harness.until(lambda: harness.job(job).percent == 100.0)
        for each in (job, harness.job(job)):
            assert each.remote_eta is None
            line_of(each, "", News(), harness.clock.now())
        assert raw(harness, "SELECT remote_eta, percent FROM jobs") == [(None, 0.0)]

    harness.run(test)


#: What was found in, or could be written into, a database: column and value, and whether the job can still be trusted.
ODD_ROWS: list[tuple[str, Any, bool]] = [
    ("remote_eta", INF, True),
    ("remote_eta", 1e300, True),
    ("remote_eta", "soon", True),
    ("percent", INF, True),
    ("percent", -5.0, True),
    ("percent", "half", True),
    ("not_before", INF, True),
    ("created_at", -INF, True),
    ("changed_at", 1e18, True),
    ("submitted_at", INF, True),
    ("completed_at", INF, True),
    ("position", 2**62, True),
    ("position", "first", True),
    ("attempts", -(2**62), True),
    ("attempts", 2**62, True),
    ("attempts", "often", True),
    ("damaged", -1, True),
    ("charged", -1000, True),
    ("charged", "much", True),
    ("refunded", 2**62, True),
    ("result_bytes", -1, True),
    ("echoed", b"\xff", True),
    ("result_digest", b"\xff", True),
    ("trouble", "[1, 2", True),
    ("trouble", '["a", "b"]', True),
    ("trouble", '["a", "b", {"c": 1}, "d"]', True),
    ("result_size", "0x0", True),
    ("intent_at", INF, False),
    ("intent_at", "then", False),
    ("resends", "many", False),
    ("estimate", '[-5, "table", null]', False),
    ("estimate", '[Infinity, "table", null]', False),
    ("estimate", "[" * 100_000, False),
    ("token", b"\xff", False),
    ("remote_id", b"\xff", False),
    ("state", "asleep", False),
    ("recipe", "{}", False),
    ("target_size", "infxinf", False),
]


@pytest.mark.parametrize(("column", "value", "is_trusted"), ODD_ROWS)
def test_a_row_that_holds_it_already_loads_or_is_told_and_stops_nobody(
    harness: EngineHarness, column: str, value: Any, is_trusted: bool
) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        odd, plain = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await harness.close()
        raw(harness, f"UPDATE jobs SET {column} = ? WHERE id = ?", value, odd.id)
        engine = await harness.open()
        listed = {job.id for job in engine.jobs()}
        assert listed == ({odd.id, plain.id} if is_trusted else {plain.id})
        # That somebody wrote into the list meanwhile is told as well.
        told = [e.error for e in harness.events if isinstance(e, EngineError) and e.error.code != LOST]
        assert [odd.id in error.details for error in told] == ([] if is_trusted else [True])
        for job in engine.jobs():
            line_of(job, "", News(), harness.clock.now())
        await engine.recover(Account(harness.service.name))
        await engine.resume()
        await engine.idle()
        assert harness.job(plain).state is _S.DONE
        if is_trusted:
            assert harness.job(odd).state is _S.DONE

    harness.run(test)


def test_text_that_is_no_text_any_more_costs_its_own_row_only(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        odd, plain = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(2)])
        await harness.close()
        raw(harness, "UPDATE jobs SET token = CAST(x'74ff' AS TEXT) WHERE id = ?", odd.id)
        engine = await harness.open()
        assert [job.id for job in engine.jobs()] == [plain.id]
        assert any(odd.id in e.error.details for e in harness.events if isinstance(e, EngineError))

    harness.run(test)


def test_a_plain_job_is_not_touched(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        job: Job = await harness.finished(await harness.start_one())
        assert rows.from_row(dict(zip(rows.COLUMNS, rows.to_row(job), strict=True))) == job

    harness.run(test)


@pytest.mark.parametrize("credits", [-3, 10**30, 0.5])
def test_a_price_that_cannot_be_true_is_no_price(harness: EngineHarness, credits: Any) -> None:
    async def test() -> None:
        class Odd(FakeService):
            async def estimate(self, request: EstimateRequest) -> Estimate:
                return Estimate(credits, EstimateSource.SERVICE)

        harness.source.service = Odd(harness.service_clock)
        entry = harness.draft(harness.picture())
        request = EstimateRequest(entry.model, entry.info.size, entry.target, entry.info.format, {})
        estimator = Estimator(harness.source)
        with pytest.raises(ServiceError, match="cannot be true"):
            await estimator.estimate(entry.recipe.service, request)
        (answer,) = await estimator.estimate_many(entry.recipe.service, [request])
        assert isinstance(answer, ServiceError)

    harness.run(test)
