"""The window closes at once, whatever is being looked into."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.support.window import jpeg, live, no_environment, profile_with_sandbox, until
from topazdesk.ui.main import Options
from topazdesk.ui.models.library import Library
from topazdesk.ui.runtime.loop import run
from topazdesk.ui.runtime.work import Work
from topazdesk.ui.shell.frame import Frame
from topazdesk.ui.shell.opening import Opening
from topazdesk.ui.shell.window import Window

__all__ = ["no_environment"]


def test_a_closed_window_looks_into_no_folder_any_more(qapp: QApplication, tmp_path: Path) -> None:
    """The thread went on with a folder of 100,000 files, and the program could not end before it had."""
    (tmp_path / "p.jpg").touch()
    library = Library(Work().spawn)
    library.close()
    assert asyncio.run(library.intake.add([tmp_path])) == []
    assert library.intake.scanning == 0
    library.deleteLater()


def test_a_list_that_is_only_half_back_is_not_written_over_the_whole(qapp: QApplication, tmp_path: Path) -> None:
    """Closed right after the start, the window wrote down rows that had neither their results nor a selection yet."""
    sources = [jpeg(tmp_path, name) for name in ("one.jpg", "two.jpg")]

    async def choose_both(window: Window) -> None:
        await until(lambda: len(window.library.pictures) == 2)
        ids = [picture.id for picture in window.library.pictures.pictures()]
        window.pictures.view.choose(ids, ids[1])

    with profile_with_sandbox(tmp_path) as (profile, _):
        live(qapp, profile, choose_both, *sources)
        left = json.loads((profile / "session.json").read_text("utf-8"))
        assert [each["selected"] for each in left["pictures"]] == [True, True]
        frame = Frame()
        window = Window(profile / "cache" / "pyramids")
        frame.fill(window)
        frame.show()
        rows: list[int] = []
        window.library.intake.added.connect(lambda new: (rows.append(len(new)), frame.close()))
        run(qapp, lambda: Opening(frame, window, Options(profile=profile)).live(), lambda _error: None)
        frame.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert rows == [2], "it was closed while the list came back"
        assert json.loads((profile / "session.json").read_text("utf-8")) == left
