"""Results go out on a real X server: dragged into another program, copied, opened in the user's own program."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.stories.desktop import MISSING, Desktop, until
from tests.stories.test_first_day import SAMPLES, close, listed, open_window, profile, sandbox, screen, states
from tests.support.programs import FakeDesktop, arguments
from tests.support.sandbox import RunningSandbox
from topazdesk.disk.file_uris import uri_of

__all__ = ["open_window", "profile", "sandbox", "screen"]

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)

#: Places in the window that `open_window` makes: the only row of the list, both halves of the picture, the line below.
ROW, BEFORE, AFTER, LINE = (300, 185), (520, 600), (1100, 600), (640, 857)
#: The row of the queue once it is open.
QUEUE_ROW = (420, 677)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDesktop:
    """The user's desktop, which the window sees: there is nothing but what a test adds."""
    made = FakeDesktop(tmp_path / "desktop")
    for name, value in made.environment.items():
        if name != "PATH":  # the window's own needs stay
            monkeypatch.setenv(name, value)
    return made


@contextmanager
def target(screen: Desktop, profile: Path, folder: Path) -> Iterator[Callable[[tuple[int, int]], dict[str, Any]]]:
    """Another program's window. Gives a function that drags from a place to it and returns what it was given."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.stories.drop_target", str(folder)]
    process = subprocess.Popen(command, env=screen.environment(profile), stdout=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"shown\n"
        window = screen.window("drop target")
        screen.place(window, 5, 300, 120, 80)
        told = process.stdout

        def drag(start: tuple[int, int]) -> dict[str, Any]:
            def once() -> bytes:
                screen.drag(start, screen.middle(window))
                heard, _, _ = select.select([told], [], [], 30)
                return told.readline() if heard else b""

            found: dict[str, Any] = json.loads(until(once, f"a drop of what lies at {start}"))
            return found

        yield drag
    finally:
        process.kill()
        process.communicate()


def clipboard(screen: Desktop, profile: Path, folder: Path, *formats: str) -> dict[str, bytes]:
    """What another program finds on the clipboard, once it has all these formats."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.stories.clipboard_reader", str(folder), *formats]
    subprocess.run(command, env=screen.environment(profile), check=True, timeout=240, stdout=subprocess.DEVNULL)
    return {each: (folder / each.replace("/", "_")).read_bytes() for each in formats}


def test_a_result_is_dragged_copied_and_opened(
    screen: Desktop,
    profile: Path,
    sandbox: RunningSandbox,
    open_window: Any,
    programs: FakeDesktop,
    tmp_path: Path,
) -> None:
    opened = programs.add("Viewer")
    programs.prefer("Viewer", "image/jpeg")
    # The name is not UTF-8, as in old archives.
    source = tmp_path / os.fsdecode(b"caf\xe9 1.jpg")
    shutil.copy(SAMPLES / "still-life.jpg", source)
    original = source.read_bytes()
    window = open_window(source)
    until(lambda: listed(profile) == 1, "the picture in the list")
    screen.key(screen.window("topazdesk"), "ctrl+shift+Return")
    until(lambda: states(profile) == ["done"], "the result")
    (result,) = (path for path in tmp_path.glob("*_2x.jpg"))
    before, after = uri_of(source).decode("ascii"), uri_of(result).decode("ascii")
    assert "/caf%E9%201.jpg" in before

    with target(screen, profile, tmp_path / "taken") as drag:
        for start, wanted in ((ROW, after), (BEFORE, before), (AFTER, after), (LINE, after)):
            got = drag(start)
            assert (got["list"], got["can_move"]) == (f"{wanted}\r\n", False), start
            path = source if wanted == before else result
            assert (tmp_path / "taken" / got["kept"][0]).read_bytes() == path.read_bytes()
        screen.key(screen.window("topazdesk"), "ctrl+j")
        got = drag(QUEUE_ROW)
        assert got["list"] == f"{after}\r\n"
        screen.xdotool("mousemove", *QUEUE_ROW, "click", 1)
        screen.key(screen.window("topazdesk"), "ctrl+alt+c")
        text = clipboard(screen, profile, tmp_path / "path", "text/plain")
        assert text["text/plain"].decode() == str(result)

    screen.xdotool("mousemove", *ROW, "click", 1)
    screen.key(screen.window("topazdesk"), "ctrl+c")
    found = clipboard(
        screen, profile, tmp_path / "copied", "text/uri-list", "x-special/gnome-copied-files", "image/png"
    )
    assert found["text/uri-list"].decode("ascii") == f"{after}\r\n"
    assert found["x-special/gnome-copied-files"].decode("ascii") == f"copy\n{after}"
    with Image.open(BytesIO(found["image/png"])) as copied, Image.open(result) as made:
        assert copied.size == made.size
        assert copied.mode == "RGB"

    screen.xdotool("mousemove", *ROW, "click", "--repeat", 2, "--delay", 60, 1)
    until(lambda: arguments(opened), "the user's program")
    screen.key(screen.window("topazdesk"), "Return")
    until(lambda: len(arguments(opened)) == 2, "the user's program again")
    assert arguments(opened) == [[bytes(result)]] * 2
    close(window, screen)
    assert states(profile) == ["done"], "looking at a result paid for nothing"
    assert source.read_bytes() == original
    assert profile.with_name("stderr.txt").read_text() == ""
