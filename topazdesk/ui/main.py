"""Opens the window: paints it first, brings everything heavy after."""

from __future__ import annotations

import json
import os
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.disk.reading import read_text
from topazdesk.language import sentences, tr
from topazdesk.ui.shell.options import USAGE, Options, parse

_STARTED = time.monotonic()

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from topazdesk.ui.shell.frame import Frame

_SCREENSHOT_SIZE = (1440, 900)


def main(argv: list[str]) -> int:
    """Open the window with the pictures of the command line; returns the exit code when it is closed."""
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

    stages.ended("qt_import_ms")
    app = QApplication.instance() or QApplication(["topazdesk"])
    assert isinstance(app, QApplication)  # noqa: S101 - the process has no other kind
    app.setApplicationName("topazdesk")
    app.setDesktopFileName("topazdesk")
    look = glance(paths.settings)
    from topazdesk.ui.runtime.spoken import speak

    speak(app, look.get("language", ""))
    stages.ended("application_ms")
    frame = _first_paint(app, options, look)
    stages.ended("frame_painted_ms")
    times = {"event": "startup", "first_paint_ms": _since_start_ms(), "in_process_ms": _own_ms()}

    from topazdesk.ui.shell.columns import Columns
    from topazdesk.ui.shell.window import Window

    stages.ended("window_import_ms")
    window = Window(paths.pyramids)
    window.panels.restore(Columns.parse(look.get("splitter", "")))
    window.viewer.restore_mode(look.get("compare_mode", ""))
    frame.fill(window)
    window.set_first_focus()
    stages.ended("window_built_ms")
    if options.startup_report:
        app.processEvents()
        stages.ended("window_painted_ms")
        times |= {"usable_ms": _since_start_ms(), **stages.times}
        sys.stdout.write(json.dumps({k: round(v, 1) if isinstance(v, float) else v for k, v in times.items()}) + "\n")
        window.library.close()
        frame.close()
        return 0

    from topazdesk.ui.shell.lifetime import open_everything

    return open_everything(app, frame, window, options)


def _has_screen() -> bool:
    """Qt ends the process without a word for the user where it finds none."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def _first_paint(app: QApplication, options: Options, look: dict[str, str]) -> Frame:
    """Show the frame of the window, in the user's theme and place."""
    from topazdesk.ui.shell.columns import Columns
    from topazdesk.ui.shell.frame import Frame
    from topazdesk.ui.theme import Theme

    mode = options.theme or look.get("theme", "system")
    Theme.apply(
        app,
        mode if mode in ("dark", "light", "system") else "system",  # type: ignore[arg-type]
        high_contrast=True if look.get("contrast") == "high" else None,
        reduced_motion=True if look.get("motion") == "reduced" else None,
    )
    frame = Frame(Columns.parse(look.get("splitter", "")))
    # A screenshot shows the window as it is meant, whatever the size of the screen that is not there.
    size = options.size or (_SCREENSHOT_SIZE if options.screenshot is not None else None)
    if size is not None:
        frame.resize(*size)
    else:
        frame.restore(look.get("geometry", ""))
    frame.show()
    while not frame.was_painted and not frame.is_closing:
        app.processEvents()
    return frame


def glance(path: Path) -> dict[str, str]:
    """Return the texts of the settings file that the first painting needs.

    A file that cannot be read gives none; the user is told of it later.
    """
    try:
        data = tomllib.loads(read_text(path, 1_000_000))
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: value for name, value in data.items() if isinstance(value, str)}


class Stages:
    """Where the time of a start goes: milliseconds of each stage, in their order, after those of Python itself."""

    def __init__(self) -> None:
        self.times = {"python_ms": _since_start_ms()}
        self._last = time.monotonic()

    def ended(self, name: str) -> None:
        """Note that a stage is over and the next one begins."""
        now = time.monotonic()
        self.times[name] = (now - self._last) * 1000
        self._last = now


def _own_ms() -> float:
    return (time.monotonic() - _STARTED) * 1000


def _since_start_ms() -> float:
    """Return the milliseconds since the process began (Linux, to 10 ms), elsewhere since this module was loaded."""
    try:
        fields = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - began) * 1000
    except (OSError, ValueError, AttributeError, IndexError):
        return _own_ms()
