"""The program's window on a real screen, with pictures, a profile of its own and the sandbox; looked at and clicked."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image, ImageGrab

from tests.stories.desktop import Desktop, until
from tests.support import quick_start

#: More than any frame has at its upper left corner.
_FRAME_PX = 40
#: What the ground of a free button has more of blue than of red; under the shade of a sheet half of it is left.
_TINTED = 25
SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "statue.jpg"


class WholeWindow:
    """A window at (`left`, `top`) of the screen, of this `size`. End it with `end`."""

    def __init__(
        self, screen: Desktop, profile: Path, pictures: Sequence[Path], place: tuple[int, int], size: tuple[int, int]
    ) -> None:
        self.screen = screen
        self._profile = profile
        self._place, self._size = place, size
        profile.mkdir(exist_ok=True)
        if not (profile / "settings.toml").exists():
            (profile / "settings.toml").write_text("sandbox_speed = 0.0\n")
        command = [sys.executable, "-m", "topazdesk", *map(str, pictures)]
        self._process = quick_start.start(command, env=screen.environment(profile))
        self.handle = screen.window("topazdesk")
        screen.place(self.handle, *place, *size)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        address = self._profile / "sandbox" / "server.json"
        if address.exists():
            os.kill(json.loads(address.read_text())["pid"], signal.SIGTERM)

    @property
    def has_ended(self) -> bool:
        """Whether the program has ended by itself."""
        return self._process.poll() is not None

    @cached_property
    def corner(self) -> tuple[int, int]:
        """Where the window's contents begin on the screen, once the window manager has moved it there."""
        return until(self._placed, f"the window at {self._place}")

    def _placed(self) -> tuple[int, int] | None:
        """Its geometry is told with the frame counted twice; the pointer knows better."""
        self.screen.xdotool("mousemove", "--sync", "--window", self.handle, 5, 5)
        words = self.screen.xdotool("getmouselocation", "--shell")
        facts = dict(line.split("=", 1) for line in words.splitlines())
        found = int(facts["X"]) - 5, int(facts["Y"]) - 5
        return found if all(0 <= at - asked < _FRAME_PX for at, asked in zip(found, self._place, strict=True)) else None

    def grab(self) -> Image.Image:
        """What the screen shows of the window."""
        x, y = self.corner
        box = (x, y, x + self._size[0], y + self._size[1])
        return ImageGrab.grab(box, xdisplay=self.screen.display).convert("RGB")

    def see(self, name: str) -> None:
        """Keep what the screen shows, where somebody wants to look at it."""
        folder = os.environ.get("TOPAZDESK_STORY_SHOTS")
        if folder:
            self.grab().save(Path(folder) / f"{name}.png")

    def is_blue(self, x: int, y: int) -> bool:
        """Whether a button that can be pressed, or a ticked box, is at this place."""
        return self._blueness(x, y) > 80

    def is_tinted(self, x: int, y: int) -> bool:
        """Whether a button that can be pressed and costs nothing is at this place, with nothing over it."""
        return self._blueness(x, y) > _TINTED

    def _blueness(self, x: int, y: int) -> int:
        red, _, blue = self.grab().getpixel((x, y))  # type: ignore[misc]
        return int(blue - red)

    def click(self, x: int, y: int, *, with_key: str = "") -> None:
        held = ("keydown", with_key) if with_key else ()
        released = ("keyup", with_key) if with_key else ()
        place = ("--window", self.handle, x, y)
        self.screen.xdotool("mousemove", "--sync", *place, *held, "click", 1, *released)

    def columns_of_jobs(self, columns: str) -> list[tuple[Any, ...]]:
        """Columns of all jobs, read from the disk."""
        path = self._profile / "jobs.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(f"SELECT {columns} FROM jobs").fetchall()
