"""Pictures of every screen for people to judge: `dev.py shots [FOLDER]`.

In German, Japanese and the two languages that nobody speaks (40 % longer; from the right), in both themes, at 100 and
200 %. A process each, as a scale counts for a whole process: `python -m tests.shots.every_screen FOLDER LANGUAGE THEME`
is one, at the scale of `QT_SCALE_FACTOR`. What hangs or fails in one does not keep the others from being made.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QWidget

from tests.shots.test_room import SHEETS
from tests.support.pseudo import FROM_THE_RIGHT, LONGER, write_pseudo
from tests.support.shots import OUT, keep
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, until
from topazdesk.app.resources import samples
from topazdesk.domain.services import ServiceName
from topazdesk.language import use
from topazdesk.media.opening import refusal
from topazdesk.ui.controls import Sheet
from topazdesk.ui.queue.controller import QueueController
from topazdesk.ui.runtime.spoken import speak
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Mode
from topazdesk.ui.trials.controller import TrialsController

LANGUAGES = ("de", "ja", LONGER, FROM_THE_RIGHT)
THEMES = ("dark", "light")
#: A scale with the window's size in points: a usual screen, and a 4K one whose points are large.
SCALES = {1: (1440, 900), 2: (1280, 720)}


class Camera:
    """Takes pictures of a window into a folder."""

    def __init__(self, folder: Path, window: Window) -> None:
        self._folder = folder
        self._window = window

    async def take(self, name: str, widget: QWidget | None = None) -> None:
        """Take the window, or a part of it."""
        await painted(self._window)
        keep((widget or self._window.window()).grab(), self._folder / f"{name}.png")

    async def sheet(self, name: str, show: Callable[[], object]) -> None:
        """Take what comes up over the window, and send it away."""
        show()
        await until(lambda: bool(self._sheets()), name)
        await quiet(self._window)
        for sheet in self._sheets():
            await self.take(f"sheet-{name}", sheet)  # the window behind it is only dimmed
            sheet.reject()
        await until(lambda: not self._sheets(), f"{name} closed")
        await painted(self._window)  # what asked for it ends, too: until then no other comes up

    def _sheets(self) -> list[Sheet]:
        return [sheet for sheet in self._window.findChildren(Sheet) if sheet.isVisible()]


async def walk(window: Window, camera: Camera, pictures: list[Path]) -> None:
    """Look at everything, from the empty window to candidates beside each other; results lie beside the pictures."""
    session = session_of(window)
    pricing = session.pricing
    await until(lambda: window.viewer.empty.sample.isVisible(), "the empty window")
    await camera.take("1-empty")
    with tempfile.NamedTemporaryFile(suffix=".txt") as letter:
        letter.write(b"no picture")
        window.arrived.emit([*pictures, Path(letter.name)], False)
        await until(lambda: len(window.library.pictures) == len(pictures), "the pictures")
    await until(lambda: pricing.plan.is_confirmed, "prices")
    await quiet(window)
    await camera.take("2-pictures")
    window.commands.run("queue")
    session.pause(True)
    await until(lambda: window.library.queue.paused, "paused")
    session.enhance(pricing.held_all.plan)
    await until(lambda: window.library.queue.active == len(pictures), "queued")
    await camera.take("3-waiting")
    session.pause(False)
    await until(lambda: not session.library.queue.active and window.notices.toasted is not None, "done")
    await until(lambda: window.viewer.view.stage.can_compare, "pair")
    await quiet(window)
    await camera.take("4-finished-queue")
    window.commands.run("queue")
    await camera.take("5-finished")
    for name in SHEETS:
        if name != "job_details":
            await camera.sheet(name, lambda name=name: window.commands.run(name))
    queue, picture = window.findChild(QueueController), window.library.picture
    job = picture.result if picture is not None else None
    assert queue is not None
    assert job is not None
    await camera.sheet("job_details", lambda: queue.show_details(job))
    window.tell(refusal(OSError(errno.EIO, "Input/output error")))
    await camera.take("6-notice")
    trials = window.findChild(TrialsController)
    assert trials is not None
    window.commands.run("trials")
    trials.state.add(pricing.recipe.catalogue.find(ServiceName.TOPAZ, "Recover 3"))
    await until(lambda: trials.state.board is not None and len(trials.state.board.candidates) > 1, "two")
    await quiet(window)
    await camera.take("7-trials")


def one(folder: Path, language: str, theme: Mode) -> None:
    """Take all pictures in one language and theme, at the scale of this process."""
    app = QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        speak(app, language if language not in (LONGER, FROM_THE_RIGHT) else "en")
        if language in (LONGER, FROM_THE_RIGHT):
            write_pseudo(place, language)
            use(language, place)
            app.setLayoutDirection(QLocale("he" if language == FROM_THE_RIGHT else "en").textDirection())

        async def story(window: Window) -> None:
            await walk(window, Camera(folder, window), [Path(shutil.copy(path, place)) for path in samples()])

        with profile_with_sandbox(place) as (profile, _):
            live(app, profile, story, mode=theme, size=SCALES[round(app.primaryScreen().devicePixelRatio())])
    sys.stdout.flush()
    os._exit(0)  # what Qt leaves to the end of a process is no part of this


def main() -> int:
    """Take all of them, or one; return the exit code."""
    if len(sys.argv) == 4:
        one(Path(sys.argv[1]), sys.argv[2], cast(Mode, sys.argv[3]))
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT / "every-screen"
    failed = []
    for language in LANGUAGES:
        for theme in THEMES:
            for scale in SCALES:
                folder = out / f"{language}-{theme}-{scale}00"
                shutil.rmtree(folder, ignore_errors=True)
                command = [sys.executable, "-m", "tests.shots.every_screen", str(folder), language, theme]
                settings = {**os.environ, "QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"}
                code = subprocess.run(command, env=settings, check=False).returncode
                print(
                    f"{folder.name}: {len(list(folder.glob('*.png')))} pictures"
                    + (f", FAILED ({code})" if code else "")
                )
                failed += [folder] if code else []
    print(out)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
