"""The first day of a user, acted on a screen: `prove_deb.py` runs it on the bare Debian with the system's Python.

From the menu entry: a key is added against a practice service that stands in for Topaz, a picture is bought from it,
the window is switched to Japanese, closed in the middle of the next picture, and opened again, where that picture goes
on. Each step waits for what a user would see or find on the disk; buttons are found by their names through AT-SPI, as
a screen reader finds them, and keys are typed. Pictures of the screen stay in `shots`.

`screen_reader.py` of the tests lies beside it. Words: the menu entry, the folder with the program's languages.
"""

from __future__ import annotations

import gettext
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import screen_reader  # type: ignore[import-not-found, unused-ignore]

ENTRY, LANGUAGES = Path(sys.argv[1]), Path(sys.argv[2])
PROFILE = Path.home() / ".local/share/topazdesk"
SHOTS = Path("shots")
_WAIT_S = 240


def until(question: Callable[[], object], what: str) -> None:
    """Wait until the answer is true. Raises SystemExit with what was waited for."""
    end = time.monotonic() + _WAIT_S
    while not question():
        if time.monotonic() > end:
            screen("waited-in-vain")
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.1)


def xdotool(*words: str) -> str:
    """Press keys, or ask for windows."""
    return subprocess.run(["xdotool", *words], capture_output=True, text=True, check=False).stdout.strip()


def screen(name: str) -> None:
    """Keep a picture of the screen."""
    subprocess.run(["scrot", "--overwrite", SHOTS / f"{name}.png"], check=True)


class Program:
    """The program, opened from its menu entry as a desktop does it."""

    def __init__(self, *pictures: str) -> None:
        subprocess.run(["gio", "launch", ENTRY, *map(os.path.abspath, pictures)], check=True)
        found: list[str] = []
        until(
            lambda: found.append(xdotool("search", "--onlyvisible", "--name", "^topazdesk$")) or found[-1], "a window"
        )
        self._window = found[-1].splitlines()[0]
        self._process = int(xdotool("getwindowpid", self._window))
        xdotool("windowactivate", "--sync", self._window)
        xdotool("windowsize", "--sync", self._window, "1360", "840")

    def keys(self, *names: str) -> None:
        """Press keys, one after the other."""
        xdotool("windowactivate", "--sync", self._window)
        xdotool("key", "--clearmodifiers", *names)

    def close(self, answer: str = "") -> None:
        """Leave by the keyboard, and wait until the program is gone; `answer` is pressed where it asks first."""
        self.keys("ctrl+q")
        if answer:
            screen_reader.press(answer, "push button")
        until(lambda: not Path(f"/proc/{self._process}").exists(), "the end of the program")


def states() -> list[str]:
    """Return the states of all jobs, in the order in which they were made."""
    with closing(sqlite3.connect(f"file:{PROFILE / 'jobs.sqlite3'}?mode=ro", uri=True)) as database:
        return [state.lower() for (state,) in database.execute("SELECT state FROM jobs ORDER BY created_at")]


def bought(address: str, key: str) -> int:
    """Return how many pictures the service was asked for, by its own list."""
    from urllib.request import Request, urlopen

    request = Request(f"{address}/image/v1/status?limit=100", headers={"X-API-Key": key})
    with urlopen(request, timeout=60) as answer:
        told = json.load(answer)
    return len(told if isinstance(told, list) else next(each for each in told.values() if isinstance(each, list)))


def main() -> None:
    """Live through the day."""
    SHOTS.mkdir(exist_ok=True)
    command = ["topazdesk", "sandbox", "--port", "0", "--state", "topaz", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        try:
            hello = json.loads(service.stdout.readline())
            os.environ["TOPAZDESK_TOPAZ_URL"] = hello["topaz_url"]
            _live(hello["topaz_url"], hello["api_key"])
        except SystemExit:
            screen("stopped-here")
            raise
        finally:
            service.send_signal(signal.SIGTERM)


def _live(address: str, key: str) -> None:
    program = Program("statue.jpg")
    screen_reader.find("statue.jpg", "list item")
    screen("1-opened")
    program.keys("ctrl+k")
    screen_reader.find("Find a command", "dialog")
    xdotool("type", "Add your Topaz key")
    screen_reader.find("Add your Topaz key", "list item")
    program.keys("Return")
    screen_reader.find("Save key", "push button")
    xdotool("type", key)
    screen("2-key-typed")
    screen_reader.press("Save key", "push button")
    # It was begun with the free service of this computer, which has other models.
    screen_reader.press("Use ", "push button")
    screen_reader.find("Enhance this picture · ", "push button")
    screen("3-key-added")
    screen_reader.press("Enhance this picture · ", "push button")
    until(lambda: states() == ["done"], "the first picture")
    screen_reader.find("statue.jpg is done")
    screen("4-first-picture")
    japanese = gettext.GNUTranslations((LANGUAGES / "ja.mo").open("rb")).gettext
    program.keys("ctrl+comma")
    screen_reader.open_choices("Language")
    screen_reader.find("日本語", "list item")
    program.keys("End", "Return")
    screen_reader.find(japanese("Help"), "push button")
    screen("5-in-japanese")
    program.close()

    program = Program("mountain-lake.jpg")
    words = japanese("Enhance {what} · {price}").partition("{price}")[0]
    named = tuple(words.format(what=what) for what in (japanese("this picture"), "mountain-lake.jpg"))
    screen_reader.press(named, "push button")
    until(lambda: states()[-1] == "running", "the second picture at the service")
    screen("6-closed-in-mid-run")
    program.close(japanese("Close topazdesk"))
    if states() != ["done", "running"]:
        raise SystemExit(f"closed in mid-run, the jobs are {states()}")
    program = Program()
    until(lambda: states() == ["done", "done"], "the second picture, after the program was opened again")
    screen_reader.find("mountain-lake.jpg", "list item")
    screen("7-went-on")
    program.close()
    results = sorted(path.name for path in Path().glob("*_*x.jpg"))
    if len(results) != 2 or (asked := bought(address, key)) != 2:
        raise SystemExit(f"results: {results}; the service was asked for {asked} pictures")
    print("the first day:", ", ".join(results))


if __name__ == "__main__":
    main()
