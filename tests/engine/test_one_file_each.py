"""Two results that are equal to the byte are two files: both were paid, and no job takes another's file for its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import JobState

_S = JobState


@pytest.mark.parametrize("unplugged", [False, True], ids=["at once", "the drive is gone for a moment"])
def test_a_name_that_a_failed_job_gave_up_is_not_its_own_any_more(
    harness: EngineHarness, monkeypatch: pytest.MonkeyPatch, unplugged: bool
) -> None:
    """The second job got the name meanwhile. Without its folder the first could not be placed, and then found "its" file there."""
    out, away = harness.root / "out", harness.root / "away"
    verify = harness.pictures.verify

    def unplug(path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        info = verify(path, expected, format_)
        out.rename(away)
        out.touch()
        return info

    async def test() -> None:
        harness.policy = replace(harness.policy, damaged_retry_pauses_s=(), disk_retry_s=2.0)
        engine = await harness.open()
        harness.service.plan("download", Fault.CORRUPT)
        first = await harness.start_one()
        await harness.until_state(first, _S.FAILED)
        second = await harness.finished(await harness.start_one())
        assert second.result == out / "a_standard-2_2x.png"
        if unplugged:
            monkeypatch.setattr(harness.pictures, "verify", unplug)
        await engine.retry(first.id)
        if unplugged:
            await harness.until(lambda: harness.job(first).state is _S.WAITING)
            monkeypatch.setattr(harness.pictures, "verify", verify)
            out.unlink()
            away.rename(out)
        done = await harness.finished(first)
        assert (done.state, done.result) == (_S.DONE, out / "a_standard-2_2x-2.png")
        assert sorted(out.iterdir()) == sorted([done.result, second.result])

    harness.run(test)


def test_a_drive_that_comes_back_with_an_equal_result_under_the_name(
    harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clicked again while the drive is away, into a new folder of that name: what the drive brings back is the first job's."""
    out, away = harness.root / "out", harness.root / "away"
    verify = harness.pictures.verify

    def plug_in(path: Path, expected: Size | None, format_: FileFormat) -> ImageInfo:
        info = verify(path, expected, format_)
        if away.exists():
            shutil.rmtree(out)
            away.rename(out)
        return info

    async def test() -> None:
        await harness.open()
        first = await harness.finished(await harness.start_one())
        out.rename(away)
        monkeypatch.setattr(harness.pictures, "verify", plug_in)
        second = await harness.finished(await harness.start_one())
        assert (second.state, first.result) == (_S.DONE, out / "a_standard-2_2x.png")
        assert second.result == out / "a_standard-2_2x-2.png"
        assert sorted(out.iterdir()) == sorted([first.result, second.result])

    harness.run(test)
