"""Limits for an hour and a day on what is started unattended: checked where the jobs are written, not before."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Draft
from topazdesk.domain.spending_limit import LimitSpan, SpendingLimit
from topazdesk.errors import BudgetError

_S = JobState
THREE_AN_HOUR = (SpendingLimit(LimitSpan.HOUR, 3),)


def drafts(harness: EngineHarness, *names: str) -> list[Draft]:
    return [harness.draft(harness.picture(f"{name}.png")) for name in names]


def test_two_who_start_at_a_time_share_one_limit(harness: EngineHarness) -> None:
    """Each looked at the books, saw room for itself, and both started: twice the limit was spent."""

    async def test() -> None:
        engine = await harness.open()
        both = await asyncio.gather(
            engine.admit(drafts(harness, "a", "b"), limits=THREE_AN_HOUR),
            engine.admit(drafts(harness, "c", "d"), limits=THREE_AN_HOUR),
            return_exceptions=True,
        )
        [error] = [each for each in both if isinstance(each, BaseException)]
        assert isinstance(error, BudgetError)
        assert error.code == "budget.limit"
        assert "1 credit" in error.hint, "what is left is said"
        await engine.idle()
        assert [job.state for job in harness.jobs()] == [_S.DONE] * 2, "of the refused ones nothing is written"
        assert harness.service.taken == 2
        assert await engine.room(THREE_AN_HOUR, Unit.CREDIT, is_play=True) == 1

    harness.run(test)


def test_what_was_started_counts_after_a_crash_before_it_was_sent(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        await engine.admit(drafts(harness, "a", "b"), limits=THREE_AN_HOUR)
        await harness.crash()
        engine = await harness.open()
        with pytest.raises(BudgetError):
            await engine.admit(drafts(harness, "c", "d"), limits=THREE_AN_HOUR)
        assert len((await engine.admit(drafts(harness, "c"), limits=THREE_AN_HOUR)).jobs) == 1

    harness.run(test)


def test_after_an_hour_there_is_room_again_and_the_day_is_counted_apart(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        limits = (*THREE_AN_HOUR, SpendingLimit(LimitSpan.DAY, 100))
        await engine.admit(drafts(harness, "a", "b", "c"), limits=limits)
        await engine.idle()
        with pytest.raises(BudgetError, match="an hour"):
            await engine.admit(drafts(harness, "d"), limits=limits)
        harness.pass_time(3601.0)
        assert await engine.room(limits, Unit.CREDIT, is_play=True) == 3
        await engine.admit(drafts(harness, "d"), limits=limits)
        with pytest.raises(BudgetError, match="a day"):
            await engine.admit(drafts(harness, "e"), limits=(SpendingLimit(LimitSpan.DAY, 0),))
        await engine.idle()
        assert harness.service.taken == 4

    harness.run(test)


def test_other_money_and_others_limits_do_not_count(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.enqueue(drafts(harness, "a", "b", "c", "d"))
        assert await engine.room(THREE_AN_HOUR, Unit.CREDIT, is_play=False) == 3
        assert await engine.room(THREE_AN_HOUR, Unit.USD, is_play=True) == 3
        assert await engine.room((), Unit.CREDIT, is_play=True) is None

    harness.run(test)
