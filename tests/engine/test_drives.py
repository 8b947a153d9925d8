"""A drive that is unmounted may leave its folder behind: no result is written into that, where nobody finds it again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import JobState

_S = JobState


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The places where something is mounted, beside the root: a test may not mount anything."""
    places: set[str] = set()
    is_mount = os.path.ismount
    monkeypatch.setattr(os.path, "ismount", lambda path: os.fspath(path) in places or is_mount(path))
    return places


@pytest.mark.parametrize("is_sent", [False, True], ids=["before it is sent", "before it comes back"])
def test_results_wait_for_a_drive_whose_folder_stayed_behind(
    harness: EngineHarness, mounted: set[str], is_sent: bool
) -> None:
    """A network drive went away over night: results lay under its place, hidden once it was back, and were paid again."""

    async def test() -> None:
        engine = await harness.open()
        drive = harness.root / "drive"
        drive.mkdir()
        mounted.add(str(drive))
        if not is_sent:
            await engine.pause()
        else:
            harness.service.release.clear()
        (job,) = await engine.enqueue([harness.draft(harness.picture(), out=drive)])
        if is_sent:
            await harness.until(lambda: harness.service.taken == 1)
        mounted.clear()
        await engine.resume()
        harness.service.release.set()
        await harness.until(lambda: harness.job(job).state is _S.WAITING)
        waiting = harness.job(job)
        assert waiting.trouble is not None
        assert waiting.trouble.code == "computer.folder_gone"
        assert list(drive.iterdir()) == []
        assert harness.service.calls["submit"] == int(is_sent)
        mounted.add(str(drive))
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.taken == 1
        assert [path.parent for path in drive.iterdir()] == [Path(drive)]

    harness.run(test)
