"""How often the service is asked."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar

import pytest

from tests.support.engine_harness import CATALOGUE, WAIT_S, EngineHarness
from tests.support.fake_service import FakeService
from tests.support.queue_jobs import job
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Clock, RemoteJob, RemotePage, RemoteState
from topazdesk.domain.services import ServiceName
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_table import JobTable
from topazdesk.engine.key_marks import KeyMarks
from topazdesk.engine.policy import Policy
from topazdesk.engine.poller import Poller
from topazdesk.engine.sharing import Sharing
from topazdesk.engine.submit_gate import SubmitGate
from topazdesk.engine.supervisor import Supervisor

_S = JobState


def test_many_jobs_cost_one_request_a_page_and_round(harness: EngineHarness) -> None:
    """250 jobs in flight: at most 3 requests a round, and every job is seen."""

    async def test() -> None:
        harness.policy = Policy(uploads=20, in_flight_first=300.0, in_flight_most=300.0, poll_first_s=60.0)
        harness.service.work_s = 1_000.0
        engine = await harness.open()
        # One draft each: those of one picture would wait for its upload while the clock runs on.
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(250)])
        await harness.until(lambda: sum(j.state is _S.RUNNING for j in engine.jobs()) == 250)
        for name in ("status", "list_jobs"):
            harness.service.calls[name] = 0
        seen: set[str] = set()

        def look() -> bool:
            seen.update(j.id for j in jobs if harness.job(j).percent > 0)
            return len(seen) == 250

        await harness.until(look)
        requests = harness.service.calls["status"] + harness.service.calls["list_jobs"]
        assert requests <= 2 * (250 // 100 + 1)
        await engine.close()

    harness.run(test)


def test_a_job_that_the_pages_do_not_show_is_still_followed(harness: EngineHarness) -> None:
    """Another program fills the first pages with its own jobs."""

    async def test() -> None:
        harness.service.page_size = 1
        harness.policy = Policy(poll_first_s=1.0, poll_max_s=5.0)
        harness.service.work_s = 20.0
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(5)])
        await engine.idle()
        assert {harness.job(j).state for j in jobs} == {_S.DONE}

    harness.run(test)


@pytest.mark.parametrize("odd", ["own entries", "the whole list"])
def test_a_list_that_cannot_be_read_stops_no_job(harness: EngineHarness, odd: str) -> None:
    """One odd field stopped all jobs of the account: those that are not shown are asked singly, a few a round."""

    async def test() -> None:
        harness.policy = Policy(poll_first_s=1.0, poll_max_s=5.0)
        harness.service.work_s = 20.0
        harness.service.after_take = lambda entry: harness.service.odd_entries.add(entry.remote_id)
        harness.service.odd_list = odd == "the whole list"
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(12)])
        await engine.idle()
        assert {harness.job(j).state for j in jobs} == {_S.DONE}
        assert harness.service.taken == 12
        assert harness.service.calls["status"] <= 11 * harness.service.calls["list_jobs"] + 12

    harness.run(test)


@pytest.mark.parametrize("count", [2, 6])
def test_an_answer_about_one_job_that_cannot_be_read_holds_up_no_other(harness: EngineHarness, count: int) -> None:
    async def test() -> None:
        harness.policy = Policy(poll_first_s=1.0, poll_max_s=5.0)
        harness.service.odd_status.add("process-1")
        harness.service.odd_entries.add("process-1")
        engine = await harness.open()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(count)])
        await harness.until(lambda: sum(harness.job(j).state is _S.DONE for j in jobs) == count - 1)
        odd = next(harness.job(j) for j in jobs if harness.job(j).remote_id == "process-1")
        assert odd.state is _S.RUNNING
        harness.service.odd_status.clear()
        await engine.idle()
        assert harness.job(odd).state is _S.DONE

    harness.run(test)


@asynccontextmanager
async def polling(harness: EngineHarness, jobs: Iterable[Job]) -> AsyncIterator[JobTable]:
    """A poller alone at work on these jobs, which the store has never seen."""
    assert harness.store is not None
    supervisor = Supervisor(harness.hub)
    job_table = JobTable(harness.store, harness.hub, harness.clock)
    policy = Policy(poll_first_s=0.1, poll_max_s=1.0)
    context = EngineContext(
        store=harness.store,
        services=harness.source,
        pictures=harness.pictures,
        catalogue=CATALOGUE,
        folder=harness.profile,
        clock=harness.clock,
        events=harness.hub,
        policy=policy,
        supervisor=supervisor,
        job_table=job_table,
        gate=SubmitGate(harness.hub, harness.clock, policy),
        sharing=Sharing(job_table, harness.clock, policy),
        digests=FileDigests(harness.store, harness.pictures, harness.clock.now),
        key_marks=KeyMarks(harness.store),
    )
    job_table.fill(jobs)
    following = asyncio.create_task(Poller(context, Account(ServiceName.SANDBOX)).run())
    try:
        yield job_table
    finally:
        following.cancel()
        await asyncio.wait([following])
        await supervisor.close()


class OneRound(FakeService):
    """Lists `listed`, 100 a page, as half done; from the call after the last page on it answers no more."""

    def __init__(self, clock: Clock, listed: Sequence[str]) -> None:
        super().__init__(clock)
        self.listed = listed
        self.is_over = asyncio.Event()

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        if self.calls["list_jobs"] == len(self.listed) // 100:
            self.is_over.set()
            await asyncio.Event().wait()
        await self._call("list_jobs")
        first = int(cursor or 0)
        now = self.clock.now()
        return RemotePage(
            tuple(
                RemoteJob(remote_id, "", "", RemoteState.PROCESSING, 50.0, None, now, now, None, "", None, "")
                for remote_id in self.listed[first : first + 100]
            ),
            str(first + 100) if first + 100 < len(self.listed) else "",
        )


def test_a_round_reads_every_page_that_its_jobs_may_stand_on(harness: EngineHarness) -> None:
    """And looks at no job of another service, nor at one that no service has taken yet."""

    async def test() -> None:
        now = harness.clock.now()
        ours = [
            job(f"{n}", _S.RUNNING, service=ServiceName.SANDBOX, remote_id=f"r{n}", submitted_at=now)
            for n in range(298)
        ]
        others = [
            job("other", _S.RUNNING, service=ServiceName.TOPAZ, remote_id="r298", submitted_at=now),
            job("untaken", _S.RUNNING, service=ServiceName.SANDBOX, remote_id=""),
        ]
        service = OneRound(harness.service_clock, [f"r{n}" for n in range(299)] + [""])
        harness.source.service = service
        await harness.open()
        async with polling(harness, [*ours, *others]) as job_table:
            await asyncio.wait_for(service.is_over.wait(), WAIT_S)
            assert [one.id for one in ours if job_table[one.id].percent != 50.0] == []
            assert [job_table[one.id].percent for one in others] == [0.0, 0.0]
        assert (service.calls["list_jobs"], service.calls["status"]) == (3, 0)

    harness.run(test)


class CountedId(str):
    """A job's id that counts how often it is compared with another one: a look into a dict compares it at most once."""

    __slots__ = ()
    compared: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        CountedId.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


class Listing(FakeService):
    """Tells when its list was asked for five times."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.listed_often = asyncio.Event()

    async def list_jobs(self, cursor: str = "") -> RemotePage:
        page = await super().list_jobs(cursor)
        if self.calls["list_jobs"] == 5:
            self.listed_often.set()
        return page


def test_a_round_does_not_compare_every_job_with_every_other_one(harness: EngineHarness) -> None:
    """Jobs that the list lacks were kept in a list that was searched for each of them: with 10,000 a round held the loop up
    for most of a second, and the window with it.
    """

    async def test() -> None:
        service = harness.source.service = Listing(harness.service_clock)
        await harness.open()
        count, now = 1_000, harness.clock.now()
        running = [
            job(f"{n}", _S.RUNNING, service=ServiceName.SANDBOX, remote_id=f"r{n}", submitted_at=now)
            for n in range(count)
        ]
        async with polling(harness, [replace(one, id=CountedId(one.id)) for one in running]):
            CountedId.compared = 0
            await asyncio.wait_for(service.listed_often.wait(), WAIT_S)
        assert CountedId.compared < 5 * 20 * count

    harness.run(test)


@pytest.mark.parametrize(
    ("age", "polls", "eta_in", "least", "most"),
    [
        (0.0, 0, None, 0.2, 0.3),
        (1.0, 3, None, 1.6, 2.4),
        (600.0, 9, None, 48.0, 72.0),
        (36_000.0, 99, None, 48.0, 72.0),
        (0.0, 0, 30.0, 8.0, 12.0),  # no use in asking at once what takes half a minute
        (600.0, 9, 5.0, 3.9, 6.1),  # nearly there: sooner than its age alone would ask
        (600.0, 9, -100.0, 48.0, 72.0),
    ],
)
def test_waits_between_looks(age: float, polls: int, eta_in: float | None, least: float, most: float) -> None:
    assert least <= Policy().poll_delay(age, polls, eta_in) <= most


def test_backoff_doubles_up_to_a_limit_and_respects_the_services_wish() -> None:
    policy = Policy()
    assert 1.6 <= policy.backoff(0) <= 2.4
    assert 12.8 <= policy.backoff(3) <= 19.2
    assert policy.backoff(1000) <= policy.retry_max_s * 1.2
    assert policy.backoff(0, 77.0) == 77.0


@pytest.mark.parametrize("wish", [1e9, 1e300, math.inf, math.nan, -5.0, None])
def test_a_wish_to_be_left_alone_is_no_standstill(wish: float | None) -> None:
    policy = Policy()
    assert 0.0 < policy.backoff(0, wish) <= policy.retry_after_max_s
    assert policy.wish(45.0) == 45.0
