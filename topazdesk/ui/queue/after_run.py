"""What the computer does once the queue is done: the choice beside the queue, and carrying it out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QApplication

from topazdesk.domain.after_run import COUNTDOWN_S, AfterRun, keeps_on
from topazdesk.domain.job import Job, JobState
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls import Menu
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.queue.countdown_sheet import CountdownSheet

_SUBJECT = "after the run"


class AfterRunController(Feature):
    """Provides `after_run`. The choice holds for this run alone, unless the user wants it every time.

    `counting` is emitted with what is about to happen, for somebody who is not looking. `is_saving` tells whether
    something is still being written that is no job; `look_again` when that is over.
    """

    counting = Signal(str)

    def __init__(
        self, host: Host, panel: QueuePanel, open_queue: Callable[[], None], is_saving: Callable[[], bool]
    ) -> None:
        super().__init__(host.widget)
        self._host, self._panel, self._open_queue, self._is_saving = host, panel, open_queue, is_saving
        self._session = host.session
        self._context = host.session.context
        self._queue = host.session.library.queue
        self._ended: list[Job] = []
        self._sheet: CountdownSheet | None = None
        self._is_counting = False  # from the end of the work on, until the sheet is answered
        self._is_called_off = False  # before there was a sheet
        self.countdown_s: float = COUNTDOWN_S
        self._queue.run_ended.connect(self._run_ended)
        self._queue.changed.connect(self.look_again)
        panel.after.clicked.connect(self._offer)
        host.commands.provide("after_run", self._ask)
        self._unsubscribe = self._context.events.subscribe(self._on_event)
        bind(self._show, panel.model.settled)

    def close(self) -> None:
        """Stop listening, and let nothing happen any more."""
        self._unsubscribe()
        self._is_called_off = True
        self._stop("")

    @property
    def sheet(self) -> CountdownSheet | None:
        """The countdown on screen, if there is one."""
        return self._sheet

    # the choice

    def choose(self, action: AfterRun, *, always: bool | None = None) -> None:
        """Have this done after the present or next run; `always` (None: as before) after every one."""
        self._context.after_run = action
        kept = self._context.settings.after_run
        wanted = action if always or (always is None and kept != AfterRun.NOTHING.value) else AfterRun.NOTHING
        if wanted.value != kept:
            self._session.spawn("settings", self._keep(wanted))
        self._show()

    async def _keep(self, wanted: AfterRun) -> None:
        await self._context.save_settings(self._context.settings.with_(after_run=wanted.value))

    def _show(self) -> None:
        word = translated(self._context.after_run.word)
        is_chosen = self._context.after_run is not AfterRun.NOTHING
        said = tr("Afterwards: {action}").format(action=word)
        self._panel.show_after(said if is_chosen else tr("Afterwards…"))
        self._queue.set_then(said if is_chosen else "")

    def _ask(self) -> None:
        self._open_queue()
        self._offer()

    def _offer(self) -> None:
        self._session.spawn("after the run", self._open_menu())

    async def _open_menu(self) -> None:
        from topazdesk.app.power import offered

        menu = self.menu(await asyncio.to_thread(offered))
        menu.drop_down(self._panel.after)

    def menu(self, offered: tuple[AfterRun, ...]) -> Menu:
        """Build the menu of what this computer offers."""
        menu = Menu(self._panel)
        menu.setAccessibleName(self._host.commands["after_run"].text())
        group = QActionGroup(menu)
        chosen, is_kept = self._context.after_run, self._context.settings.after_run != AfterRun.NOTHING.value
        for action in offered:
            entry = menu.addAction(translated(action.word))
            entry.setCheckable(True)
            entry.setChecked(action is chosen)
            entry.triggered.connect(lambda _on=False, wanted=action: self.choose(wanted))
            group.addAction(entry)
        menu.addSeparator()
        always = menu.addAction(tr("After every run"))
        always.setCheckable(True)
        always.setChecked(is_kept)
        always.setEnabled(is_kept or chosen is not AfterRun.NOTHING)
        always.triggered.connect(lambda on: self.choose(self._context.after_run, always=on))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    # the end of a run

    def _run_ended(self, jobs: list[Job]) -> None:
        self._ended += jobs

    def look_again(self) -> None:
        """Begin where all is done, and stop where there is something to do again."""
        if self._queue.active or self._is_saving():
            self._stop(tr("There is something new to do. It counts down again after that."))
        elif self._ended and not self._is_counting:
            ended, self._ended = self._ended, []
            self._all_done(ended)

    def _all_done(self, ended: list[Job]) -> None:
        action = self._context.after_run
        if action is AfterRun.NOTHING:
            return
        if all(job.state is JobState.CANCELLED for job in ended):  # by somebody who is there
            self._reset()
        elif action is AfterRun.SOUND:
            self._reset()
            self._session.spawn("sound", _play())
        elif why := keeps_on((), ended):
            self._reset()
            self._host.notices.tell("warn", translated(why), subject=_SUBJECT)
        else:
            self._is_counting, self._is_called_off = True, False
            self._session.spawn("countdown", self._count_down(action, ended))

    def _reset(self) -> None:
        """Choose again what holds for every run."""
        self.choose(self._context.settings.after_run_action)

    async def _count_down(self, action: AfterRun, ended: list[Job]) -> None:
        try:
            await self._save_and_count(action, ended)
        finally:
            self._is_counting = False
        if self._ended:
            self.look_again()

    async def _save_and_count(self, action: AfterRun, ended: list[Job]) -> None:
        from topazdesk.ui.queue.countdown_sheet import CountdownSheet

        try:
            await self._session.save()
        except TopazdeskError as error:
            self._host.tell(error)
            self._tell_on(tr("Something could not be saved."))
            self._reset()
            return
        if self._is_called_off:
            self._stay_on()
            return
        if self._queue.active or self._is_saving():
            self._ended += ended
            return
        sheet = self._sheet = CountdownSheet(
            QApplication.activeModalWidget() or self._host.widget, action, self.countdown_s
        )
        window = self._host.widget.window()
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.activateWindow()
        self.counting.emit(sheet.accessibleName())
        accepted = await sheet.answered()
        is_stopped_by_work = self._sheet is not sheet
        self._sheet = None
        sheet.deleteLater()
        if accepted:
            await self._end_work(action)
        elif is_stopped_by_work:
            self._ended += ended
        else:
            self._stay_on()

    def _stay_on(self) -> None:
        self._reset()
        self._host.notices.toast("info", tr("The computer stays on"), subject=_SUBJECT)

    async def _end_work(self, action: AfterRun) -> None:
        from topazdesk.app.power import end_work

        self._reset()
        self._context.let_sleep()
        try:
            await asyncio.to_thread(end_work, action)
        except TopazdeskError as error:
            self._host.tell(error)
            return
        if action is AfterRun.SHUT_DOWN:
            self._host.widget.window().close()  # orderly, before the system does it

    def _stop(self, why: str) -> None:
        """Close the countdown; with a reason it is begun again later."""
        if (sheet := self._sheet) is not None:
            self._sheet = None
            sheet.reject()
            if why:
                self._tell_on(why)

    def _tell_on(self, why: str) -> None:
        self._host.notices.tell("info", tr("The computer stays on"), why, subject=_SUBJECT)

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import EngineError

        if isinstance(event, EngineError) and self._is_counting:  # somebody has to see to it
            self._ended.clear()
            if self._sheet is None:
                self._is_called_off = True
            else:
                self._sheet.reject()


async def _play() -> None:
    from topazdesk.app.finish_sound import play

    if not await asyncio.to_thread(play):
        QApplication.beep()
