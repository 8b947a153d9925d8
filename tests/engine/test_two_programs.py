"""Two programs on one profile: the lock file was deleted, or the drive keeps no locks. The later one has it, the earlier stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import JobState
from topazdesk.engine.events import QueuePaused
from topazdesk.errors import ProfileLostError

_S = JobState


def beside(harness: EngineHarness) -> EngineHarness:
    """Another program on the same profile and account."""
    other = EngineHarness(harness.root, own_time=harness.own_time)
    other.clock, other.service, other.source = harness.clock, harness.service, harness.source
    (harness.profile / "jobs.db.lock").unlink()
    return other


def test_the_earlier_program_sends_nothing_more_and_says_so(harness: EngineHarness) -> None:
    """40 clicks became 69 submits."""

    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        jobs = await engine.enqueue([harness.draft(harness.picture(f"{n}.png")) for n in range(10)])
        other = beside(harness)
        try:
            second = await other.open()
            await second.resume()
            await engine.resume()
            await engine.idle()
            await second.idle()
            assert harness.service.taken == len(jobs)
            assert {other.job(job).state for job in jobs} == {_S.DONE}
            assert sorted(p.name for p in (harness.root / "out").iterdir()) == sorted(
                job.result.name for j in jobs if (job := other.job(j)).result
            )
            stops = [e for e in harness.events if isinstance(e, QueuePaused) and e.reason is not None]
            assert [type(e.reason) for e in stops] == [ProfileLostError]
            assert "Another topazdesk" in stops[0].reason.title  # type: ignore[union-attr]
            assert engine.is_paused
            assert engine._supervisor.names == []
        finally:
            await other.close()

    harness.run(test)


def test_nothing_starts_again_in_the_earlier_program(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        other = beside(harness)
        try:
            second = await other.open()
            with pytest.raises(ProfileLostError):
                await engine.enqueue([harness.draft(harness.picture())])
            await engine.resume()
            await engine.idle()
            assert engine.is_paused
            assert engine.jobs() == second.jobs() == ()
            assert harness.service.taken == 0
        finally:
            await other.close()

    harness.run(test)


def test_an_answer_that_comes_to_the_earlier_program_is_found_by_the_later(harness: EngineHarness) -> None:
    """Its submit was on the way when the other one began: that one sees the doubt and finds the job by its name."""

    async def test() -> None:
        harness.service.plan("submit", Fault.HOLD)
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        other = beside(harness)
        try:
            second = await other.open()
            assert other.job(job).state is _S.DOUBTFUL
            harness.service.release.set()
            await second.idle()
            await engine.idle()
            assert other.job(job).state is _S.DONE
            assert harness.service.taken == 1
            assert len(list((harness.root / "out").iterdir())) == 1
        finally:
            await other.close()

    harness.run(test)


def test_a_list_from_a_backup_put_over_the_running_one(harness: EngineHarness, tmp_path: Path) -> None:
    """The file that is written has no name any more: what is paid now would be known to nobody after the next start."""

    async def test() -> None:
        engine = await harness.open()
        backup = (harness.profile / "jobs.db").read_bytes()
        (tmp_path / "backup").write_bytes(backup)
        (tmp_path / "backup").replace(harness.profile / "jobs.db")
        with pytest.raises(ProfileLostError, match="replaced"):
            await engine.enqueue([harness.draft(harness.picture())])
        assert harness.service.taken == 0

    harness.run(test)
