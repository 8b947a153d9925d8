"""A job list that lost all it had, even its own name, is no new profile: what it sent is not paid again."""

from __future__ import annotations

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.account import Account
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName

_S = JobState


@pytest.mark.parametrize("starts", [1, 2], ids=["at the next start", "at the one after it"])
def test_a_list_that_lost_even_its_name_pays_nothing_again(harness: EngineHarness, starts: int) -> None:
    """The main file of a young list is empty, all is in its log; without that, the same command paid everything again."""

    async def test() -> None:
        await harness.open()
        await harness.witness()
        await harness.close()
        for name in ("jobs.db", "jobs.db-wal", "jobs.db-shm"):
            (harness.profile / name).unlink(missing_ok=True)
        for _ in range(starts - 1):  # which notes in the mark file that there are no jobs
            await harness.open()
            assert harness.engine is not None
            await harness.engine.idle()
            await harness.close()
        taken = harness.service.taken
        engine = await harness.open()
        again = await harness.start_one("before.png", out=harness.root / "before")
        await engine.idle()
        failed = harness.job(again)
        assert failed.trouble is not None
        assert (failed.state, failed.trouble.code) == (_S.FAILED, "service.list_is_older")
        account = Account(ServiceName.SANDBOX)
        await engine.fetch(account, await engine.recover(account), harness.root / "recovered")
        await engine.idle()
        assert len(list((harness.root / "recovered").iterdir())) == 1
        # The user looked: this one is not among it, and is paid now.
        other = await harness.start_one("other.png")
        await engine.idle()
        assert harness.job(other).state is _S.DONE
        assert harness.service.taken == taken + 1

    harness.run(test)
