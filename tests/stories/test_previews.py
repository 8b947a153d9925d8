"""Previews from the gallery on a real X server: three models marked by pointer and key, tried, looked at, one used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.desktop import MISSING, Desktop, desktop, until
from tests.stories.whole_window import SAMPLE, WholeWindow

_SIZE = (1440, 900)
#: Places in the window, from its upper left corner: the check boxes of the first cards, and the button with the price.
_FIRST, _SECOND, _PREVIEW = (385, 152), (702, 152), (990, 843)
#: The edge of the first card, which is the current one; "Use this one" in the trials; and the main button of the window.
_CURRENT, _USE, _ENHANCE = (354, 210), (1120, 152), (1120, 868)

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


class Program(WholeWindow):
    """The window with one picture, on a screen of its own."""

    def __init__(self, screen: Desktop, root: Path) -> None:
        picture = root / "statue.jpg"
        picture.write_bytes(SAMPLE.read_bytes())
        super().__init__(screen, root / "profile", [picture], (60, 40), _SIZE)

    def press(self, *keys: str) -> None:
        """Press keys in whatever has them now: a sheet is a window of its own."""
        self.screen.xdotool("key", "--clearmodifiers", *keys)

    def activate(self) -> None:
        self.screen.xdotool("windowactivate", "--sync", self.handle)

    def jobs(self) -> list[tuple[str, str, int]]:
        """Model, state and charge of all jobs."""
        found = self.columns_of_jobs("recipe, state, charged")
        return [(json.loads(recipe)["model"], state, charged or 0) for recipe, state, charged in found]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with desktop() as screen:
        made = Program(screen, tmp_path)
        try:
            until(lambda: made.is_tinted(*_ENHANCE), "the button to be on")
            yield made
        finally:
            made.end()


def test_three_are_marked_previewed_and_one_is_used(program: Program) -> None:
    """Whoever did not know which model to take had to add them one by one to a trial that they had to find first."""
    program.activate()
    program.press("ctrl+m")
    until(lambda: not program.is_tinted(*_ENHANCE), "the sheet over the window")
    program.see("previews-gallery")
    until(lambda: program.is_blue(*_CURRENT), "the cards are painted, the current one with its edge")
    program.click(*_FIRST)
    until(lambda: program.is_blue(*_FIRST), "the first is ticked")
    program.click(*_SECOND)
    until(lambda: program.is_blue(*_SECOND), "the second is ticked")
    program.press("Right", "p")
    until(lambda: program.is_tinted(*_PREVIEW), "the button with the price")
    program.see("previews-marked")
    assert program.jobs() == [], "marking costs nothing"
    program.click(*_PREVIEW)
    until(lambda: len(program.jobs()) == 3 and all(state == "done" for _, state, _ in program.jobs()), "three results")
    assert sum(charge for _, _, charge in program.jobs()) == 3
    until(lambda: program.is_blue(*_USE), "a result to use")
    program.see("previews-tried")
    program.click(*_USE)
    until(lambda: not program.is_blue(*_USE) and program.is_tinted(*_ENHANCE), "the main button again")
    program.see("previews-used")
    assert len(program.jobs()) == 3, "using one costs nothing"
