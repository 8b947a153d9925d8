"""Comparing with a real pointer and real keys: who has the keys, the fade and the loupe."""

from __future__ import annotations

import json
import select
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.stories.desktop import MISSING, Desktop, desktop, until
from tests.support import pictures

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


class Shown:
    """The window with two pictures, on a real screen."""

    def __init__(self, screen: Desktop, files: Sequence[Path], profile: Path) -> None:
        self.process = screen.start("tests.stories.compare_window", *files, profile=profile)
        self.screen = screen
        self.window = screen.window("comparison")
        screen.place(self.window, 40, 30, 1280, 720)
        until(lambda: self.ask()["sharp"], "the pictures")

    def ask(self, question: str = "") -> dict[str, Any]:
        """How things stand."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{question}\n".encode())
        heard, _, _ = select.select([self.process.stdout], [], [], 180)
        assert heard, "no answer"
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def click(self, part: str, *, right: int = 0, down: int = 0) -> None:
        x, y = self.ask()["at"][part]
        self.screen.xdotool("mousemove", "--sync", x + right, y + down, "click", 1)

    def key(self, *keys: str) -> None:
        self.screen.xdotool("key", "--clearmodifiers", *keys)

    def hold(self, key: str, check: Callable[[], None]) -> None:
        """Hold a key longer than a tap."""
        self.screen.xdotool("keydown", key)
        start = time.monotonic()  # the X server's clock counts, however late the window hears of it
        try:
            check()
            until(lambda: time.monotonic() - start > 0.4, "more than a tap")
        finally:
            self.screen.xdotool("keyup", key)

    def comes_to(self, **wanted: object) -> dict[str, Any]:
        """Wait until things stand like this, and return all."""
        found: dict[str, Any] = {}

        def is_so() -> bool:
            found.clear()
            found.update(self.ask())
            return all(found[name] == value for name, value in wanted.items())

        until(is_so, f"{wanted}")
        return found


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    before, after = tmp_path / "before.png", tmp_path / "after.png"
    pictures.scene(600, 400).write_to_file(str(before))
    pictures.scene(1200, 800, seed=8).write_to_file(str(after))
    with desktop() as screen:
        found = Shown(screen, (before, after), tmp_path / "profile")
        yield found
        found.process.kill()
        found.process.communicate()


def test_a_press_gives_the_keys_and_space_opens_nothing(shown: Shown) -> None:
    """After a press on the divider, Space hid it, the next button got the keys, and a dialog opened."""
    shown.click("divider", down=150)
    shown.comes_to(focus="divider", windows=1)
    shown.hold("space", lambda: shown.comes_to(holds=True, focus="view") and None)
    shown.comes_to(holds=False, mode="split", focus="divider", windows=1)
    shown.key("Left", "Left")
    shown.comes_to(divider=0.48)
    shown.click("fit")
    shown.click("view", right=-200)
    shown.comes_to(focus="view")
    shown.key("space")
    shown.comes_to(mode="swap", focus="view", windows=1)
    shown.key("shift+y", "Page_Up")
    shown.comes_to(mode="split", divider=0.38)
    shown.click("fit")
    shown.comes_to(focus="view", windows=1)
    told = shown.ask("notice")
    assert told["focus"] == "view"
    shown.click("close")
    shown.comes_to(focus="view")
    assert shown.ask()["at"]["close"] is None


def test_the_fade_by_keys_and_by_its_slider(shown: Shown) -> None:
    shown.click("view", right=-200)
    shown.key("f")
    shown.comes_to(mode="fade", fade=0.5)
    shown.key("Page_Down", "Page_Down")
    shown.comes_to(fade=0.7)
    shown.key("Home")
    shown.comes_to(fade=0.0, focus="view")
    shown.click("fader")
    until(lambda: 0.4 <= shown.ask()["fade"] <= 0.6, "the slider to be where it was clicked")
    shown.key("Right")
    shown.key("f")
    shown.comes_to(mode="split", focus="view")


def test_the_loupe_follows_the_pointer_and_the_arrow_keys(shown: Shown) -> None:
    shown.click("view", right=-200)
    shown.key("l")
    shown.comes_to(focus="view")
    # Where the click was: the window may hear of the key before it hears that the pointer has moved there.
    first = until(lambda: (now := shown.ask()["loupe"]) and now[1] < 0.5 and now, "the loupe at the pointer")
    assert first[0] == 4
    x, y = shown.ask()["at"]["view"]
    shown.screen.xdotool("mousemove", "--sync", x - 100, y + 50)
    moved = until(lambda: (now := shown.ask()["loupe"]) != first and now, "the loupe to follow")
    assert moved[1] > first[1]
    assert moved[2] > first[2]
    shown.key("Right", "Right", "Down")
    until(lambda: (now := shown.ask()["loupe"])[1] > moved[1] and now[2] > moved[2], "the arrow keys")
    shown.key("shift+l")
    until(lambda: shown.ask()["loupe"][0] == 8, "the next magnification")
    shown.key("Escape")
    shown.comes_to(loupe=None)
