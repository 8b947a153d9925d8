"""The window at the scale of `QT_SCALE_FACTOR`: `python -m tests.shots.scaled_window FOLDER WIDTH HEIGHT`.

Prints one line of JSON: the scale, what is cut off in a few states, and whether pictures are painted in the pixels of
the screen. The factor counts for a whole process, so each scale needs one of its own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from tests.support.clipping import clipped, words_of
from tests.support.pictures import small_samples
from tests.support.shots import OUT
from tests.support.window import live, painted, profile_with_sandbox, quiet, session_of, until
from topazdesk.errors import ComputerError
from topazdesk.ui.shell.window import Window
from topazdesk.ui.viewer.divider import STEPS


def main() -> int:
    """Open the window, look at it, tell."""
    folder, size = Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3]))
    app = QApplication([])
    scale = app.primaryScreen().devicePixelRatio()
    OUT.mkdir(parents=True, exist_ok=True)
    told: dict[str, object] = {"scale": scale, "cut": []}
    found: list[str] = []
    paths = small_samples(folder)

    async def story(window: Window) -> None:
        session, view = session_of(window), window.viewer.view

        async def look(state: str) -> None:
            await painted(window)
            picture = OUT / f"scaled-{scale:g}-{state}.png"
            found.extend(f"{state}: {line}" for line in clipped(window.window(), words, picture))

        await until(lambda: session.pricing.plan.is_confirmed, "prices")
        await quiet(window)
        await look("pictures")
        session.enhance(session.pricing.held_all.plan)
        await until(lambda: not session.library.queue.active and window.notices.toasted is not None, "done")
        await until(lambda: view.stage.can_compare, "pair")
        await quiet(window)
        await look("finished")
        for number in (1, 2, 3):
            words_ = f"Result {number} was not saved. Nothing was sent or charged."
            window.tell(ComputerError(f"Results cannot be saved in folder {number}", words_, details="EROFS"))
        await look("notices")
        # In pixels of the screen, not in those of the layout blown up.
        physical, stage = view.stage.physical(), view.stage
        told["physical"] = [physical.width() / view.width(), physical.height() / view.height()]
        stage.divider.setValue(STEPS // 3)
        boundary = stage.panes()[0].clip.width() / scale
        middle = stage.divider.geometry().center().x()
        told["line_off_px"] = abs(middle - boundary)
        hit = view.childAt(QPoint(round(boundary), view.height() // 2))
        told["takes_the_divider"] = hit is stage.divider
        row = window.library.pictures.pictures()[0].thumbnail
        told["thumbnail_px"] = max(row.width(), row.height()) if row is not None else 0

    with words_of(app, 0.0) as words, profile_with_sandbox(folder) as (profile, _):
        live(app, profile, story, *paths, size=size)
    told["cut"] = found
    print(json.dumps(told), flush=True)
    os._exit(0)  # what Qt leaves to the end of a process is no part of this


if __name__ == "__main__":
    sys.exit(main())
