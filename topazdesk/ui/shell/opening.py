"""The life of the whole window: profile, engine, last session, and an orderly shutdown."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon

from topazdesk.engine.events import EngineError, EventHub
from topazdesk.engine.supervisor import Supervisor
from topazdesk.errors import TopazdeskError
from topazdesk.language import language, titled
from topazdesk.retelling import reteller
from topazdesk.ui.runtime.loop import StopSignals
from topazdesk.ui.shell.screenshot import take_screenshot
from topazdesk.ui.shell.stages import Stages

if TYPE_CHECKING:
    from pathlib import Path

    from topazdesk.app.app_context import AppContext
    from topazdesk.ui.models.saved_session import Remember
    from topazdesk.ui.shell.frame import Frame
    from topazdesk.ui.shell.options import Options
    from topazdesk.ui.shell.window import Window
    from topazdesk.ui.shell.workspace import Workspace


class Opening:
    """One profile from opening to closing, and the window that shows it; another language makes another window.

    One supervisor owns what belongs to the profile, and one the tasks of the window; the errors they report become
    notices.
    """

    def __init__(self, frame: Frame, window: Window, options: Options, stages: Stages | None = None) -> None:
        self._frame = frame
        self._window = window
        self._options = options
        self._stages = stages or Stages()
        self._language = language()
        self._retell = reteller()
        self._hub = EventHub()
        self._hub.subscribe(lambda event: self.tell(event.error) if isinstance(event, EngineError) else None)
        self._supervisor = Supervisor(self._hub)
        self._window_tasks = Supervisor(self._hub)
        self._context: AppContext | None = None
        self._remember: Remember | None = None
        # Clean-up, run in this order at the end; each stack is filled while the profile opens.
        self._saving = AsyncExitStack()
        self._listening = ExitStack()
        self._profile = AsyncExitStack()
        self._is_restored = False
        self._early: list[list[Path]] = []

    async def live(self) -> int:
        """Open the profile, wait until the window is closed, and shut down. Return the exit code."""
        closed = asyncio.Event()
        self._frame.closing.connect(closed.set)
        self._frame.reopening.connect(closed.set)
        if self._frame.is_closing:  # closed already, while the contents were being made
            closed.set()
        signals = StopSignals(closed.set)
        self._frame.language_changed.connect(self._language_changed)
        self._window.work.begin(self._window_tasks.spawn)
        opening = self._supervisor.spawn("open", self._open())
        try:
            if self._options.startup_report:
                if opening is not None:
                    await asyncio.wait([opening])
                self._stages.reached("ready_ms")
                self._stages.report()
                return 0
            if self._options.screenshot is None:
                await closed.wait()
                return 0
            if opening is not None:
                await asyncio.wait([opening])  # any failure is a notice by now, visible in the screenshot
            return await take_screenshot(self._window, self._options.screenshot, results=self._options.result)
        finally:
            signals.close()
            self._frame.language_changed.disconnect(self._language_changed)
            self._frame.closing.disconnect(closed.set)
            self._frame.reopening.disconnect(closed.set)
            if opening is not None and not opening.done():  # it would go on to show pictures in a closed window
                opening.cancel()
                await asyncio.wait([opening])
            await self._close()

    def next(self) -> Opening:
        """Return the same once more, with a new window in the frame; for after `live`."""
        from dataclasses import replace

        from topazdesk.app.paths import Paths
        from topazdesk.ui.shell.window import Window

        old = self._window
        window = Window(Paths.choose(self._options.profile).pyramids)
        window.panels.restore(old.panels.columns())
        window.viewer.restore_mode(old.viewer.mode_word)
        self._frame.fill(window)
        window.set_first_focus()
        self._frame.is_reopening = False
        return Opening(self._frame, window, replace(self._options, paths=[]))

    def tell(self, error: TopazdeskError) -> None:
        """Show an error as a notice of the window that is there."""
        self._window.tell(error)

    async def _open(self) -> None:
        """Open the profile, create the features, start the engine, restore the last session, add command-line paths."""
        screenshot = self._options.screenshot is not None
        desk_type = await asyncio.to_thread(_import_desk)
        from topazdesk.ui.team.waiting import TeamWaiting

        waiting = TeamWaiting(self._window.notices, self._options.profile)
        context = await waiting.opened(lambda: desk_type.open(self._options.profile))
        self._context = context
        self._profile.push_async_callback(context.close)
        if not screenshot:
            await self._begin_profile(context)
        from topazdesk.app.resources_folder import folder

        self._frame.setWindowIcon(QIcon(str(folder() / "icons" / "topazdesk-256.png")))
        if not screenshot and not self._options.startup_report:  # whose window may be on no screen
            self._saving.push_async_callback(self._save_places, context)
        self._supervisor.spawn("warm up", self._warm_up())
        workspace = await self._furnish(context, is_first=True)
        if self._options.paths:
            await self._add(self._options.paths)
        workspace.session.pricing.ask_balance()
        self._saving.push_async_callback(context.stop_listening)
        self._is_restored = True
        for paths in self._early:
            self._received(paths)

    async def _furnish(self, context: AppContext, *, is_first: bool) -> Workspace:
        """Give the window its features and the last session; the engine starts with the first window."""
        from topazdesk.ui.models.previous_results import PreviousResults
        from topazdesk.ui.models.saved_session import Remember
        from topazdesk.ui.shell.features import make_features
        from topazdesk.ui.shell.workspace import Workspace

        window, screenshot = self._window, self._options.screenshot is not None
        workspace = Workspace(window, context)
        self._listening.callback(workspace.close)
        await asyncio.sleep(0)  # creating the features takes a while; let the loop run in between
        for feature in make_features(workspace):
            self._listening.callback(feature.close)
        if is_first:
            for fault in context.catalogue_faults:
                window.tell(fault)
            # Listens from now on, but shows what is handed over only once the list is there.
            await context.begin(show=None if screenshot else self._handed_over)
        earlier = PreviousResults(
            window.library, context.engine.jobs_on, context.engine.last_results, self._window_tasks.spawn, workspace
        )
        workspace.session.own_results.begin()
        if not screenshot:
            earlier.news.connect(window.news.tell_earlier)
            workspace.session.known_before.connect(window.news.tell_earlier)
            workspace.session.copies_made.connect(window.news.tell_copies)
            workspace.session.made_once.connect(window.news.tell_made_once)
        remember = Remember(workspace.session, earlier, window.pictures.view.choose)
        await remember.restore()
        # Known only now, so that a half-restored list never overwrites the full one.
        self._remember = remember
        workspace.session.saved_by(remember.save)
        if is_first:
            self._saving.push_async_callback(self._save_session)
        return workspace

    async def _save_session(self) -> None:
        if self._remember is not None:
            await self._remember.save()

    def _language_changed(self) -> None:
        if language() != self._language and self._context is not None and self._is_restored:
            self._language = language()
            self._supervisor.spawn("another language", self._furnish_anew(self._context))

    async def _furnish_anew(self, context: AppContext) -> None:
        """Put a window in the language of now in place of this one. Pictures, settings and all work stay."""
        from topazdesk.ui.shell.picture_news import REFUSED
        from topazdesk.ui.shell.window import Window

        old = self._window
        await self._save_session()
        self._remember = None
        columns, mode, old_shows_queue = old.panels.columns(), old.viewer.mode_word, old.shows_queue
        old.viewer.stop()
        self._listening.close()
        self._listening = ExitStack()
        old.library.close()
        await self._window_tasks.close()
        self._window_tasks = Supervisor(self._hub)
        window = self._window = Window(context.paths.pyramids)
        window.library.intake.take_over(old.library.intake)
        is_told = old.notices.is_told(REFUSED)
        told = old.notices.told()
        retell, self._retell = self._retell, reteller()
        window.panels.restore(columns)
        window.viewer.restore_mode(mode)
        window.work.begin(self._window_tasks.spawn)
        self._frame.fill(window)
        window.set_first_focus()
        workspace = await self._furnish(context, is_first=False)
        if is_told:
            window.library.intake.tell_again()
        for each in told:
            if each.cause is not None:
                window.tell(each.cause)
        window.notices.take_over(told, retell)
        window.viewer.prepare()
        workspace.session.pricing.ask_balance()
        if old_shows_queue:
            window.commands.run_soon("queue")

    def _handed_over(self, paths: list[Path]) -> None:
        if self._is_restored:
            self._received(paths)
        else:
            self._early.append(paths)

    def _received(self, paths: list[Path]) -> None:
        """Come to the front and add pictures handed over by a second program that was started on the same profile."""
        self._frame.setWindowState(self._frame.windowState() & ~Qt.WindowState.WindowMinimized)
        self._frame.raise_()
        self._frame.activateWindow()
        if paths:
            self._supervisor.spawn("handed over", self._add(paths))

    async def _add(self, paths: list[Path]) -> None:
        new = await self._window.library.intake.add(paths)
        if new:
            self._window.pictures.view.choose([new[0].id], new[0].id)

    async def _begin_profile(self, context: AppContext) -> None:
        """Give a new profile what it begins with."""
        from topazdesk.app.first_run import first_settings

        if first := await asyncio.to_thread(first_settings, context.paths, context.catalogue):
            await context.save_settings(context.settings.with_(**first))

    async def _warm_up(self) -> None:
        """Load what the first picture will need: half a second that the user should not have to wait for then."""
        await asyncio.to_thread(_load_media)
        self._window.viewer.prepare()

    async def _save_places(self, context: AppContext) -> None:
        """Save the position of the window, the widths of its panels and the way to compare."""
        window = self._window
        look = {
            "geometry": self._frame.geometry_text(),
            "splitter": window.panels.columns().text(),
            "compare_mode": window.viewer.mode_word,
        }
        await context.save_settings(context.settings.with_(**look))

    async def _close(self) -> None:
        """Save, stop listening, stop the engine; a failure to save is printed and does not prevent the other steps."""
        self._window.viewer.stop()
        try:
            await self._saving.aclose()
        except TopazdeskError as error:
            sys.stderr.write(f"{titled(error.title, error.hint)}\n")
        finally:
            self._listening.close()
            self._window.library.close()
            await self._window_tasks.close()
            await self._supervisor.close()
            await self._profile.aclose()


def _import_desk() -> type[AppContext]:
    """Import the heavy modules; called in a thread, while the window already responds.

    What the first picture needs besides the viewer is among them: the window would stand still while it imports it.
    """
    import topazdesk.app.first_run
    import topazdesk.app.resources
    import topazdesk.media.appraisal
    import topazdesk.media.collect_files
    import topazdesk.media.probe
    import topazdesk.media.thumbnail
    import topazdesk.ui.models.previous_results
    import topazdesk.ui.models.saved_session
    import topazdesk.ui.shell.features
    import topazdesk.ui.shell.workspace  # noqa: F401
    from topazdesk.app.app_context import AppContext

    return AppContext


def _load_media() -> None:
    from topazdesk.media.decoded_pyramid import prepare
    from topazdesk.media.limits import vips

    vips()
    prepare()
