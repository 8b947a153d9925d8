"""The window with a picture and its result on a real screen: `python -m tests.stories.compare_window before after`.

With three or four files they stand in the 2 × 2. It has no profile, so nothing can be sent. A line on its input asks where things are and how they stand; the answer is
one line of JSON. Places are in pixels of the screen. "notice" as the question shows a notice first.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRect, QSocketNotifier
from PySide6.QtWidgets import QApplication, QWidget

from topazdesk.ui.models.picture import Picture
from topazdesk.ui.shell.compared_files import ComparedFiles
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme
from topazdesk.ui.viewer.side import CELLS


def middle(widget: QWidget) -> list[int]:
    at = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
    return [at.x(), at.y()]


class Reporter:
    """Answers questions about the window."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def _on_screen(self, rect: QRect) -> list[int]:
        view = self._window.viewer.view
        at = view.mapToGlobal((QPointF(rect.center()) / view.stage.ratio).toPoint())
        return [at.x(), at.y()]

    def answer(self) -> None:
        question = sys.stdin.readline().strip()
        window, view = self._window, self._window.viewer.view
        if question == "notice":
            window.notices.tell("info", "Something happened")
        QApplication.processEvents()
        stage, loupe, shown = view.stage, view.loupe, window.notices.shown()
        focus = QApplication.focusWidget()
        parts = {"view": view, "divider": stage.divider, "strip": window.viewer.strip}
        close_ups = loupe.panes()
        where = close_ups[0].viewport if close_ups else None
        told = {
            "sharp": stage.is_sharp and not stage.pairs.is_loading,
            "mode": stage.mode.word,
            "holds": stage.holds_source,
            "divider": round(stage.divider.share, 3),
            "fade": stage.fade,
            "loupe": [loupe.magnification, where.x, where.y] if where is not None else None,
            "focus": next((name for name, part in parts.items() if part is focus), type(focus).__name__),
            "percent": round(stage.percent, 1),
            "place": [round(stage.viewport.x, 4), round(stage.viewport.y, 4)] if stage.viewport is not None else None,
            "files": [stage.pairs.shown.word(side) for side in CELLS if side in stage.pairs.shown.paths],
            "chosen": CELLS.index(stage.cells.chosen) + 1,
            "held": stage.cells.held is not None,
            "cells": [self._on_screen(rect) for rect in stage.cell_rects().values()],
            "windows": sum(each.isVisible() for each in QApplication.topLevelWidgets()),
            "at": {
                "view": middle(view),
                "divider": middle(stage.divider),
                "fit": middle(window.viewer.strip.fit),
                "foot": middle(window.viewer.strip.field),
                "fader": middle(view.fade_bar.slider),
                "close": middle(shown[0].close_button) if shown and shown[0].close_button else None,
            },
            "size": [view.width(), view.height()],
        }
        print(json.dumps(told), flush=True)


def main() -> None:
    before, after, *others = map(Path, sys.argv[1:])
    app = QApplication([])
    Theme.apply(app, "dark", high_contrast=False, reduced_motion=True)
    window = Window(Path(os.environ["TOPAZDESK_PROFILE"]) / "cache" / "pyramids")
    window.setWindowTitle("comparison")
    window.commands.provide("settings", lambda: None)
    window.viewer.show_picture(Picture(1, before), is_empty=False)
    files = ComparedFiles(window)
    if others:
        files.compare([before, after, *others])
    else:
        window.viewer.view.set_pair(before, after)
    window.show()
    reporter = Reporter(window)
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(reporter.answer)
    app.exec()
    window.viewer.stop()


if __name__ == "__main__":
    main()
