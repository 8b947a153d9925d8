"""Money is one: two machines never use the last place, the last credits or a paused account, both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.test_store import job
from tests.support.any_store import ROOTS
from tests.support.unkept_store import UnkeptStore
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.engine.job_store import NotYetError, RowChangedError, RunRecord
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.policy import Policy
from topazdesk.errors import BudgetError, Code
from topazdesk.team import accounts
from topazdesk.team.connections import Connections
from topazdesk.team.roots import Roots
from topazdesk.team.team_store import TeamStore

RESERVE = MoneyMove(MoneyKind.RESERVE, 2.0, 3)
SERVICE = str(job().account)


def sent(number: int) -> Job:
    return job(number, state=JobState.SUBMITTING, intent_at=2e9)


def on_two(url: str, test: Callable[[TeamStore, TeamStore], Awaitable[None]], *, places: float = 6.0) -> None:
    """Runs a test with the stores of two machines, which have ten jobs."""

    async def whole() -> None:
        policy = Policy(in_flight_first=places)
        one, other = [
            await UnkeptStore.open(Connections(url, name, Roots(ROOTS)), name, policy) for name in ("one", "other")
        ]
        try:
            await one.add(RunRecord("r1", 1.0, None), [job(number) for number in range(10)])
            await test(one, other)
        finally:
            await one.close()
            await other.close()

    asyncio.run(whole())


async def begin(stores: tuple[TeamStore, ...], numbers: range) -> list[object]:
    works = [stores[n % len(stores)].save(sent(n), job(n), money=RESERVE) for n in numbers]
    return await asyncio.gather(*works, return_exceptions=True)


def test_no_more_jobs_begin_than_the_account_has_places(team_url: str) -> None:
    async def test(one: TeamStore, other: TeamStore) -> None:
        found = await begin((one, other), range(10))
        assert found.count(None) == 3
        assert sum(isinstance(each, NotYetError) for each in found) == 7
        assert len(await one.ledger()) == 3

    on_two(team_url, test, places=3.0)


def test_a_days_limit_holds_for_both(team_url: str) -> None:
    async def test(one: TeamStore, other: TeamStore) -> None:
        await one._write(lambda c: c.execute("UPDATE accounts SET day_cap = 7"))
        reserve = replace(RESERVE, at=(await one.now()))
        works = [(one, other)[n % 2].save(sent(n), job(n), money=reserve) for n in range(6)]
        found = await asyncio.gather(*works, return_exceptions=True)
        assert found.count(None) == 2
        assert sum(isinstance(each, BudgetError) for each in found) == 4

    on_two(team_url, test)


@pytest.mark.parametrize("how", ["no credits", "held", "by a user"])
def test_what_one_machine_met_stops_the_other_until_it_is_over(team_url: str, how: str) -> None:
    async def test(one: TeamStore, other: TeamStore) -> None:
        match how:
            case "no credits":
                why = JobError("account.credits", "Not enough credits", "Buy some.")
                await one.of_account(lambda c: accounts.pause(c, SERVICE, why))
            case "held":
                await one.of_account(lambda c: accounts.hold(c, SERVICE, 600.0))
            case _:
                await one.set_meta("paused", "user")
        assert all(isinstance(each, NotYetError) for each in await begin((other,), range(2)))
        assert await other.ledger() == ()
        await other.set_meta("paused", "")
        await other.of_account(accounts.resume)
        assert await begin((one,), range(2)) == [None, None]

    on_two(team_url, test)


def test_places_are_halved_once_for_all_that_a_429_meets_at_a_time(team_url: str) -> None:
    async def test(one: TeamStore, other: TeamStore) -> None:
        for store in (one, other, one):
            await store.of_account(lambda c: accounts.refused(c, SERVICE, 600.0))
        found = await one._read(lambda c: accounts.accounts(c, one.policy))
        assert [account.places for account in found.values()] == [4]

    on_two(team_url, test, places=8.0)


def test_a_job_that_another_machine_has_moved_is_not_written_over(team_url: str) -> None:
    async def test(one: TeamStore, other: TeamStore) -> None:
        await one.save(job(1, state=JobState.PREPARING, changed_at=2.0), job(1))
        with pytest.raises(RowChangedError) as caught:
            await other.save(sent(1), job(1), money=RESERVE)
        assert caught.value.current.state is JobState.PREPARING
        assert await other.ledger() == ()

    on_two(team_url, test)


def test_a_write_whose_answer_was_lost_is_done_once(team_url: str) -> None:
    """The connection ended between the commit and its answer: the same is written again."""

    async def test(one: TeamStore, _: TeamStore) -> None:
        for _try in range(2):
            await one.save(sent(1), job(1), money=RESERVE, note="sent")
            await one.add(RunRecord("r1", 1.0, None), [job(number) for number in range(10)])
        assert [line.note for line in await one.history("j1")] == ["", "sent"]
        assert len(await one.ledger()) == 1

    on_two(team_url, test)


def test_a_picture_in_no_root_starts_nothing(team_url: str, tmp_path: Path) -> None:
    from topazdesk.errors import UseError

    async def test(one: TeamStore, _: TeamStore) -> None:
        with pytest.raises(UseError):
            await one.add(RunRecord("r2", 1.0, None), [job(20), job(21, source=tmp_path / "a.png")])
        assert await one.of_run("r2") == []

    on_two(team_url, test)


def test_another_daily_limit_lifts_the_pause_of_the_old_one_and_no_other(team_url: str) -> None:
    """The hint says "raise the limit": that is all there is to do. What still exceeds it pauses the account anew."""

    async def test(one: TeamStore, other: TeamStore) -> None:
        account = job().account
        await one.cap_day(account, 2)
        for why, goes_on in ((Code.ACCOUNT_TEAM_CAP, True), (Code.ACCOUNT_CREDITS, False)):
            reason = JobError(why, "title", "hint")
            await one.of_account(lambda c, why=reason: accounts.pause(c, str(account), why))  # type: ignore[misc]
            await other.cap_day(account, 9)
            states = await one._read(lambda c: accounts.accounts(c, one.policy))
            assert (states[account].paused is None) is goes_on
        await one.of_account(lambda c: accounts.resume(c, str(account)))
        await other.cap_day(account, 2)
        (refused,) = await begin((one,), range(1))  # it costs three
        assert isinstance(refused, BudgetError)

    on_two(team_url, test)
