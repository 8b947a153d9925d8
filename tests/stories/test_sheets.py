"""Sheets on a real X server, whose window manager has a say in where windows are."""

from __future__ import annotations

import subprocess

import pytest

from tests.stories.desktop import MISSING, Desktop, desktop, until

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {MISSING} (dev.py test installs them where it may)"
)


def _ask(window: subprocess.Popen[bytes], question: str) -> tuple[int, ...]:
    assert window.stdin is not None
    assert window.stdout is not None
    window.stdin.write(f"{question}\n".encode())
    return tuple(map(int, window.stdout.readline().split()))


def _seen(screen: Desktop, title: str) -> tuple[int, int]:
    handle = screen.window(title)
    text = screen.xdotool("getwindowgeometry", "--shell", handle)
    facts = dict(line.split("=", 1) for line in text.splitlines())
    return int(facts["X"]), int(facts["Y"])


def test_a_sheet_knows_where_it_is(tmp_path):
    """It took itself to be in the corner of the screen: the menu of the file name opened over its own button."""
    with desktop() as screen:
        window = screen.start("tests.stories.sheet_window", profile=tmp_path)
        try:
            screen.window("below")
            _ask(window, "open")
            screen.window("over it")
            # Not only by chance for a moment, before the server has told it another place.
            until(lambda: screen.xdotool("getactivewindow", "getwindowname") == "over it", "the sheet to have the keys")
            until(lambda: _ask(window, "") == _seen(screen, "over it"), "one place")
            assert _ask(window, "") > (40, 40)
        finally:
            window.kill()
            window.communicate()
