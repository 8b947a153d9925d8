"""Jobs that another profile paid for are found, fetched and checked; refunds that do not come are noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault, result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import RemotePage
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import Trouble

_S = JobState
SANDBOX = ServiceName.SANDBOX


def other(desk: EngineDesk, root: Path) -> EngineDesk:
    """Another computer with the same account."""
    second = EngineDesk(root)
    second.service = second.source.service = desk.service
    second.clock = desk.clock
    return second


@pytest.mark.parametrize("fault", [None, Fault.CUT, Fault.CORRUPT, Fault.OFFLINE])
def test_what_another_computer_paid_is_fetched(desk: EngineDesk, tmp_path: Path, fault: Fault | None) -> None:
    async def test() -> None:
        first = await desk.open()
        await desk.start_one("a.png")
        await first.idle()
        await desk.start_one("b.png")  # still at work there
        await desk.until(lambda: desk.service.taken == 2)
        away = other(desk, tmp_path / "away")
        engine = await away.open()
        try:
            found = await engine.recover(SANDBOX)
            assert len(found) == 2
            if fault is not None:
                desk.service.plan("download", fault)
            jobs = await engine.fetch(SANDBOX, found, tmp_path / "away" / "back")
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
            assert await engine.recover(SANDBOX) == ()
            assert await engine.fetch(SANDBOX, found, tmp_path / "away" / "back") == ()
            assert [(line.reserved, line.charged) for line in await engine.ledger()] == [(0, 1), (0, 1)]
        finally:
            await away.close()
        await first.idle()
        assert desk.service.taken == 2

    desk.run(test)


def test_own_jobs_are_not_strangers_even_in_doubt_or_cleared(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        done = await desk.start_one("a.png")
        await desk.finished(done)
        await engine.forget([done.id])
        desk.service.plan("submit", Fault.LOSE_ANSWER)
        desk.service.plan("list_jobs", Fault.SERVER)
        doubtful = await desk.start_one("b.png")
        await desk.until_state(doubtful, _S.DOUBTFUL)
        assert await engine.recover(SANDBOX) == ()
        await engine.idle()

    desk.run(test)


def test_recovered_jobs_survive_a_crash(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        first = await desk.open()
        await desk.start_one()
        await first.idle()
        away = other(desk, tmp_path / "away")
        engine = await away.open()
        desk.service.plan("download", *[Fault.OFFLINE] * 2)
        (job,) = await engine.fetch(SANDBOX, await engine.recover(SANDBOX), tmp_path / "back")
        await away.until_state(job, _S.WAITING)
        await away.crash()
        engine = await away.open()
        await engine.idle()
        assert engine.job(job.id).state is _S.DONE
        await away.close()

    desk.run(test)


def test_a_cancel_says_its_price_by_the_services_latest_word(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.work_s = 3600.0
        engine = await desk.open()
        job = await desk.start_one()
        assert (await engine.cancel_price(job.id))[1] in (0, 1)
        await desk.until_state(job, _S.RUNNING)
        desk.pass_time(1800.0)
        percent, cost = await engine.cancel_price(job.id)
        assert 49 <= percent <= 60
        assert cost == 1  # 1 credit × 0.5 × 1.1, rounded up
        await engine.cancel(job.id)
        await desk.finished(job)
        assert (desk.job(job).state, desk.job(job).charged) == (_S.CANCELLED, cost)

    desk.run(test)


def test_a_refund_that_does_not_come_is_seen_in_the_services_own_figures(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.fail_next_jobs = 1
        engine = await desk.open()
        job = await desk.start_one()
        await desk.finished(job)
        entry = desk.service.by_token(desk.job(job).token)[0]
        entry.reserved = 1  # the service goes on holding it
        assert (await engine.refunds(SANDBOX)).missing == ()  # within a day it may still come
        desk.pass_time(86_500.0)
        found = await engine.refunds(SANDBOX)
        assert (found.held, [j.id for j in found.missing]) == (1, [job.id])
        entry.reserved = 0
        assert (await engine.refunds(SANDBOX)).missing == ()

    desk.run(test)


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_list_that_is_odd_in_places_still_gives_what_it_has(desk: EngineDesk, tmp_path: Path, is_cut: bool) -> None:
    async def test() -> None:
        first = await desk.open()
        desk.service.page_size = 2
        for name in "abcd":
            await desk.finished(await desk.start_one(f"{name}.png"))
        if is_cut:
            list_jobs = desk.service.list_jobs

            async def cut(cursor: str = "") -> RemotePage:
                desk.service.odd_list = cursor != ""
                return await list_jobs(cursor)

            desk.service.list_jobs = cut  # type: ignore[method-assign]
        else:
            desk.service.odd_entries.add("process-2")
        away = other(desk, tmp_path / "away")
        engine = await away.open()
        try:
            found = await engine.recover(SANDBOX)
            assert len(found) == (2 if is_cut else 3)
            told = [e.error for e in away.events if isinstance(e, Trouble)]
            assert [error.code for error in told] == ["service.list_incomplete"]
            assert ("The end of" if is_cut else "1 entry of") in told[0].title
            # Named twice by a list that moved meanwhile, one is fetched once.
            jobs = await engine.fetch(SANDBOX, (*found, *found), tmp_path / "away" / "back")
            assert len(jobs) == len(found)
            await engine.idle()
            assert {engine.job(job.id).state for job in jobs} == {_S.DONE}
        finally:
            await away.close()
        await first.idle()

    desk.run(test)
