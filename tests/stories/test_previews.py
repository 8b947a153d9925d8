"""Previews from the gallery on a real X server: three models marked by pointer and key, tried, looked at, one used."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from tests.stories.desktop import MISSING, Desktop, desktop, until

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "statue.jpg"
_SIZE = (1440, 900)
#: Places in the window, from its upper left corner: the check boxes of the first cards, and the button with the price.
_FIRST, _SECOND, _PREVIEW = (385, 152), (702, 152), (990, 843)
#: The edge of the first card, which is the current one; "Use this one" in the trials; and the main button of the window.
_CURRENT, _USE, _ENHANCE = (354, 210), (1120, 152), (1120, 868)

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


class Program:
    """The window with one picture, on a screen of its own."""

    def __init__(self, screen: Desktop, root: Path) -> None:
        self._screen = screen
        self._profile = root / "profile"
        self._profile.mkdir()
        (self._profile / "settings.toml").write_text("sandbox_speed = 0.0\n")
        picture = root / "statue.jpg"
        picture.write_bytes(SAMPLE.read_bytes())
        command = [sys.executable, "-m", "topazdesk", str(picture)]
        self._process = subprocess.Popen(command, env=screen.environment(self._profile))
        self.handle = screen.window("topazdesk")
        screen.place(self.handle, 60, 40, *_SIZE)
        self._at: tuple[int, int] | None = None

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        address = self._profile / "sandbox" / "server.json"
        if address.exists():
            os.kill(json.loads(address.read_text())["pid"], signal.SIGTERM)

    def grab(self) -> Image.Image:
        """What the screen shows of the window."""
        x, y = self._corner()
        return ImageGrab.grab((x, y, x + _SIZE[0], y + _SIZE[1]), xdisplay=self._screen.display).convert("RGB")

    def _corner(self) -> tuple[int, int]:
        """Where the window's contents begin on the screen; it stays there."""
        if self._at is not None:
            return self._at
        self._screen.xdotool("mousemove", "--sync", "--window", self.handle, 5, 5)
        words = self._screen.xdotool("getmouselocation", "--shell")
        facts = dict(line.split("=", 1) for line in words.splitlines())
        self._at = int(facts["X"]) - 5, int(facts["Y"]) - 5
        return self._at

    def is_blue(self, x: int, y: int) -> bool:
        """Whether a button that can be pressed, or a ticked box, is at this place."""
        red, _, blue = self.grab().getpixel((x, y))  # type: ignore[misc]
        return blue - red > 80

    def click(self, place: tuple[int, int]) -> None:
        self._screen.xdotool("mousemove", "--sync", "--window", self.handle, *place, "click", 1)

    def press(self, *keys: str) -> None:
        """Press keys in whatever has them now: a sheet is a window of its own."""
        self._screen.xdotool("key", "--clearmodifiers", *keys)

    def activate(self) -> None:
        self._screen.xdotool("windowactivate", "--sync", self.handle)

    def jobs(self) -> list[tuple[str, str, int]]:
        """Model, state and charge of all jobs, read from the disk."""
        path = self._profile / "jobs.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT recipe, state, charged FROM jobs").fetchall()
        return [(json.loads(recipe)["model"], state, charged or 0) for recipe, state, charged in found]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with desktop() as screen:
        made = Program(screen, tmp_path)
        try:
            until(lambda: made.is_blue(*_ENHANCE), "the button to be on")
            yield made
        finally:
            made.end()


def _see(program: Program, name: str) -> None:
    """Keep what the screen shows, where somebody wants to look at it."""
    folder = os.environ.get("TOPAZDESK_STORY_SHOTS")
    if folder:
        program.grab().save(Path(folder) / f"previews-{name}.png")


def test_three_are_marked_previewed_and_one_is_used(program: Program) -> None:
    """Whoever did not know which model to take had to add them one by one to a trial that they had to find first."""
    program.activate()
    program.press("ctrl+m")
    until(lambda: not program.is_blue(*_ENHANCE), "the sheet over the window")
    _see(program, "gallery")
    until(lambda: program.is_blue(*_CURRENT), "the cards are painted, the current one with its edge")
    program.click(_FIRST)
    until(lambda: program.is_blue(*_FIRST), "the first is ticked")
    program.click(_SECOND)
    until(lambda: program.is_blue(*_SECOND), "the second is ticked")
    program.press("Right", "p")
    until(lambda: program.is_blue(*_PREVIEW), "the button with the price")
    _see(program, "marked")
    assert program.jobs() == [], "marking costs nothing"
    program.click(_PREVIEW)
    until(lambda: len(program.jobs()) == 3 and all(state == "done" for _, state, _ in program.jobs()), "three results")
    assert sum(charge for _, _, charge in program.jobs()) == 3
    until(lambda: program.is_blue(*_USE), "a result to use")
    _see(program, "tried")
    program.click(_USE)
    until(lambda: not program.is_blue(*_USE) and program.is_blue(*_ENHANCE), "the main button again")
    _see(program, "used")
    assert len(program.jobs()) == 3, "using one costs nothing"
