"""Every long list shows on a real X server, after each way to scroll it, what a fresh painting of it shows."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories.desktop import MISSING, Desktop, desktop

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


class ShownList:
    """The list `name` in a window of its own, on a real screen."""

    def __init__(self, screen: Desktop, name: str, profile: Path) -> None:
        self.process = screen.start("tests.stories.long_lists", name, profile=profile)
        self._screen = screen
        assert self._line() == "shown"
        self.window = screen.window("long list")
        screen.place(self.window, 100, 60, 820, 500)
        self.middle = screen.middle(self.window)

    def _line(self) -> str:
        """The next line of the program, or "" if it is silent for long."""
        assert self.process.stdout is not None
        heard, _, _ = select.select([self.process.stdout], [], [], 180)
        return self.process.stdout.readline().decode().strip() if heard else ""

    def is_as_repainted(self) -> bool:
        """Ask the program; the positions that it told meanwhile are skipped."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        while (told := self._line()).startswith("at "):
            pass
        assert told, "no answer"
        return told == "same"

    def scroll(self, how: Callable[[], object]) -> None:
        """Do something that scrolls, and wait until the list has scrolled."""
        how()
        assert self._line().startswith("at "), "the list did not scroll"

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with desktop() as found:
        yield found


@pytest.mark.parametrize("name", ["pictures", "queue", "charges", "found"])
def test_the_rows_follow_every_way_to_scroll(screen: Desktop, name: str, tmp_path: Path) -> None:
    """Rows stayed where they had been, but for the one under the pointer: names twice, Cancel on the wrong row."""
    shown = ShownList(screen, name, tmp_path)
    x, y = shown.middle
    right = x + 405
    ways: dict[str, Callable[[], object]] = {
        "wheel down": lambda: screen.xdotool("mousemove", "--sync", x, y, "click", 5),
        "wheel on": lambda: screen.xdotool("click", 5),
        "wheel up": lambda: screen.xdotool("click", 4),
        "end key": lambda: screen.key(shown.window, "End"),
        "page key": lambda: screen.key(shown.window, "Prior", "Prior"),
        "home key": lambda: screen.key(shown.window, "Home"),
        "groove of the bar": lambda: screen.xdotool("mousemove", "--sync", right, y + 200, "click", 1),
        "drag of the bar": lambda: screen.drag((right, y - 190), (right, y)),
    }
    try:
        wrong = []
        for way, how in ways.items():
            shown.scroll(how)
            if not shown.is_as_repainted():
                wrong.append(way)
        assert not wrong
    finally:
        shown.end()
