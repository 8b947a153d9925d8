"""The button on a real X server, with pointer and keys: it means what is selected, what is shown, and says "again"."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from tests.stories.desktop import MISSING, Desktop, desktop, until

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "statue.jpg"
NAMES = ("abbey", "bridge", "castle", "dunes", "elm")
_ROW, _FIRST, _HEAD = 60, 146, 28  # from the upper edge of the window to the middle of the first row

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


class Program:
    """The window with five pictures, on a screen of its own."""

    def __init__(self, screen: Desktop, root: Path) -> None:
        self._screen = screen
        self._profile = root / "profile"
        self._profile.mkdir()
        (self._profile / "settings.toml").write_text("sandbox_speed = 0.0\n")
        paths = []
        for number, name in enumerate(NAMES):
            paths.append(root / f"{name}.jpg")
            with Image.open(SAMPLE) as sample:  # another picture each
                sample.crop((0, 0, sample.width - number, sample.height)).save(paths[-1], quality=90)
        command = [sys.executable, "-m", "topazdesk", *map(str, paths)]
        self._process = subprocess.Popen(command, env=screen.environment(self._profile))
        self.handle = screen.window("topazdesk")
        screen.place(self.handle, 100, 40, 1400, 900)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        address = self._profile / "sandbox" / "server.json"
        if address.exists():
            os.kill(json.loads(address.read_text())["pid"], signal.SIGTERM)

    def _corner(self) -> tuple[int, int]:
        """Where the window's contents begin on the screen; its geometry is told with the frame counted twice."""
        self._screen.xdotool("mousemove", "--sync", "--window", self.handle, 5, 5)
        words = self._screen.xdotool("getmouselocation", "--shell")
        facts = dict(line.split("=", 1) for line in words.splitlines())
        return int(facts["X"]) - 5, int(facts["Y"]) - 5

    def grab(self) -> Image.Image:
        """What the screen shows of the window."""
        x, y = self._corner()
        return ImageGrab.grab((x, y, x + 1400, y + 900), xdisplay=self._screen.display)

    def is_ready(self) -> bool:
        """Whether the button is on: then it is blue."""
        red, _, blue = self.grab().convert("RGB").getpixel((1080, 868))  # type: ignore[misc]
        return blue - red > 80

    def click(self, x: int, y: int, *, with_key: str = "") -> None:
        held = ("keydown", with_key) if with_key else ()
        released = ("keyup", with_key) if with_key else ()
        place = ("--window", self.handle, x, y)
        self._screen.xdotool("mousemove", "--sync", *place, *held, "click", 1, *released)

    def row(self, number: int, *, heads: int = 0, with_key: str = "") -> None:
        """Click the row `number` of the list, below `heads` further headings."""
        self.click(150, _FIRST + number * _ROW + heads * _HEAD, with_key=with_key)

    def press(self) -> None:
        """Click the main button."""
        self.click(1220, 868)

    def keys(self, *keys: str) -> None:
        self._screen.key(self.handle, *keys)

    def type(self, text: str) -> None:
        self._screen.xdotool("type", "--delay", 40, text)

    def jobs(self) -> Counter[str]:
        """How many jobs each picture has, read from the disk; only if all of them are done."""
        path = self._profile / "jobs.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT source, state FROM jobs").fetchall()
        if any(state != "done" for _, state in found):
            return Counter()
        return Counter(Path(os.fsdecode(source)).stem for source, _ in found)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with desktop() as screen:
        made = Program(screen, tmp_path)
        try:
            until(made.is_ready, "the button to be on")
            yield made
        finally:
            made.end()


def _see(program: Program, name: str) -> None:
    """Keep what the screen shows, where somebody wants to look at it."""
    folder = os.environ.get("TOPAZDESK_STORY_SHOTS")
    if folder:
        program.grab().save(Path(folder) / f"the-button-{name}.png")


def test_selected_filtered_and_finished(program: Program) -> None:
    """Three of five were selected, and five were paid for; a filter did not count; finished ones were paid again."""
    program.row(0)
    program.row(2, with_key="ctrl")
    program.row(4, with_key="ctrl")
    _see(program, "three")
    program.press()
    until(lambda: program.jobs() == Counter(["abbey", "castle", "elm"]), "three results, of the three selected")
    # Two are left above the finished ones. A filter shows one of them.
    program.keys("ctrl+f")
    program.type("dun")
    until(program.is_ready, "the button for what is shown")
    _see(program, "filter")
    program.keys("ctrl+shift+Return")
    until(lambda: program.jobs() == Counter(["abbey", "castle", "dunes", "elm"]), "one more, the one that is shown")
    # One that is finished: the first press only asks for it again, and spends nothing.
    program.keys("ctrl+a", "BackSpace")
    program.row(1, heads=1)
    until(program.is_ready, "the button for a finished one")
    _see(program, "finished")
    program.press()
    before = program.jobs()
    assert sum(before.values()) == 4, "asking for it again spends nothing"
    program.press()
    until(lambda: sum(program.jobs().values()) == 5, "made again, by a second press")
    assert program.jobs()["abbey"] == 2


def test_by_keyboard_alone(program: Program) -> None:
    program.keys("Home", "shift+Down")
    _see(program, "keyboard")
    program.keys("ctrl+Return")
    until(lambda: program.jobs() == Counter(["abbey", "bridge"]), "two results, of the two selected")
