"""A real X server with a window manager, and a hand on mouse and keyboard (xdotool)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

TOOLS = ("Xvfb", "openbox", "xdotool")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]


def until(question: Callable[[], T], what: str, timeout_s: float = 400) -> T:
    """Asks until the answer is true. Fails with `what` after `timeout_s`."""
    end = time.monotonic() + timeout_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {timeout_s:g} s for {what}"
        time.sleep(0.05)  # the world outside has no signal to wait for


class Desktop:
    """One X display."""

    def __init__(self, display: str) -> None:
        self.display = display

    def environment(self, profile: Path) -> dict[str, str]:
        base = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and k != "WAYLAND_DISPLAY"}
        return {**base, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "TOPAZDESK_PROFILE": str(profile)}

    def start(self, module: str, *words: object, profile: Path) -> subprocess.Popen[bytes]:
        """A program of the tests on this display, which is talked to by its standard streams."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *map(str, words)],
            env=self.environment(profile),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=Path(__file__).parents[2],
        )

    def xdotool(self, *words: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            timeout=400,
        )
        return done.stdout.strip()

    def window(self, title: str) -> str:
        """Id of the visible window with this title."""
        return until(
            lambda: self.xdotool("search", "--onlyvisible", "--name", f"^{title}$").split("\n")[-1], f"window {title}"
        )

    def place(self, window: str, x: int, y: int, width: int, height: int) -> None:
        self.xdotool("windowsize", "--sync", window, width, height)
        self.xdotool("windowmove", window, x, y)

    def middle(self, window: str) -> tuple[int, int]:
        text = self.xdotool("getwindowgeometry", "--shell", window)
        facts = dict(line.split("=", 1) for line in text.splitlines())
        return int(facts["X"]) + int(facts["WIDTH"]) // 2, int(facts["Y"]) + int(facts["HEIGHT"]) // 2

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """A slow drag, as a person does it: some toolkits need several motions to believe it."""
        self.xdotool("mousemove", *start, "mousedown", 1)
        for step in range(1, 13):
            x = start[0] + (end[0] - start[0]) * step // 12
            y = start[1] + (end[1] - start[1]) * step // 12
            self.xdotool("mousemove", "--sync", x, y)
        self.xdotool("mousemove", "--sync", end[0] + 3, end[1] + 3)
        self.xdotool("mouseup", 1)

    def key(self, window: str, *keys: str) -> None:
        self.xdotool("windowactivate", "--sync", window)
        self.xdotool("key", "--clearmodifiers", *keys)


@contextmanager
def screen() -> Iterator[tuple[Desktop, subprocess.Popen[bytes]]]:
    """A fresh display with nothing on it, and its server."""
    read, write = os.pipe()
    server = subprocess.Popen(
        # Else it begins anew whenever its last client leaves, and the window manager comes to a closed door.
        ["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            found = Desktop(f":{pipe.readline().strip()}")
        yield found, server
    finally:
        server.terminate()
        server.wait(120)


@contextmanager
def desktop() -> Iterator[Desktop]:
    """A fresh display with openbox on it."""
    with screen() as (found, _):
        manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": found.display}, stderr=subprocess.DEVNULL)
        try:
            # Without one the answer is 0.
            until(lambda: found.xdotool("get_num_desktops") not in ("", "0"), "the window manager")
            yield found
        finally:
            manager.terminate()
            manager.wait(120)
