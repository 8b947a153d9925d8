"""The order of the queue by the keyboard: the engine sends in the order that the rows have then."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, session_of, until
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import px


def test_alt_with_the_arrows_moves_a_waiting_picture(qapp: QApplication, tmp_path: Path) -> None:
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(encode(FileFormat.JPEG, 240 + number, 160))

    async def story(window: Window) -> None:
        session = session_of(window)
        session.pause(True)
        await until(lambda: session.library.queue.paused, "paused")
        drop(window.pictures, *(tmp_path / name for name in names))
        await until(lambda: len(session.pricing.held_all.plan.ids) == len(names), "priced")
        window.commands.run("queue")
        (panel,) = window.findChildren(QueuePanel)
        window.commands.run("enhance_all")
        await until(lambda: panel.model.rowCount() == len(names), "queued")
        view, model = panel.view, panel.model

        def rows() -> str:
            jobs = [model.job(model.id_at(row)) for row in range(model.rowCount())]
            return "".join(job.source.stem for job in jobs if job is not None)

        async def press(key: Qt.Key, expected: str) -> None:
            QTest.keyClick(view, key, Qt.KeyboardModifier.AltModifier)
            await until(lambda: rows() == expected and not model.is_busy(view.current_id), f"{expected}, not {rows()}")
            assert view.current_id == moved  # the keyboard stays on it

        assert rows() == "abcd"
        view.setFocus()
        moved = model.id_at(3)
        view.choose(moved)
        await press(Qt.Key.Key_Up, "abdc")
        await press(Qt.Key.Key_Up, "adbc")
        await press(Qt.Key.Key_Down, "abdc")
        await press(Qt.Key.Key_Home, "dabc")
        await press(Qt.Key.Key_Up, "dabc")  # there is no further up
        waiting = sorted(session.context.engine.jobs(), key=lambda job: job.position)
        assert "".join(job.source.stem for job in waiting) == "dabc"
        assert {job.state for job in waiting} == {JobState.QUEUED}
        for row in (2, 0):
            place = view.visualRect(model.index(row)).topLeft() + QPoint(px(100), px(10))
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
            shown, clicked = window.library.picture, model.job(model.id_at(row))
            assert shown is not None
            assert clicked is not None
            assert shown.path == clicked.source, "a row that is clicked is looked at"

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, story) == []
