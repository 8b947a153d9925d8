"""A whole window on a profile, driven by a story: real context, real sandbox process, Qt's own loop."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QLibraryInfo,
    QMimeData,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QVersionNumber,
)
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from tests.support.pictures import encode
from tests.support.sandbox import RunningSandbox, started
from tests.support.secrets import assert_unwritten
from topazdesk.disk.file_uris import uri_of
from topazdesk.domain.image import FileFormat
from topazdesk.domain.money import Unit
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls import Sheet
from topazdesk.ui.host.picture_menu import Subject
from topazdesk.ui.main import Options, glance
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.runtime.loop import run
from topazdesk.ui.shell.frame import Frame
from topazdesk.ui.shell.opening import Opening
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Mode, Theme

#: What hangs is told after so long; a busy machine may take its time.
WAIT_S = 240.0

Story = Callable[[Window], Awaitable[None]]
SheetT = TypeVar("SheetT", bound=Sheet)


@pytest.fixture(autouse=True)
def no_environment() -> Iterator[None]:
    """For tests that import it: no key and no address of Topaz from outside."""
    kept = {name: os.environ.pop(name, None) for name in ("TOPAZ_API_KEY", "TOPAZDESK_TOPAZ_URL")}
    yield
    os.environ.update({name: value for name, value in kept.items() if value is not None})


@contextmanager
def profile_with_sandbox(root: Path, *, speed: float = 0.0) -> Iterator[tuple[Path, RunningSandbox]]:
    """A fresh profile, and a sandbox that runs where the profile's launcher looks for it."""
    profile = root / "profile"
    (profile / "sandbox").mkdir(parents=True)
    (profile / "settings.toml").touch()  # it has chosen its service
    with started(profile / "sandbox", speed=speed) as sandbox:
        yield profile, sandbox
        assert_unwritten(root, sandbox.key, but=[sandbox.state])


def live(
    app: QApplication,
    profile: Path,
    story: Story,
    *paths: Path,
    mode: Mode = "dark",
    size: tuple[int, int] = (1440, 900),
    most_s: float = WAIT_S * 2,
    then: Sequence[Story] = (),
) -> list[TopazdeskError]:
    """Open the window on `profile`, run `story`, close it. Returns what was reported outside of notices.

    The whole may take `most_s` seconds. `then`: what follows each time that the profile was opened anew in the window.
    """
    Theme.apply(app, mode, high_contrast=False, reduced_motion=True)
    frame = Frame()
    frame.resize(*size)
    window = Window(profile / "cache" / "pyramids")
    window.viewer.restore_mode(glance(profile / "settings.toml").get("compare_mode", ""))
    frame.fill(window)
    frame.show()
    window.set_first_focus()
    reported: list[TopazdeskError] = []

    async def tell() -> None:
        try:
            async with asyncio.timeout(most_s):
                shown = window
                for number, each in enumerate((story, *then)):
                    if number:
                        before = shown
                        await until(lambda: frame.content not in (None, before), "the window opened anew")  # noqa: B023
                        assert isinstance(frame.content, Window)
                        shown = frame.content
                    await opened(shown)
                    await each(shown)
        finally:
            frame.close_now()

    async def main() -> int:
        teller = asyncio.create_task(tell(), name="story")
        opening = Opening(frame, window, Options(paths=list(paths), profile=profile))
        code = await opening.live()
        while frame.is_reopening and not frame.is_closing:
            opening = opening.next()
            code = await opening.live()
        await teller
        left = [t.get_name() for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        assert not left, f"tasks left running: {left}"
        return code

    try:
        run(app, main, reported.append)
    finally:
        frame.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return reported


async def opened(window: Window) -> None:
    """The context is there with what works on it, and the session restored."""
    await until(lambda: window.findChild(WindowSession) is not None, "opened")
    await until(lambda: window.commands.has("settings"), "what can be done")
    pricing = session_of(window).pricing
    has_account = pricing.recipe.recipe.service.traits.unit is not Unit.NONE
    await until(lambda: not has_account or pricing.available is not None, "the balance")


def session_of(window: Window) -> WindowSession:
    """What a window with an opened profile knows."""
    found = window.findChild(WindowSession)
    assert found is not None, "no profile is open"
    return found


async def until(state: Callable[[], bool], what: str = "") -> None:
    """Wait for a state of the window: it is looked at in every turn of the loop that brings news."""
    end = asyncio.get_running_loop().time() + WAIT_S
    while not state():
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"never came true: {what or state.__code__.co_names}")
        await asyncio.sleep(0.005)


async def quiet(window: Window) -> None:
    """Everything is read and the viewer is sharp."""
    await until(lambda: window.library.reader.is_idle and window.library.intake.is_idle, "reading")
    await until(lambda: window.viewer.is_sharp, "sharp")
    await asyncio.sleep(0)


class _Updates(QObject):
    """Sees a window bring its picture up to date."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.seen = asyncio.Event()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.UpdateRequest:
            self.seen.set()
        return False


async def painted(widget: QWidget) -> None:
    """Wait until the window of `widget` is laid out, polished and painted as it is now.

    Qt paints after all else that it was asked for; what painting itself asks for is there after the second time.
    """
    updates = _Updates(widget.window())
    try:
        for _ in range(2):
            updates.seen.clear()
            widget.window().update()
            async with asyncio.timeout(WAIT_S):
                await updates.seen.wait()
    finally:
        updates.deleteLater()


def menu_of(window: Window, ids: list[int]) -> QMenu:
    """The context menu of pictures of the list."""
    return window.menus.menu(Subject.of(window.library.of(ids), window.library.current))


def mime_of(*paths: Path) -> QMimeData:
    """Files as a file manager hands them over."""
    mime = QMimeData()
    mime.setData("text/uri-list", b"".join(uri_of(path) + b"\r\n" for path in paths))
    return mime


def drag_place(x: float, y: float) -> QPoint | QPointF:
    """Where a drag is, in the type that its events are made with: until Qt 6.11 whole pixels, from 6.12 on any."""
    return QPointF(x, y) if QLibraryInfo.version() >= QVersionNumber(6, 12) else QPoint(round(x), round(y))


def drag_over(widget: QWidget, *paths: Path) -> None:
    """Drag files over the middle of a widget, and hold them there."""
    mime = mime_of(*paths)  # the event does not keep it
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    enter = QDragEnterEvent(drag_place(widget.width() / 2, widget.height() / 2), actions, mime, left, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted(), "the files were not welcome"
    assert enter.dropAction() == Qt.DropAction.CopyAction, "the source sees what it will be asked for"


def drop(widget: QWidget, *paths: Path) -> None:
    """Drag files over a widget and let them go."""
    drag_over(widget, *paths)
    mime, place = mime_of(*paths), QPointF(widget.width() / 2, widget.height() / 2)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    event = QDropEvent(place, actions, mime, left, none)
    QApplication.sendEvent(widget, event)
    assert event.isAccepted()
    assert event.dropAction() == Qt.DropAction.CopyAction, "a move would make the file manager delete the source"


def settings(profile: Path, **values: object) -> None:
    """Write settings before the window opens."""
    profile.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    (profile / "settings.toml").write_text("\n".join(lines), "utf-8")


def jpeg(folder: Path, name: str, width: int = 240) -> Path:
    """A small JPEG in `folder`, which is made where it is missing; other names are other pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(encode(FileFormat.JPEG, width, 160, seed=sum(name.encode())))
    return path


async def sheet(window: Window, kind: type[SheetT]) -> SheetT:
    """The sheet or dialog of this kind, once it is shown."""
    found: list[SheetT] = []

    def is_open() -> bool:
        # Until it has the focus, keys that a test presses can be shortcuts of the window behind it.
        found[:] = [each for each in window.window().findChildren(kind) if each.isVisible() and each.isActiveWindow()]
        return bool(found)

    await until(is_open, kind.__name__)
    return found[0]
