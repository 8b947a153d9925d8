"""Jobs that another profile paid for are found, fetched and checked; refunds that do not come are noticed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault, result_bytes
from topazdesk.domain.account import Account
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import RemotePage
from topazdesk.domain.services import ServiceName
from topazdesk.engine import attention
from topazdesk.engine.events import EngineError

_S = JobState
SANDBOX = ServiceName.SANDBOX


def other(harness: EngineHarness, root: Path) -> EngineHarness:
    """Another computer with the same account."""
    second = EngineHarness(root, own_time=harness.own_time)
    second.service = second.source.service = harness.service
    second.clock = harness.clock
    return second


@pytest.mark.parametrize("fault", [None, Fault.CUT, Fault.CORRUPT, Fault.OFFLINE])
def test_what_another_computer_paid_is_fetched(harness: EngineHarness, tmp_path: Path, fault: Fault | None) -> None:
    async def test() -> None:
        first = await harness.open()
        await harness.start_one("a.png")
        await first.idle()
        await harness.start_one("b.png")  # still at work there
        await harness.until(lambda: harness.service.taken == 2)
        away = other(harness, tmp_path / "away")
        engine = await away.open()
        try:
            found = await engine.recover(Account(SANDBOX))
            assert len(found) == 2
            if fault is not None:
                harness.service.plan("download", fault)
            jobs = await engine.fetch(Account(SANDBOX), found, tmp_path / "away" / "back")
            assert {job.state for job in jobs} <= {_S.READY, _S.RUNNING}
            await engine.idle()
            assert [engine.job(job.id).state for job in jobs] == [_S.DONE, _S.DONE]
            names = [path.name for path in (tmp_path / "away" / "back").iterdir()]
            assert len(names) == 2
            assert all(name.startswith("Standard 2 20") and name.endswith(".png") for name in names)
            for job in jobs:
                assert (tmp_path / "away" / "back").joinpath(names[0]).read_bytes() == result_bytes(
                    Size(80, 60), FileFormat.PNG
                )
                assert engine.job(job.id).charged == 1
            assert await engine.recover(Account(SANDBOX)) == ()
            assert await engine.fetch(Account(SANDBOX), found, tmp_path / "away" / "back") == ()
            assert [(line.reserved, line.charged) for line in await engine.ledger()] == [(0, 1), (0, 1)]
        finally:
            await away.close()
        await first.idle()
        assert harness.service.taken == 2

    harness.run(test)


def test_own_jobs_are_not_strangers_even_in_doubt_or_cleared(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        done = await harness.start_one("a.png")
        await harness.finished(done)
        await engine.forget([done.id])
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        harness.service.plan("list_jobs", Fault.SERVER)
        doubtful = await harness.start_one("b.png")
        await harness.until_state(doubtful, _S.DOUBTFUL)
        assert await engine.recover(Account(SANDBOX)) == ()
        await engine.idle()

    harness.run(test)


def test_recovered_jobs_survive_a_crash(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        first = await harness.open()
        await harness.start_one()
        await first.idle()
        away = other(harness, tmp_path / "away")
        engine = await away.open()
        harness.service.plan("download", *[Fault.OFFLINE] * 2)
        (job,) = await engine.fetch(Account(SANDBOX), await engine.recover(Account(SANDBOX)), tmp_path / "back")
        await away.until_state(job, _S.WAITING)
        await away.crash()
        engine = await away.open()
        await engine.idle()
        assert engine.job(job.id).state is _S.DONE
        await away.close()

    harness.run(test)


def test_a_cancel_says_its_price_by_the_services_latest_word(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.work_s = 3600.0
        engine = await harness.open()
        job = await harness.start_one()
        assert (await engine.cancel_price(job.id))[1] in (0, 1)
        await harness.until_state(job, _S.RUNNING)
        harness.pass_time(1800.0)
        percent, cost = await engine.cancel_price(job.id)
        assert 49 <= percent <= 60
        assert cost == 1  # 1 credit × 0.5 × 1.1, rounded up
        await engine.cancel(job.id)
        await harness.finished(job)
        assert (harness.job(job).state, harness.job(job).charged) == (_S.CANCELLED, cost)

    harness.run(test)


def test_a_refund_that_does_not_come_is_seen_in_the_services_own_figures(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.fail_next_jobs = 1
        engine = await harness.open()
        job = await harness.start_one()
        await harness.finished(job)
        entry = harness.service.by_token(harness.job(job).token)[0]
        entry.reserved = 1  # the service goes on holding it
        assert (await engine.refunds(Account(SANDBOX))).missing == ()  # within a day it may still come
        harness.pass_time(86_500.0)
        found = await engine.refunds(Account(SANDBOX))
        assert (found.held, [j.id for j in found.missing]) == (1, [job.id])
        entry.reserved = 0
        assert (await engine.refunds(Account(SANDBOX))).missing == ()

    harness.run(test)


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_list_that_is_odd_in_places_still_gives_what_it_has(
    harness: EngineHarness, tmp_path: Path, is_cut: bool
) -> None:
    async def test() -> None:
        first = await harness.open()
        harness.service.page_size = 2
        for name in "abcd":
            await harness.finished(await harness.start_one(f"{name}.png"))
        if is_cut:
            list_jobs = harness.service.list_jobs

            async def cut(cursor: str = "") -> RemotePage:
                harness.service.odd_list = cursor != ""
                return await list_jobs(cursor)

            harness.service.list_jobs = cut  # type: ignore[method-assign]
        else:
            harness.service.odd_entries.add("process-2")
        away = other(harness, tmp_path / "away")
        engine = await away.open()
        try:
            found = await engine.recover(Account(SANDBOX))
            assert len(found) == (2 if is_cut else 3)
            told = [e.error for e in away.events if isinstance(e, EngineError)]
            assert [error.code for error in told] == ["service.list_incomplete"]
            assert ("The end of" if is_cut else "1 entry of") in told[0].title
            # Named twice by a list that moved meanwhile, one is fetched once.
            jobs = await engine.fetch(Account(SANDBOX), (*found, *found), tmp_path / "away" / "back")
            assert len(jobs) == len(found)
            await engine.idle()
            assert {engine.job(job.id).state for job in jobs} == {_S.DONE}
        finally:
            await away.close()
        await first.idle()

    harness.run(test)


@pytest.mark.parametrize("is_restarted", [False, True], ids=["at once", "after a restart"])
def test_a_doubt_is_not_proven_absent_by_fetching_what_it_may_be(
    harness: EngineHarness, tmp_path: Path, is_restarted: bool
) -> None:
    """Shown under another name, it was fetched as a stranger, and so known: nothing in the list could be the doubt any more,
    which was sent again and paid again."""

    async def test() -> None:
        engine = await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.LOSE_ANSWER)
        harness.service.shows = lambda job: (
            job if job.remote_id == "process-1" else replace(job, file_name="holiday.png")
        )
        job = await harness.start_one()
        await harness.until(lambda: attention.is_undecided(harness.job(job)))
        account = Account(ServiceName.SANDBOX)
        (stranger,) = await engine.recover(account)
        await engine.fetch(account, [stranger], tmp_path / "recovered")
        if is_restarted:
            await harness.crash()
            engine = await harness.open()
        await engine.retry(job.id)  # look again
        await asyncio.sleep(30_000)
        assert (harness.job(job).state, attention.is_undecided(harness.job(job))) == (_S.DOUBTFUL, True)
        assert harness.service.taken == 2

    harness.run(test)
