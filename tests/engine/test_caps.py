"""Limits of the user's own: per run, by unit of money, and play money apart from real money."""

from __future__ import annotations

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit

_S = JobState


def test_a_limit_per_click_holds_each_start_and_not_the_next(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        engine.cap_run(Unit.CREDIT, 2)
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(3)])
        await engine.idle()
        assert sorted(harness.job(j).state.value for j in jobs) == ["done", "done", "failed"]
        more = await engine.enqueue([harness.draft(harness.picture("more.png"))])
        await engine.idle()
        assert harness.job(more[0]).state is _S.DONE
        engine.cap_run(Unit.CREDIT, None)
        free = await engine.enqueue([harness.draft(harness.picture(f"free{n}.png")) for n in range(3)])
        await engine.idle()
        assert {harness.job(j).state for j in free} == {_S.DONE}

    harness.run(test)


def test_the_lower_of_the_two_budgets_holds(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        engine.cap_run(Unit.CREDIT, 5)
        engine.cap_run(Unit.USD, 1)
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(3)], run_budget=1)
        await engine.idle()
        assert sorted(harness.job(j).state.value for j in jobs) == ["done", "failed", "failed"]

    harness.run(test)


def test_what_waits_in_the_queue_counts_for_today_and_play_money_does_not(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        is_play = job.recipe.service.value != "topaz"
        assert await engine.spent_today(Unit.CREDIT, is_play=is_play) == 1
        await engine.pause()
        await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(3)])
        assert await engine.spent_today(Unit.CREDIT, is_play=is_play) == 4
        assert await engine.spent_today(Unit.CREDIT, is_play=not is_play) == 0
        assert await engine.spent_today(Unit.USD, is_play=is_play) == 0

    harness.run(test)
