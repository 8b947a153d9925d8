"""A doubt is settled although no keeper of its account lives as long as that takes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.engine.test_store import job
from tests.support.any_store import ROOTS
from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from tests.support.unkept_store import UnkeptStore
from topazdesk.domain.job import JobState
from topazdesk.engine.job_store import RunRecord
from topazdesk.team.connections import Connections
from topazdesk.team.roots import Roots


def test_the_wait_for_a_proof_goes_on_where_the_last_keeper_left_it(harness: EngineHarness) -> None:
    """With a kill a second each keeper began to wait anew, and what was never sent stayed in doubt for ever."""

    async def test() -> None:
        await harness.open()
        await harness.witness()
        harness.service.plan("submit", Fault.LOSE_REQUEST)
        doubtful = await harness.start_one()
        await harness.until_state(doubtful, JobState.DOUBTFUL)
        whole = harness.policy.absence_after(doubtful.recipe.service, handed_over=harness.job(doubtful).handed_over)
        lives = 0
        while harness.job(doubtful).state is JobState.DOUBTFUL:
            lives += 1
            assert lives < 12
            await harness.clock.sleep(whole / 5)
            if harness.job(doubtful).state is JobState.DOUBTFUL:
                await harness.crash()
                await harness.open()
        assert lives > 4
        assert (await harness.finished(doubtful)).resends == 1

    harness.run(test)


def test_two_that_hold_themselves_for_the_keeper_do_not_count_the_same_seconds_twice(team_url: str) -> None:
    async def test() -> None:
        stores = [await UnkeptStore.open(Connections(team_url, name, Roots(ROOTS)), name) for name in ("one", "other")]
        one, other = stores
        try:
            await one.add(RunRecord("r1", 1.0, None), [job(1)])
            doubt = job(1, intent_at=5.0)
            assert await one.waited(doubt, "absence") == 0.0
            assert await one.note_wait(doubt, "absence", 0.0, 2.0) == 2.0
            assert await other.note_wait(doubt, "absence", 0.0, 2.5) == 2.0
            assert await one.note_wait(doubt, "absence", 2.0, 4.0) == 4.0
            assert await other.waited(doubt, "absence") == 4.0
            # Sent once more, it is another doubt; who still means the last one changes nothing.
            again = replace(doubt, intent_at=9.0)
            assert await other.note_wait(again, "absence", 0.0, 1.0) == 1.0
            assert await one.note_wait(doubt, "absence", 4.0, 6.0) == 0.0
            assert await other.waited(again, "absence") == 1.0
        finally:
            for store in stores:
                await store.close()

    asyncio.run(test())
