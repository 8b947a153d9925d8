"""The button on a real X server, with pointer and keys: it means what is selected, what is shown, and says "again"."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.stories.desktop import MISSING, Desktop, desktop, until
from tests.stories.whole_window import SAMPLE, WholeWindow

NAMES = ("abbey", "bridge", "castle", "dunes", "elm")
_ROW, _FIRST, _HEAD = 60, 146, 28  # from the upper edge of the window to the middle of the first row

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


class Program(WholeWindow):
    """The window with five pictures, on a screen of its own."""

    def __init__(self, screen: Desktop, root: Path) -> None:
        paths = []
        for number, name in enumerate(NAMES):
            paths.append(root / f"{name}.jpg")
            with Image.open(SAMPLE) as sample:  # another picture each
                sample.crop((0, 0, sample.width - number, sample.height)).save(paths[-1], quality=90)
        super().__init__(screen, root / "profile", paths, (100, 40), (1400, 900))

    def is_ready(self) -> bool:
        """Whether the button is on: then it is tinted, as practice costs nothing."""
        return self.is_tinted(1080, 868)

    def row(self, number: int, *, heads: int = 0, with_key: str = "") -> None:
        """Click the row `number` of the list, below `heads` further headings."""
        self.click(150, _FIRST + number * _ROW + heads * _HEAD, with_key=with_key)

    def is_selected(self, *numbers: int) -> bool:
        """Whether these rows have the edge of what is selected."""
        return all(self.is_blue(1, _FIRST + number * _ROW) for number in numbers)

    def has_row(self, number: int) -> bool:
        """Whether there is a thumbnail in the row `number` below the first heading."""
        middle = _FIRST + number * _ROW
        return len(self.grab().crop((14, middle - 18, 76, middle + 18)).getcolors(10_000) or ()) > 100

    def press(self) -> None:
        """Click the main button; the pointer goes away, as a button below it has another colour."""
        self.click(1220, 868)
        self.screen.xdotool("mousemove", "--sync", "--window", self.handle, 700, 500)

    def keys(self, *keys: str) -> None:
        self.screen.key(self.handle, *keys)

    def type(self, text: str) -> None:
        self.screen.xdotool("type", "--delay", 40, text)

    def jobs(self) -> Counter[str]:
        """How many jobs each picture has, read from the disk; only if all of them are done."""
        found = self.columns_of_jobs("source, state")
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


def test_selected_filtered_and_finished(program: Program) -> None:
    """Three of five were selected, and five were paid for; a filter did not count; finished ones were paid again."""
    program.row(0)
    program.row(2, with_key="ctrl")
    program.row(4, with_key="ctrl")
    until(lambda: program.is_selected(0, 2, 4) and program.is_ready(), "the button for the three")
    program.see("the-button-three")
    program.press()
    until(lambda: program.jobs() == Counter(["abbey", "castle", "elm"]), "three results, of the three selected")
    # Two are left above the finished ones. A filter shows one of them.
    program.keys("ctrl+f")
    program.type("dun")
    until(lambda: not program.has_row(1) and program.is_ready(), "the button for what is shown")
    program.see("the-button-filter")
    program.keys("ctrl+shift+Return")
    until(lambda: program.jobs() == Counter(["abbey", "castle", "dunes", "elm"]), "one more, the one that is shown")
    # One that is finished: the first press only asks for it again, and spends nothing.
    program.keys("ctrl+a", "BackSpace")
    until(lambda: program.has_row(2), "all of them again")
    program.row(1, heads=1)
    until(program.is_ready, "the button for a finished one")
    program.see("the-button-finished")
    program.press()
    before = program.jobs()
    assert sum(before.values()) == 4, "asking for it again spends nothing"
    pressed = time.monotonic()
    until(
        lambda: time.monotonic() > pressed + 1, "within the time of a double click, 0.4 s, a press is part of the first"
    )
    program.press()
    until(lambda: sum(program.jobs().values()) == 5, "made again, by a second press")
    assert program.jobs()["abbey"] == 2


def test_by_keyboard_alone(program: Program) -> None:
    program.keys("Home", "shift+Down")
    program.see("the-button-keyboard")
    program.keys("ctrl+Return")
    until(lambda: program.jobs() == Counter(["abbey", "bridge"]), "two results, of the two selected")
