"""The 2 × 2 with a real pointer and real keys: four files, and in the real program the results of a picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from tests.stories.desktop import MISSING, desktop, until
from tests.stories.test_compare import Shown
from tests.stories.whole_window import WholeWindow
from tests.support import pictures, quick_start
from topazdesk.app.settings import Settings

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Shown]:
    files = [tmp_path / f"{name}.png" for name in ("one", "two", "three", "four")]
    for seed, path in enumerate(files):
        pictures.scene(1200, 800, seed=seed).write_to_file(str(path))
    with desktop() as screen:
        found = Shown(screen, files, tmp_path / "profile")
        yield found
        found.process.kill()
        found.process.communicate()


def test_four_files_by_pointer_and_keys(four: Shown) -> None:
    move, names = four.screen.xdotool, ["one.png", "two.png", "three.png", "four.png"]
    fitted = four.comes_to(mode="grid", files=names)
    first, second, third, fourth = fitted["cells"]
    four.screen.xdotool("mousemove", "--sync", *second, "click", 1)
    four.comes_to(chosen=2, focus="view")
    for key in "341":
        four.key(key)
        four.comes_to(chosen=int(key))
    # A key or the button held shows the original in the cell under the pointer, for as long as it is held.
    move("mousemove", "--sync", *fourth)
    four.hold("space", lambda: four.comes_to(held=True) and None)
    four.comes_to(held=False, mode="grid")
    move("mousedown", 1)
    four.comes_to(held=True)
    move("mouseup", 1)
    four.comes_to(held=False, chosen=4)
    # The wheel zooms all of them, and a drag moves all of them.
    move("mousemove", "--sync", *first, "click", "--repeat", 4, 4)
    zoomed = until(lambda: (now := four.ask()) and now["percent"] > fitted["percent"] * 2 and now, "the wheel")
    four.screen.drag((first[0], first[1]), (first[0] + 60, first[1] + 40))
    until(lambda: four.ask()["place"][0] < zoomed["place"][0], "the drag")
    assert four.ask()["files"] == names
    # In sight as a whole, one is dragged onto another: the two alone, with the divider between them.
    four.key("ctrl+0")
    four.comes_to(percent=fitted["percent"])
    four.screen.drag(tuple(second), tuple(third))
    told = four.comes_to(mode="split", files=["two.png", "three.png"])
    divider = told["at"]["divider"]
    four.screen.drag((divider[0], divider[1] + 120), (divider[0] + 150, divider[1] + 120))
    until(lambda: four.ask()["divider"] > 0.6, "the divider")
    four.click("view", right=-200)
    four.key("g")
    four.comes_to(mode="grid", files=names)
    four.key("Escape")
    until(lambda: four.ask()["mode"] != "grid", "Escape to end it")


def _has_detail(image: Image.Image, at: tuple[int, int]) -> bool:
    x, y = at
    return len(image.crop((x - 60, y - 60, x + 60, y + 60)).getcolors(20_000) or ()) > 50


def _is_divided(image: Image.Image) -> bool:
    """Whether the divider stands in the middle of the picture: its results are known."""
    return any(all(least > 240 for least, _ in image.crop((x, 170, x + 1, 330)).getextrema()) for x in range(560, 660))


def _is_gap(image: Image.Image) -> bool:
    """Whether a dark line goes all the way down between pictures, as it does between the cells."""
    for x in range(440, 760):
        column = image.crop((x, 160, x + 1, 540)).getextrema()
        if all(most - least < 6 and most < 90 for least, most in column) and _has_detail(image, (x - 100, 250)):
            return True
    return False


def _comes_to_grid(window: WholeWindow) -> bool:
    """Press the key of the 2 × 2. It does nothing before all results of the picture are known, which nothing on screen tells."""
    window.screen.key(window.handle, "g")
    with suppress(AssertionError):
        until(lambda: _is_gap(window.grab()), "the 2 × 2", timeout_s=30)
        return True
    return False


def test_marks_of_cells_and_the_next_start(tmp_path: Path) -> None:
    """In the real program: two results, each with a mark of its own, and the 2 × 2 is there again afterwards."""
    profile, path = tmp_path / "profile", tmp_path / "portrait.png"
    profile.mkdir()
    (profile / "settings.toml").write_text("sandbox_speed = 0.0\n")
    pictures.scene(300, 200).write_to_file(str(path))
    with desktop() as screen:
        for model in ("Standard 2", "High Fidelity 2"):
            command = ["enhance", str(path), "--service", "sandbox", "--model", model, "--yes", "--again"]
            whole = [sys.executable, "-m", "topazdesk", *command, "--profile", str(profile)]
            done = quick_start.run(whole, env=screen.environment(profile))
            assert done.returncode == 0, done.stdout + done.stderr
        window = WholeWindow(screen, profile, [path], (0, 0), (1280, 720))
        try:
            middle = (560, 320)
            until(lambda: _is_divided(window.grab()), "the picture beside its newest result")
            until(lambda: _comes_to_grid(window), "the 2 × 2")
            window.click(*middle)  # the keys are the picture's from here on
            for key, mark in (("2", "k"), ("3", "x")):
                screen.key(window.handle, key, mark)
            until(lambda: sorted(window.columns_of_jobs("verdict")) == [("kept",), ("rejected",)], "the marks")
            window.see("grid-marks")
            screen.key(window.handle, "ctrl+q")
            until(lambda: window.has_ended, "the end")
        finally:
            window.end()
        assert Settings.load(profile / "settings.toml").compare_mode == "grid"
        window = WholeWindow(screen, profile, [], (0, 0), (1280, 720))
        try:
            until(lambda: _is_gap(window.grab()), "the 2 × 2 without a key")
            window.see("grid-again")
        finally:
            window.end()
