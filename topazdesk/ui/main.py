"""Opens the window: shows what can be used at once, brings everything heavy after."""

from __future__ import annotations

import gc
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.disk.reading import read_text
from topazdesk.language import sentences, tr
from topazdesk.ui.shell.options import USAGE, Options, parse
from topazdesk.ui.shell.stages import Stages

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from topazdesk.ui.shell.frame import Frame
    from topazdesk.ui.shell.front import Front

_SCREENSHOT_SIZE = (1440, 900)


def main(argv: list[str]) -> int:
    """Open the window with the pictures of the command line; returns the exit code when it is closed."""
    gc.disable()  # until the loop runs, which has a collector of its own
    try:
        options = parse(argv)
    except ValueError as error:
        sys.stderr.write(f"{error}\n{tr('Usage: {words}').format(words=USAGE)}\n")
        return 2
    if options.screenshot is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from topazdesk.app.paths import Paths

    paths = Paths.choose(options.profile)
    # Looked for first: nothing is loaded for a window that is not there.
    if options.screenshot is None and not options.startup_report and paths.owner_note.exists():
        from topazdesk.app.handover import hand_over

        if hand_over(paths.profile, options.paths):
            what = tr("The pictures were handed to it.") if options.paths else tr("It was asked to come to the front.")
            sys.stdout.write(f"{sentences(tr('topazdesk is open on this profile already.'), what)}\n")
            return 0
    if not _has_screen():
        said = tr("There is no screen here to open the window on.")
        sys.stderr.write(f"{said}\n  {tr('Use the commands: topazdesk --help')}\n")
        return 5
    stages = Stages()
    from PySide6.QtWidgets import QApplication

    from topazdesk.ui.runtime.plain_import import restore_import

    restore_import()
    stages.ended("qt_import_ms")
    from topazdesk.ui.theme import make_application

    app = QApplication.instance() or make_application("topazdesk")
    assert isinstance(app, QApplication)  # noqa: S101 - the process has no other kind
    app.setApplicationName("topazdesk")
    app.setDesktopFileName(os.environ.get("FLATPAK_ID", "topazdesk"))  # in a Flatpak the entry has its name
    look = glance(paths.settings)
    from topazdesk.ui.runtime.spoken import speak

    speak(app, look.get("language", ""))
    stages.ended("application_ms")
    frame, front = _first_paint(app, options, look)
    stages.ended("contents_ms")
    stages.reached("usable_ms")

    from topazdesk.ui.shell.lifetime import open_everything

    stages.ended("loop_import_ms")
    return open_everything(app, frame, front, options, paths.pyramids, look, stages)


def _has_screen() -> bool:
    """Qt ends the process without a word for the user where it finds none."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def _first_paint(app: QApplication, options: Options, look: dict[str, str]) -> tuple[Frame, Front]:
    """Show the window in the user's theme and place, with what can be used at once; return it and these contents."""
    from topazdesk.ui.theme import Theme, px

    Theme.apply_settings(
        app,
        theme=options.theme or look.get("theme", ""),
        contrast=look.get("contrast", ""),
        motion=look.get("motion", ""),
    )
    from topazdesk.ui.shell.columns import Columns
    from topazdesk.ui.shell.frame import Frame
    from topazdesk.ui.shell.front import Front

    frame = Frame()
    # A screenshot shows the window as it is meant, whatever the size of the screen that is not there.
    size = options.size or (_SCREENSHOT_SIZE if options.screenshot is not None else None)
    if size is not None:
        frame.resize(*size)
    else:
        frame.restore(look.get("geometry", ""))
    front = Front(Columns.parse(look.get("splitter", "")).fitting(frame.width() / px(1000) * 1000))
    frame.fill(front)
    frame.show()
    front.empty.choose.setFocus()
    while not front.was_painted and not frame.is_closing:
        app.processEvents()
    return frame, front


def glance(path: Path) -> dict[str, str]:
    """Return the texts of the settings file that the first painting needs.

    A file that cannot be read gives none; the user is told of it later.
    """
    try:
        data = tomllib.loads(read_text(path, 1_000_000))
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: value for name, value in data.items() if isinstance(value, str)}
