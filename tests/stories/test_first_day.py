"""A newcomer's first day, on a real X server: drop, enhance, close in mid-job, open again, compare."""

from __future__ import annotations

import json
import select
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from tests.stories.desktop import MISSING, Desktop, desktop, until
from tests.support import pictures
from tests.support.sandbox import RunningSandbox, started
from tests.support.watched import gaps_in_log, is_too_long

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with desktop() as found:
        yield found


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    folder = tmp_path / "profile"
    (folder / "sandbox").mkdir(parents=True)
    (folder / "settings.toml").touch()  # it has chosen its service
    return folder


@pytest.fixture
def sandbox(profile: Path) -> Iterator[RunningSandbox]:
    """Where the program looks for it; it works at once."""
    with started(profile / "sandbox") as running:
        yield running


def states(profile: Path) -> list[str]:
    """The states of all jobs, read from the disk as a support person would."""
    path = profile / "jobs.sqlite3"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return [row[0] for row in database.execute("SELECT state FROM jobs")]
        except sqlite3.OperationalError:
            return []


def listed(profile: Path) -> int:
    try:
        return len(json.loads((profile / "session.json").read_text())["pictures"])
    except (OSError, ValueError):
        return 0


Opener = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def open_window(screen: Desktop, profile: Path) -> Iterator[Opener]:
    """Starts the program; whatever is still open at the end is ended. The window must have answered all the time."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*paths: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "topazdesk", *map(str, paths)]
        with profile.with_name("stderr.txt").open("ab") as errors:
            running.append(subprocess.Popen(command, env=screen.environment(profile), stderr=errors))
        screen.place(screen.window("topazdesk"), 150, 40, 1400, 900)
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
    told = [str(gap) for gap in gaps_in_log(profile / "logs" / "topazdesk.log") if is_too_long(gap)]
    assert not told, "the window did not answer for " + "\n".join(told)


def drop(screen: Desktop, profile: Path, paths: list[Path], count: int) -> None:
    """Drags files out of another program's window into ours, until it takes them and lists `count` pictures."""
    command = [sys.executable, "-m", "tests.stories.drag_source", *map(str, paths)]
    source = subprocess.Popen(command, env=screen.environment(profile), stdout=subprocess.PIPE, bufsize=0)
    assert source.stdout is not None
    said = source.stdout
    try:
        assert said.readline() == b"shown\n"
        handle = screen.window("drag source")
        screen.place(handle, 5, 300, 120, 80)

        def once() -> bool:
            screen.drag(screen.middle(handle), screen.middle(screen.window("topazdesk")))
            # Silent, if it was pressed before it was where it had been moved to.
            heard, _, _ = select.select([said], [], [], 20)
            return bool(heard) and said.readline() == b"taken\n"

        until(once, "the window to take the files")
        # Only now: the window still fetches the data from the program that was dragged from.
        until(lambda: listed(profile) == count, "the pictures in the list")
    finally:
        source.kill()
        source.communicate()


def close(process: subprocess.Popen[bytes], screen: Desktop, *, in_mid_run: bool = False) -> None:
    screen.key(screen.window("topazdesk"), "ctrl+q")
    if in_mid_run:  # what becomes of the pictures is said first
        screen.key(screen.window("[0-9] pictures? (is|are) not finished"), "Return")
    assert process.wait(400) == 0


def test_drop_enhance_close_reopen(screen, profile, sandbox, open_window, tmp_path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    photos = []
    for name in ("mountain-lake.jpg", "still-life.jpg"):
        photos.append(tmp_path / name)
        shutil.copy(SAMPLES / name, photos[-1])
    shutil.copy(SAMPLES / "statue.jpg", folder)
    pictures.text_named_jpg(folder / "note.jpg")
    before = {p: p.read_bytes() for p in (*photos, folder / "statue.jpg")}

    sandbox.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 36_000}})
    window = open_window()
    drop(screen, profile, [*photos, folder], 3)

    screen.key(screen.window("topazdesk"), "ctrl+shift+Return")
    until(lambda: states(profile).count("running") == 3, "three jobs at the service")
    close(window, screen, in_mid_run=True)
    assert states(profile) == ["running"] * 3

    sandbox.hurry()
    window = open_window()
    until(lambda: states(profile) == ["done"] * 3, "the jobs of the last run to finish")
    close(window, screen)
    for path, original in before.items():
        assert path.read_bytes() == original
        result = path.with_name(f"{path.stem}_standard-2_2x.jpg")
        with Image.open(path) as small, Image.open(result) as large:
            assert large.size == (2 * small.width, 2 * small.height)
    assert profile.with_name("stderr.txt").read_text() == ""
