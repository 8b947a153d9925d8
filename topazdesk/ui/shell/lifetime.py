"""The event loop of the window, from its first contents to its end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from topazdesk.ui.runtime.loop import ScreenGoneError, run
from topazdesk.ui.shell.completing import complete
from topazdesk.ui.texts import tr

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from topazdesk.errors import TopazdeskError
    from topazdesk.ui.shell.frame import Frame
    from topazdesk.ui.shell.front import Front
    from topazdesk.ui.shell.opening import Opening
    from topazdesk.ui.shell.options import Options
    from topazdesk.ui.shell.stages import Stages


def open_everything(
    app: QApplication,
    frame: Frame,
    front: Front,
    options: Options,
    cache_dir: Path,
    look: dict[str, str],
    stages: Stages,
) -> int:
    """Make the window whole and run it until it is closed; return the exit code."""
    openings: list[Opening] = []
    early: list[TopazdeskError] = []

    def tell(error: TopazdeskError) -> None:
        if openings:
            openings[0].tell(error)
        else:
            early.append(error)

    async def live() -> int:
        if options.startup_report:
            stages.watch_loop()
        window = await complete(frame, front, cache_dir, look)
        stages.reached("whole_ms")
        from topazdesk.ui.shell.opening import Opening  # loaded together with the window

        openings.append(Opening(frame, window, options, stages))
        for error in early:
            window.tell(error)
        code = await openings[0].live()
        while frame.is_reopening and not frame.is_closing:
            openings[0] = openings[0].next()
            code = await openings[0].live()
        return code

    try:
        return run(app, live, tell)
    except ScreenGoneError:
        sys.stderr.write(tr("The screen is gone. What was being done goes on when topazdesk is opened again.") + "\n")
        sys.stderr.flush()
        # Half of Qt's objects went with it, so an orderly shutdown is impossible; jobs are always saved on disk.
        os._exit(5)
