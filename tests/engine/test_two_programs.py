"""Two programs on one profile: the lock file was deleted, or the drive keeps no locks. The later one has it, the earlier stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault
from topazdesk.domain.job import JobState
from topazdesk.engine.events import QueuePaused
from topazdesk.errors import ProfileLostError

_S = JobState


def beside(desk: EngineDesk) -> EngineDesk:
    """Another program on the same profile and account."""
    other = EngineDesk(desk.root)
    other.clock, other.service, other.source = desk.clock, desk.service, desk.source
    (desk.profile / "jobs.db.lock").unlink()
    return other


def test_the_earlier_program_sends_nothing_more_and_says_so(desk: EngineDesk) -> None:
    """40 clicks became 69 submits."""

    async def test() -> None:
        engine = await desk.open()
        await engine.pause()
        jobs = await engine.enqueue([desk.draft(desk.picture(f"{n}.png")) for n in range(10)])
        other = beside(desk)
        try:
            second = await other.open()
            await second.resume()
            await engine.resume()
            await engine.idle()
            await second.idle()
            assert desk.service.taken == len(jobs)
            assert {other.job(job).state for job in jobs} == {_S.DONE}
            assert sorted(p.name for p in (desk.root / "out").iterdir()) == sorted(
                job.result.name for j in jobs if (job := other.job(j)).result
            )
            stops = [e for e in desk.events if isinstance(e, QueuePaused) and e.reason is not None]
            assert [type(e.reason) for e in stops] == [ProfileLostError]
            assert "Another topazdesk" in stops[0].reason.title  # type: ignore[union-attr]
            assert engine.is_paused
            assert engine._supervisor.names == []
        finally:
            await other.close()

    desk.run(test)


def test_nothing_starts_again_in_the_earlier_program(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        other = beside(desk)
        try:
            second = await other.open()
            with pytest.raises(ProfileLostError):
                await engine.enqueue([desk.draft(desk.picture())])
            await engine.resume()
            await engine.idle()
            assert engine.is_paused
            assert engine.jobs() == second.jobs() == ()
            assert desk.service.taken == 0
        finally:
            await other.close()

    desk.run(test)


def test_an_answer_that_comes_to_the_earlier_program_is_found_by_the_later(desk: EngineDesk) -> None:
    """Its submit was on the way when the other one began: that one sees the doubt and finds the job by its name."""

    async def test() -> None:
        desk.service.plan("submit", Fault.HOLD)
        engine = await desk.open()
        job = await desk.start_one()
        await desk.until(lambda: desk.service.in_submit == 1)
        other = beside(desk)
        try:
            second = await other.open()
            assert other.job(job).state is _S.DOUBTFUL
            desk.service.release.set()
            await second.idle()
            await engine.idle()
            assert other.job(job).state is _S.DONE
            assert desk.service.taken == 1
            assert len(list((desk.root / "out").iterdir())) == 1
        finally:
            await other.close()

    desk.run(test)


def test_a_list_from_a_backup_put_over_the_running_one(desk: EngineDesk, tmp_path: Path) -> None:
    """The file that is written has no name any more: what is paid now would be known to nobody after the next start."""

    async def test() -> None:
        engine = await desk.open()
        backup = (desk.profile / "jobs.db").read_bytes()
        (tmp_path / "backup").write_bytes(backup)
        (tmp_path / "backup").replace(desk.profile / "jobs.db")
        with pytest.raises(ProfileLostError, match="replaced"):
            await engine.enqueue([desk.draft(desk.picture())])
        assert desk.service.taken == 0

    desk.run(test)
