"""After the first painting: the event loop, the engine, yesterday's session, and the orderly end of all of it."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from topazdesk.engine.events import EventHub, Trouble
from topazdesk.engine.supervisor import Supervisor
from topazdesk.errors import TopazdeskError, told
from topazdesk.ui.runtime.loop import ScreenGoneError, StopSignals, run
from topazdesk.ui.shell.screenshot import take_screenshot

if TYPE_CHECKING:
    from pathlib import Path

    from topazdesk.app.desk import Desk
    from topazdesk.app.handover import Handover
    from topazdesk.ui.models.saved_session import Remember
    from topazdesk.ui.shell.frame import Frame
    from topazdesk.ui.shell.options import Options
    from topazdesk.ui.shell.window import Window


def open_everything(app: QApplication, frame: Frame, window: Window, options: Options) -> int:
    """Runs the window until it is closed; returns the exit code."""
    try:
        return run(app, lambda: Opening(frame, window, options).live(), window.tell)
    except ScreenGoneError:
        sys.stderr.write("The screen is gone. What was being done goes on when topazdesk is opened again.\n")
        sys.stderr.flush()
        # Half of Qt's objects are gone with it, so nothing can be put in order; jobs are on the disk at every moment.
        os._exit(5)


class Opening:
    """One life of a window. All its tasks belong to one supervisor, whose reports become notices."""

    def __init__(self, frame: Frame, window: Window, options: Options) -> None:
        self._frame, self._window, self._options = frame, window, options
        self._hub = EventHub()
        self._hub.subscribe(lambda event: window.tell(event.error) if isinstance(event, Trouble) else None)
        self._supervisor = Supervisor(self._hub)
        self._desk: Desk | None = None
        self._remember: Remember | None = None
        self._handover: Handover | None = None

    async def live(self) -> int:
        """Open, wait for the end, close."""
        window = self._window
        closed = asyncio.Event()
        self._frame.closing.connect(closed.set)
        if self._frame.is_closing:  # already, while the contents were being made
            closed.set()
        signals = StopSignals(closed.set)
        window.session.set_spawn(self._supervisor.spawn)
        code = 0
        try:
            opening = self._supervisor.spawn("open", self._open())
            if self._options.screenshot is not None and opening is not None:
                await asyncio.wait([opening])  # what went wrong is a notice by now, and in the picture
                code = await take_screenshot(window, self._options.screenshot, results=self._options.result)
            else:
                await closed.wait()
        finally:
            signals.close()
            await self._close()
        return code

    async def _open(self) -> None:
        """The desk, the session of last time, the pictures of the command line, the engine."""
        window, session = self._window, self._window.session
        desk_type = await asyncio.to_thread(_import_desk)
        desk = self._desk = await desk_type.open(self._options.profile)
        from topazdesk.app.resources import folder, own_samples
        from topazdesk.ui.models.saved_session import Remember
        from topazdesk.ui.shell.features import Dialogs
        from topazdesk.ui.trials.controller import TrialsDesk

        self._frame.setWindowIcon(QIcon(str(folder() / "icons" / "topazdesk-256.png")))
        window.sample = partial(own_samples, desk.paths.samples)
        session.attach(desk)
        await asyncio.sleep(0)  # the form took its time; the rest of the window need not follow in the same breath
        if session.recipe is not None:
            dialogs = Dialogs(window, desk, session.recipe)
            TrialsDesk(window, desk, window.viewer, dialogs.pick_model, window.replace_recipe)
        self._supervisor.spawn("warm up", self._warm_up())
        for fault in desk.catalogue_faults:
            window.tell(fault)
        await desk.engine.start()
        session.earlier.know(desk.engine.jobs_on)
        if self._options.screenshot is None:
            session.earlier.news.connect(window.tell_earlier)
        self._remember = Remember(session, desk, self._supervisor.spawn, window.pictures.view.choose)
        await self._remember.restore()
        if self._options.paths:
            await self._add(self._options.paths)
        session.ask_balance()
        if self._options.screenshot is None:
            from topazdesk.app.handover import Handover

            self._handover = await Handover.open(desk.paths.profile, self._received)

    def _received(self, paths: list[Path]) -> None:
        """A second program on this profile hands its pictures over and leaves; here they are added and shown."""
        self._frame.setWindowState(self._frame.windowState() & ~Qt.WindowState.WindowMinimized)
        self._frame.raise_()
        self._frame.activateWindow()
        if paths:
            self._supervisor.spawn("handed over", self._add(paths))

    async def _add(self, paths: list[Path]) -> None:
        new = await self._window.session.intake.add(paths)
        if new:
            self._window.pictures.view.choose([new[0].id], new[0].id)

    async def _warm_up(self) -> None:
        """What the first picture needs, made before it comes: half a second that nobody should feel then."""
        await asyncio.to_thread(_load_media)
        self._window.viewer.prepare()

    async def _close(self) -> None:
        """Save, stop reading, stop the engine; every step happens even when one before it fails."""
        desk, window = self._desk, self._window
        if window.viewer.view is not None:
            window.viewer.view.stop()
        if self._handover is not None:
            await self._handover.close()
        try:
            if self._remember is not None:
                await self._remember.save()
            if desk is not None and self._options.screenshot is None:
                geometry, splitter = self._frame.geometry_text(), window.splitter_text()
                await desk.save_settings(desk.settings.with_(geometry=geometry, splitter=splitter))
        except TopazdeskError as error:
            sys.stderr.write(f"{told(error.title, error.hint)}\n")
        finally:
            window.session.detach()
            await self._supervisor.close()
            if desk is not None:
                await desk.close()


def _import_desk() -> type[Desk]:
    """All that is heavy, in a thread, while the window already answers."""
    import topazdesk.app.resources
    import topazdesk.ui.models.saved_session
    import topazdesk.ui.shell.features
    import topazdesk.ui.trials.controller  # noqa: F401
    from topazdesk.app.desk import Desk

    return Desk


def _load_media() -> None:
    import topazdesk.media.intake
    import topazdesk.media.probe
    import topazdesk.media.thumbnail
    import topazdesk.ui.viewer  # noqa: F401
    from topazdesk.media.limits import vips

    vips()
