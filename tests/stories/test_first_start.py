"""The first start on a real X server, from nothing: a sample is really enhanced, free, offline, without an account."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageGrab

from tests.stories.desktop import MISSING, Desktop, desktop, until
from tests.support.shots import OUT

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)

#: Where the button for a sample is in an empty window, as shares of its width and height.
_SAMPLE_BUTTON = (0.55, 0.47)


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with desktop() as found:
        yield found


def jobs(profile: Path) -> list[tuple[str, Path, Path | None]]:
    """Return state, source and result of all jobs, read from the disk."""
    with closing(sqlite3.connect(f"file:{profile / 'jobs.sqlite3'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT state, source, result FROM jobs").fetchall()
    return [(state, Path(source.decode()), Path(result.decode()) if result else None) for state, source, result in rows]


def saved_screen(screen: Desktop, name: str) -> None:
    """Save what the screen shows, to be looked at."""
    OUT.mkdir(parents=True, exist_ok=True)
    ImageGrab.grab(xdisplay=screen.display).save(OUT / f"{name}.png")


def test_from_nothing_to_an_enhanced_sample(screen: Desktop, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    command = [sys.executable, "-m", "topazdesk", "--profile", str(profile)]
    with (tmp_path / "stderr.txt").open("ab") as errors:
        process = subprocess.Popen(command, env=screen.environment(profile), stderr=errors)
    try:
        window = screen.window("topazdesk")
        screen.place(window, 100, 40, 1400, 900)

        def sample_is_there() -> bool:
            x, y = screen.middle(window)
            screen.xdotool(
                "mousemove", x + round((_SAMPLE_BUTTON[0] - 0.5) * 1400), y + round((_SAMPLE_BUTTON[1] - 0.5) * 900)
            )
            screen.xdotool("click", 1)
            return bool(list((profile / "samples").glob("*.*")))

        until(sample_is_there, "the sample")

        def is_started() -> bool:
            screen.key(window, "ctrl+Return")
            return bool(jobs(profile))

        until(is_started, "a job")
        until(lambda: jobs(profile)[0][0] == "done", "the result")
        ((_, source, result),) = jobs(profile)
        assert result is not None
        saved_screen(screen, "first-start")
        with Image.open(source) as first, Image.open(result) as enhanced:
            assert enhanced.size == (2 * first.width, 2 * first.height)
            back = np.asarray(enhanced.convert("RGB").resize(first.size, Image.Resampling.BOX)).astype(float)
            before = np.asarray(first.convert("RGB")).astype(float)
            doubled = np.asarray(first.convert("RGB").resize(enhanced.size, Image.Resampling.BICUBIC)).astype(float)
            assert np.abs(back - before).mean() < 6, "the same picture, without a stamp"
            assert np.abs(np.asarray(enhanced.convert("RGB")) - doubled).mean() > 0.5, "more than an enlargement"
        assert not (profile / "sandbox" / "server.json").exists(), "nothing was rehearsed"
        screen.key(window, "ctrl+q")
        assert process.wait(240) == 0
        log = profile / "logs" / "topazdesk.log"
        assert not log.exists() or " ERROR " not in log.read_text("utf-8")
    finally:
        process.kill()
        process.wait()
