"""Keeps the queue panel up to date with the engine, and carries out what its buttons ask for.

While the panel is folded it listens to nothing, keeps nothing and costs nothing; opening it loads the jobs anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage

from topazdesk.domain.job import Job
from topazdesk.domain.questions import Questions
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls import Menu
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import Part, Subject
from topazdesk.ui.models.job_list import QueueModel
from topazdesk.ui.models.job_texts import Act, News, can_cancel, line_of, may_cost, place_text
from topazdesk.ui.queue.job_menu import add_job_entries
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr, translated
from topazdesk.ui.theme.icons import icon

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.engine.job_queries import ListPosition
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.queue.cancel_sheet import CancelSheet
    from topazdesk.ui.queue.settings_report import Reports

#: Jobs of earlier days read at a time: more than the panel shows, so that scrolling does not reach the end too soon.
_PAGE = 300


class QueueController(Feature):
    """The queue of an opened profile. `reports` tells what to add about its settings in a finished job's row.

    `picture_wanted` is emitted with the id of a picture of the list that is to be shown in the viewer.
    """

    picture_wanted = Signal(int)

    def __init__(self, host: Host, reports: Reports) -> None:
        super().__init__(host.widget)
        self._host = host
        self._session = host.session
        self._context = host.session.context
        self._reports = reports
        session, library = host.session, host.session.library
        self._unsubscribe: Callable[[], None] | None = None
        self._opened = 0
        self._place: ListPosition | None = None  # how far the jobs of earlier days have been read
        self._is_reading = False
        self.model = QueueModel(
            self._context.model_name, self._note, self._folder, held=self._held, place=self._place_of, parent=self
        )
        self.panel = QueuePanel(self.model, self._image_of)
        self.panel.seen.connect(self._seen)
        self.panel.pause_wanted.connect(session.pause)
        self.panel.cancel_wanted.connect(self.cancel_all)
        self.panel.retry_wanted.connect(self.retry)
        self.panel.clear_wanted.connect(self._clear_all)
        self.model.more_wanted.connect(self._more_wanted)
        self.panel.view.acted.connect(self.act)
        self.panel.view.menu_wanted.connect(lambda job_id, place: host.menus.popup(self._subject(job_id), place))
        self.panel.view.shown.connect(self._show_picture)
        self.panel.view.opened.connect(lambda job_id: host.menus.open(self._subject(job_id)))
        self.panel.view.dragged.connect(self._drag)
        host.menus.add_place(self.panel.view, lambda: self._subject(self.panel.view.current_id), opens=False)
        host.menus.add(Part.WORK, self._fill_work)
        host.menus.add(Part.LIST, self._fill_list)
        queue = library.queue
        bind(lambda: self.panel.set_paused(queue.paused, queue.paused_text if queue.paused else ""), queue.changed)
        library.pictures.dataChanged.connect(self._pictures_changed)
        library.pictures.counted.connect(self._pictures_changed)

    def close(self) -> None:
        """Stop listening to events."""
        self._listen(False)

    def _listen(self, wanted: bool) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._unsubscribe = self._context.events.subscribe(self._on_event) if wanted else None

    def _seen(self, is_open: bool) -> None:
        self._listen(is_open)
        if is_open:
            self._show()
        else:
            self.model.fill(())

    def _show(self) -> None:
        """Show the unfinished jobs at once, and those of earlier days, newest first, as far as the user scrolls."""
        self._opened += 1
        self._place = None
        self._is_reading = False
        self.model.fill(self._context.engine.jobs(), is_all=False)
        self._session.spawn("fill queue", self._first(self._opened))

    async def _first(self, opened: int) -> None:
        over = await self._context.engine.over()
        if opened == self._opened:
            self.model.set_over(over)
            await self._more(opened)

    def _more_wanted(self) -> None:
        if not self._is_reading:
            self._session.spawn("fill queue", self._more(self._opened))

    async def _more(self, opened: int) -> None:
        if self._is_reading or self._unsubscribe is None:
            return
        self._is_reading = True
        try:
            page = await self._context.engine.page(_PAGE, self._place)
            if opened == self._opened and self._unsubscribe is not None:  # else folded or cleared meanwhile
                self._place = page.goes_on
                self.model.more(page.jobs, is_last=page.goes_on is None)
        finally:
            if opened == self._opened:
                self._is_reading = False

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import JobAdded, JobChanged, JobProgress, JobsCleared, QueuePaused

        if isinstance(event, JobProgress):
            job = self.model.job(event.job_id)
            if job is not None:  # else JobAdded is still to come
                job = self._context.engine.job(event.job_id)
                self.model.progress(job, event.percent, event.bytes_done, event.bytes_total)
        elif isinstance(event, JobAdded | JobChanged):
            self.model.told(event.job)
        elif isinstance(event, JobsCleared):
            self.model.cleared(event.job_ids)
        elif isinstance(event, QueuePaused):
            self.panel.view.viewport().update()  # what an account has stopped, or goes on with, says so

    def _held(self, job: Job) -> str:
        """Return why the account of a job that is not over stopped it, or ""."""
        why = None if job.state.is_final else self._context.engine.stopped(job.account)
        return "" if why is None else translated(why.title)

    def _place_of(self, job: Job) -> str:
        """Return on which machines of the team a job was started and is worked on; "" without a team."""
        team = self._context.team
        return "" if team is None else place_text(job, *self._context.engine.places(job.id), team.machine)

    def _owner_of(self, job: Job) -> str:
        """Return the name of the other machine of the team that has started a job; "" for one of our own."""
        team = self._context.team
        started = "" if team is None else self._context.engine.places(job.id)[0]
        return "" if team is None or started == team.machine else started

    def _note(self, job: Job) -> str:
        if self._session.originals.is_stale(job):
            return tr("The original was changed after it was sent")
        return self._reports.of(job).title

    def _folder(self, job: Job) -> str:
        picture = self._session.library.pictures.at(*job.key)
        return picture.folder if picture is not None else ""

    def _image_of(self, job: Job) -> QImage | None:
        picture = self._session.library.pictures.at(*job.key)
        if picture is None:
            return None
        if picture.thumbnail is None:
            self._session.library.want_thumbnails([picture.id])
        return picture.thumbnail

    def _pictures_changed(self) -> None:
        if self.panel.isVisible():
            self.panel.view.viewport().update()

    # menus

    def _subject(self, job_id: str) -> Subject:
        """Return what a row is about: the picture in the list, if it is there, and the job."""
        job = self.model.job(job_id)
        if job is None:
            return Subject()
        picture = self._session.library.pictures.at(*job.key)
        return Subject((picture,) if picture is not None else (), job)

    def _show_picture(self, job_id: str) -> None:
        for picture in self._subject(job_id).pictures:  # none, if it was removed from the list
            if picture is not self._session.library.picture:
                self.picture_wanted.emit(picture.id)

    def _drag(self, job_id: str) -> None:
        job = self.model.job(job_id)
        image = self._image_of(job) if job is not None else None
        self._host.outgoing.drag(self.panel.view, self._subject(job_id).best, image)

    def _fill_work(self, menu: Menu, subject: Subject) -> None:
        if subject.job is not None:
            job_id = subject.job.id
            if subject.pictures and subject.pictures[0] is not self._session.library.picture:
                entry = menu.addAction(icon("sample"), tr("Show in the viewer"))
                entry.triggered.connect(lambda: self._show_picture(job_id))
            if owner := self._owner_of(subject.job):
                words = tr("Started on {machine}").format(machine=owner)
                menu.addAction(icon("team"), words.replace("&", "&&")).setEnabled(False)
            add_job_entries(
                menu,
                line_of(subject.job, "", News(), time.time()).more,
                lambda act: self.act(act, job_id),
                is_busy=self.model.is_busy(job_id),
                can_move=self.model.can_move(job_id),
            )

    def _fill_list(self, menu: Menu, subject: Subject) -> None:
        if subject.job is not None and subject.job.state.is_final:
            job_id = subject.job.id
            entry = menu.addAction(icon("delete"), tr("Clear from the queue"))
            entry.setEnabled(not self.model.is_busy(job_id))
            entry.triggered.connect(lambda: self._clear([job_id]))

    # what the buttons do

    def act(self, act: Act, job_id: str) -> None:
        """Carry out a button or menu entry of a row."""
        job = self.model.job(job_id) or self._context.engine.job(job_id)
        if act is Act.SHOW and job.result is not None:
            self._host.outgoing.show_in_folder(job.result)
        elif act is Act.DETAILS:
            self.show_details(job)
        elif not self.model.is_busy(job_id):
            self.model.set_busy([job_id], True)
            self._session.spawn(f"{act} {job_id}", self._do(act, job_id))

    def show_details(self, job: Job) -> None:
        """Open the dialog with all that is known about a job."""
        self._session.spawn("details", self._details(job))

    async def _details(self, job: Job) -> None:
        from topazdesk.engine.originals import original_state
        from topazdesk.ui.queue.job_details import JobDetails

        history = await self._context.engine.history(job.id)
        original = await asyncio.to_thread(original_state, job)
        places = await self._context.whereabouts(job)
        dialog = JobDetails(
            self._host.widget,
            job,
            self._context.model_name(job),
            history,
            self._reports.of(job),
            original,
            self._context.account_name(job.account),
            places,
        )
        await dialog.answered()
        dialog.deleteLater()

    async def _do(self, act: Act, job_id: str) -> None:
        engine = self._context.engine
        try:
            match act:
                case Act.CANCEL:
                    if await self._may_cancel(engine.job(job_id)):
                        await engine.cancel(job_id)
                case Act.FIRST:
                    await engine.reorder([job_id])
                case Act.UP | Act.DOWN:
                    await engine.move(job_id, up=act is Act.UP)
                case Act.RETRY:
                    await self._again(job_id)
                case Act.RESEND | Act.GIVE_UP:
                    await engine.resolve(job_id, act is Act.RESEND)
                case _:
                    await engine.retry(job_id)
        finally:
            self.model.set_busy([job_id], False)

    async def _again(self, job_id: str) -> None:
        """Try a job again. A new job replaces the old one, so that a second press cannot pay for the picture twice."""
        known = self._context.engine.get(job_id)
        if known is not None and known.is_hidden:  # somebody else has pressed: its picture has a new job
            return
        new = await self._context.engine.retry(job_id)
        if new.id != job_id:
            await self._context.engine.forget([job_id])

    def retry(self, ids: list[str]) -> None:
        """Try failed jobs again, each once, for the price that the pressed button said."""
        free = [job_id for job_id in ids if not self.model.is_busy(job_id)]
        self.model.set_busy(free, True)
        self._session.spawn("retry failed", self._retry_each(free))

    async def _retry_each(self, ids: list[str]) -> None:
        """Try these jobs again; one that cannot be is reported and does not hold the others back."""
        try:
            for job_id in ids:
                try:
                    await self._again(job_id)
                except TopazdeskError as error:
                    self._session.trouble.emit(error)
        finally:
            self.model.set_busy(ids, False)

    def cancel_all(self) -> None:
        """Ask whether to cancel all that is not finished, and do so."""
        self._session.spawn("cancel all", self._cancel_all())

    async def _cancel_all(self) -> None:
        from topazdesk.ui.queue.cancel_all_sheet import CancelAllSheet

        sheet = CancelAllSheet(self._host.widget, self.model.cancellable())

        def follow() -> None:
            sheet.show_jobs(self.model.cancellable())

        self.model.settled.connect(follow)
        accepted = await sheet.answered()
        self.model.settled.disconnect(follow)
        only_unsent = sheet.only_unsent
        sheet.deleteLater()
        if accepted:
            await self._cancel_each([job.id for job in self.model.cancellable()], only_unsent=only_unsent)

    async def _cancel_each(self, ids: list[str], *, only_unsent: bool) -> None:
        """Cancel these jobs, what is not sent first; one that cannot be does not hold the others back."""
        engine = self._context.engine
        self.model.set_busy(ids, True)
        try:
            for job_id in sorted(ids, key=lambda each: may_cost(engine.job(each))):
                job = engine.job(job_id)
                if not can_cancel(job) or (only_unsent and may_cost(job)):
                    continue
                try:
                    await engine.cancel(job_id)
                except TopazdeskError as error:
                    self._session.trouble.emit(error)
        finally:
            self.model.set_busy(ids, False)

    def _clear_all(self, ids: list[str]) -> None:
        """Clear all final jobs: the rows, and those that the user has not scrolled to yet."""
        if self.model.canFetchMore():
            self._session.spawn("clear queue", self._clear_over())
        else:
            self._clear(ids)

    async def _clear_over(self) -> None:
        await self._context.engine.forget_over()
        if self._unsubscribe is not None:
            self._show()

    def _clear(self, ids: list[str]) -> None:
        self._session.spawn("clear queue", self._context.engine.forget(ids))

    # what a cancel costs

    async def _may_cancel(self, job: Job) -> bool:
        """Ask whether to cancel the job, showing what that costs, and whose it is where another machine started it.

        Return True without asking if it is free anyway and our own.
        """
        from topazdesk.ui.queue.cancel_sheet import CancelSheet, costs_something

        owner = self._owner_of(job)
        if not owner and not costs_something(job):
            return True
        dialog = CancelSheet(self._host.widget, job, owner)
        questions: Questions[str] = Questions()

        def ask() -> None:
            self._session.spawn("price of a cancel", self._price(dialog, job.id, questions, questions.ask(job.id)))

        def heard(event: Event) -> None:
            now = self._told_of(job.id, event)
            if now is not None and is_open(dialog) and dialog.follow(now):
                ask()

        unsubscribe = self._context.events.subscribe(heard)
        try:
            ask()
            accepted = await dialog.answered()
        finally:
            unsubscribe()
        dialog.deleteLater()
        return bool(accepted)

    def _told_of(self, job_id: str, event: Event) -> Job | None:
        """Return what a job is now if the event is about it."""
        from topazdesk.engine.events import JobChanged, JobProgress

        if isinstance(event, JobChanged) and event.job.id == job_id:
            return event.job
        if isinstance(event, JobProgress) and event.job_id == job_id:
            return self._context.engine.job(job_id)
        return None

    async def _price(self, dialog: CancelSheet, job_id: str, questions: Questions[str], question: int) -> None:
        """Show the service's own figures; without them the sheet keeps what is known here."""
        try:
            percent, cost = await self._context.engine.cancel_price(job_id)
        except TopazdeskError:
            return
        if is_open(dialog) and questions.is_latest(job_id, question):
            dialog.show_price(percent, cost)
