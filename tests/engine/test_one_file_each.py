"""Two results that are equal to the byte are two files: both were paid, and no job takes another's file for its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import JobState

_S = JobState


@pytest.mark.parametrize("unplugged", [False, True], ids=["at once", "the drive is gone for a moment"])
def test_a_name_that_a_failed_job_gave_up_is_not_its_own_any_more(
    desk: EngineDesk, monkeypatch: pytest.MonkeyPatch, unplugged: bool
) -> None:
    """The second job got the name meanwhile. Without its folder the first could not be placed, and then found "its" file there."""
    out, away = desk.root / "out", desk.root / "away"
    verify = desk.pictures.verify

    def unplug(path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        info = verify(path, expected, format_)
        out.rename(away)
        out.touch()
        return info

    async def test() -> None:
        desk.policy = replace(desk.policy, damaged_retries=(), disk_retry=2.0)
        engine = await desk.open()
        desk.service.plan("download", Fault.CORRUPT)
        first = await desk.start_one()
        await desk.until_state(first, _S.FAILED)
        second = await desk.finished(await desk.start_one())
        assert second.result == out / "a_standard-2_2x.png"
        if unplugged:
            monkeypatch.setattr(desk.pictures, "verify", unplug)
        await engine.retry(first.id)
        if unplugged:
            await desk.until(lambda: desk.job(first).state is _S.WAITING)
            monkeypatch.setattr(desk.pictures, "verify", verify)
            out.unlink()
            away.rename(out)
        done = await desk.finished(first)
        assert (done.state, done.result) == (_S.DONE, out / "a_standard-2_2x-2.png")
        assert sorted(out.iterdir()) == sorted([done.result, second.result])

    desk.run(test)


def test_a_drive_that_comes_back_with_an_equal_result_under_the_name(
    desk: EngineDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clicked again while the drive is away, into a new folder of that name: what the drive brings back is the first job's."""
    out, away = desk.root / "out", desk.root / "away"
    verify = desk.pictures.verify

    def plug_in(path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        info = verify(path, expected, format_)
        if away.exists():
            shutil.rmtree(out)
            away.rename(out)
        return info

    async def test() -> None:
        await desk.open()
        first = await desk.finished(await desk.start_one())
        out.rename(away)
        monkeypatch.setattr(desk.pictures, "verify", plug_in)
        second = await desk.finished(await desk.start_one())
        assert (second.state, first.result) == (_S.DONE, out / "a_standard-2_2x.png")
        assert second.result == out / "a_standard-2_2x-2.png"
        assert sorted(out.iterdir()) == sorted([first.result, second.result])

    desk.run(test)
