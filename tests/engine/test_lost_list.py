"""A job list that lost all it had, even its own name, is no new profile: what it sent is not paid again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

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


def test_results_that_lie_below_what_others_sent_are_found(harness: EngineHarness, tmp_path: Path) -> None:
    """Two computers of a studio use one account, and one is set back: its results are not on the list's first page."""

    async def test() -> None:
        await harness.open()
        await harness.witness()
        await harness.close()
        shutil.copytree(harness.profile, tmp_path / "backup")
        engine = await harness.open()
        await harness.finished(await harness.start_one("lost.png"))
        await harness.close()
        shutil.rmtree(harness.profile)
        shutil.copytree(tmp_path / "backup", harness.profile)
        shutil.rmtree(tmp_path / "out")
        (entry, *_) = harness.service.entries.values()
        for number in range(250):
            name = f"td-{number:032x}.png"
            theirs = replace(
                entry, remote_id=f"theirs-{number}", file_name=name, created_at=harness.service_clock.now()
            )
            harness.service.entries[theirs.remote_id] = theirs
        taken = harness.service.taken
        engine = await harness.open()
        again = await harness.start_one("lost.png")
        failed = await harness.finished(again)
        assert failed.trouble is not None
        assert (failed.trouble.code, harness.service.taken) == ("service.list_is_older", taken)
        account = Account(ServiceName.SANDBOX)
        found = await engine.recover(account)
        await engine.fetch(account, [each for each in found if "theirs" not in each.remote_id], tmp_path / "recovered")
        await engine.idle()
        assert len(list((tmp_path / "recovered").iterdir())) == 1
        await harness.crash()
        # From now on a page with something known is enough.
        harness.service.calls.clear()
        await harness.open()
        assert (await harness.finished(await harness.start_one("new.png"))).state is _S.DONE
        assert harness.service.calls["list_jobs"] == 3

    harness.run(test)
