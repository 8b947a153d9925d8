"""The first contents of the window, and how the whole window takes their place."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from tests.support.pictures import encode
from tests.support.window import drag_place, drop, mime_of, until
from topazdesk.domain.image import FileFormat
from topazdesk.ui.controls import Button
from topazdesk.ui.host.typed_ahead import TypedAhead
from topazdesk.ui.runtime.loop import run
from topazdesk.ui.shell.columns import Columns
from topazdesk.ui.shell.completing import complete
from topazdesk.ui.shell.frame import Frame
from topazdesk.ui.shell.front import Front
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme
from topazdesk.ui.theme.focus_ring import FocusRing

Story = Callable[[Frame, Front], Coroutine[Any, Any, None]]


def told(app: QApplication, story: Story, *, columns: str = "", size: tuple[int, int] = (1440, 900)) -> None:
    """Run a story with the first contents on the screen, in the program's own loop."""
    Theme.apply(app, "dark", high_contrast=False, reduced_motion=True)
    frame, front = Frame(), Front(Columns.parse(columns))
    frame.resize(*size)
    frame.fill(front)
    frame.show()
    front.empty.choose.setFocus()
    while not front.was_painted:
        app.processEvents()
    errors: list[Exception] = []

    async def main() -> int:
        await story(frame, front)
        return 0

    run(app, main, errors.append)
    frame.close()
    frame.deleteLater()
    assert errors == []


async def whole(frame: Frame, front: Front, tmp_path: Path, columns: str = "") -> Window:
    """Let the whole window take the place of the first contents."""
    return await complete(frame, front, tmp_path / "cache", {"splitter": columns})


@pytest.mark.parametrize("size", [(1440, 900), (960, 540), (1200, 700)])
@pytest.mark.parametrize("columns", ["", "list=400 recipe=330"])
def test_nothing_moves_when_the_whole_window_is_there(
    qapp: QApplication, tmp_path: Path, size: tuple[int, int], columns: str
) -> None:
    async def story(frame: Frame, front: Front) -> None:
        before = frame.grab().toImage()
        window = await whole(frame, front, tmp_path, columns)
        assert frame.grab().toImage() == before
        await asyncio.sleep(0)
        assert frame.grab().toImage() == before
        empty, footer = window.viewer.empty, window.footer
        there = (empty.area, empty.choose, footer.status, footer.button)
        places = [widget.mapTo(frame, QPoint(0, 0)) for widget in there]
        empty.offer(empty.sample)
        empty.offer(empty.key)
        empty.show_free(is_free=True, is_practice=True)
        footer.fold.show()
        await asyncio.sleep(0)
        frame.grab()
        assert [widget.mapTo(frame, QPoint(0, 0)) for widget in there] == places, "what comes later moves nothing"
        window.library.close()

    told(qapp, story, columns=columns, size=size)


def test_hidden_panels_are_hidden_from_the_beginning(qapp: QApplication, tmp_path: Path) -> None:
    async def story(frame: Frame, front: Front) -> None:
        before = front.empty.mapTo(frame, QPoint(0, 0))
        window = await whole(frame, front, tmp_path, "hidden=list,recipe")
        assert window.viewer.empty.mapTo(frame, QPoint(0, 0)) == before
        window.library.close()

    told(qapp, story, columns="hidden=list,recipe")


def test_what_is_wanted_early_is_done_as_soon_as_it_can_be(qapp: QApplication, tmp_path: Path) -> None:
    """Files are for the list; a shortcut is obeyed unless it spends or removes something; a dialog stays open."""
    first, second = tmp_path / "a.jpg", tmp_path / "b.jpg"
    for path in (first, second):
        path.write_bytes(encode(FileFormat.JPEG, 64, 48))

    async def story(frame: Frame, front: Front) -> None:
        drop(front.empty, first)
        QTest.mouseClick(front.empty.choose, Qt.MouseButton.LeftButton)
        dialog = frame.findChild(QFileDialog)
        assert dialog is not None
        assert dialog.isVisible(), "it opens at once"
        QTest.keyClick(front.empty.choose, Qt.Key.Key_F1)
        QTest.keyClick(front.empty.choose, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(front.empty.choose, "qui", delay=-1)
        QTest.keyClick(front.empty.choose, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        done: list[str] = []
        window = await whole(frame, front, tmp_path)
        tasks: list[asyncio.Task[object]] = []
        window.work.begin(lambda name, work: tasks.append(asyncio.create_task(work, name=name)))
        QTest.keyClicks(window.viewer.empty.choose, "t ")
        QTest.keyClick(window.viewer.empty.choose, Qt.Key.Key_Backspace)
        window.commands.provide("help", lambda: done.append("help"))
        window.commands.provide("palette", lambda: done.append(f"palette {TypedAhead.taken()}"))
        window.commands.provide("enhance", lambda: done.append("enhance"))
        await until(lambda: done == ["help", "palette quit"], "what was asked for before it was there")
        assert dialog.isVisible()
        dialog.filesSelected.emit([str(second)])
        await until(lambda: len(window.library.pictures) == 2, "both pictures")
        assert {picture.path for picture in window.library.pictures.pictures()} == {first, second}
        assert done == ["help", "palette quit"]
        dialog.close()
        await asyncio.gather(*tasks)
        window.library.close()

    told(qapp, story)


def test_keys_are_kept_until_what_they_run_is_there(qapp: QApplication, tmp_path: Path) -> None:
    """The window is whole for some tenths of a second before its profile is open, and F1 was lost then."""

    async def story(frame: Frame, front: Front) -> None:
        window = await whole(frame, front, tmp_path)
        tasks: list[asyncio.Task[object]] = []
        window.work.begin(lambda name, work: tasks.append(asyncio.create_task(work, name=name)))
        button, done = window.viewer.empty.choose, list[str]()
        QTest.keyClick(button, Qt.Key.Key_F1)
        QTest.keyClick(button, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(button, "undo ")
        QTest.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert frame.findChild(QFileDialog) is None, "the space pressed no button"
        for name in ("help", "enhance"):
            window.commands.provide(name, lambda name=name: done.append(name))
        window.commands.provide("palette", lambda: done.append(f"palette {TypedAhead.taken()}"))
        await until(lambda: done == ["help", "palette undo "], "in order, and nothing that spends")
        QTest.keyClick(button, Qt.Key.Key_F1)
        assert done == ["help", "palette undo ", "help"], "once"
        await asyncio.gather(*tasks)
        window.library.close()

    told(qapp, story)


def test_a_press_that_has_begun_ends_where_it_began(qapp: QApplication, tmp_path: Path) -> None:
    """Else the button under the pointer would be another one at its end, and nothing would be clicked."""

    async def story(frame: Frame, front: Front) -> None:
        button, clicks = front.empty.choose, list[bool]()
        button.clicked.connect(lambda: clicks.append(True))
        QTest.mousePress(button, Qt.MouseButton.LeftButton)
        assert front.is_in_use
        making = asyncio.create_task(whole(frame, front, tmp_path))
        await until(lambda: "topazdesk.ui.shell.window" in sys.modules, "the window is loaded")
        for _ in range(20):
            await asyncio.sleep(0)
        assert button.isVisible()
        QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
        window = await making
        assert clicks == [True]
        dialog = frame.findChild(QFileDialog)
        assert dialog is not None
        dialog.close()
        window.library.close()

    told(qapp, story)


def test_files_that_hover_are_not_lost(qapp: QApplication, tmp_path: Path) -> None:
    async def story(frame: Frame, front: Front) -> None:
        none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
        mime = mime_of(tmp_path)
        enter = QDragEnterEvent(drag_place(9, 9), copy, mime, Qt.MouseButton.LeftButton, none)
        QApplication.sendEvent(front.empty, enter)
        assert front.is_in_use
        making = asyncio.create_task(whole(frame, front, tmp_path))
        await asyncio.sleep(0)
        QApplication.sendEvent(front.empty, QDragLeaveEvent())
        window = await making
        assert not front.is_in_use
        window.library.close()

    told(qapp, story)


@pytest.mark.parametrize("by_keyboard", [False, True])
def test_the_focus_goes_on_where_it_was(qapp: QApplication, tmp_path: Path, by_keyboard: bool) -> None:
    """With its ring only for who uses the keyboard: the ring is no surprise a moment after the start."""

    async def story(frame: Frame, front: Front) -> None:
        ring = qapp.findChild(FocusRing, "focus-ring")
        assert isinstance(ring, FocusRing)
        add = next(b for b in front.findChildren(Button) if b.label() == "Add")
        if by_keyboard:
            add.setFocus(Qt.FocusReason.TabFocusReason)
        had_ring = ring.target is not None
        window = await whole(frame, front, tmp_path)
        expected: QWidget = window.pictures.add_button if by_keyboard else window.viewer.empty.choose
        assert frame.focusWidget() is expected
        assert (ring.target is not None) is had_ring
        window.library.close()

    told(qapp, story)
