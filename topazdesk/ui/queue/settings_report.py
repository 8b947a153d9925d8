"""What the service says it did with the settings: values it chose itself, and settings that did not count as sent."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from topazdesk.domain.echo import NO_ECHO, Echo, echo_of
from topazdesk.domain.job import Job, JobState
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.models.picture import shown_picture
from topazdesk.ui.texts import tr

if TYPE_CHECKING:
    from topazdesk.app.desk import Desk
    from topazdesk.engine.events import Event
    from topazdesk.ui.forms import ParameterForm
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.queue.controller import QueueDesk

_KEPT = 2_000


class Echoes(QObject):
    """Reads each finished job's report once. A notice comes with the first job of a model that shows a difference; the queue
    marks every one; the form tells what Auto became for the picture in the viewer."""

    def __init__(self, host: Host, desk: Desk, queue: QueueDesk, form: ParameterForm) -> None:
        super().__init__(host.widget)
        self._host, self._session, self._desk, self._queue, self._form = host, host.session, desk, queue, form
        self._read: OrderedDict[str, Echo] = OrderedDict()
        self._told: set[tuple[str, ...]] = set()
        queue.model.note = lambda job: self.echo(job).title
        desk.events.subscribe(self._on_event)
        self._session.current_changed.connect(self._show)
        if self._session.recipe is not None:
            self._session.recipe.changed.connect(lambda _by_user: self._show())
        self._show()

    def echo(self, job: Job) -> Echo:
        """The report of a finished job; of one without a report, nothing."""
        if job.state is not JobState.DONE:
            return NO_ECHO
        found = self._read.get(job.id)
        if found is None:
            found = self._read[job.id] = echo_of(job, self._desk.catalogue)
            if len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return found

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import JobChanged

        if isinstance(event, JobChanged) and event.job.state is JobState.DONE:
            self._tell(event.job)

    def _tell(self, job: Job) -> None:
        """Once a model and setting: ten thousand pictures with one recipe need one notice."""
        echo = self.echo(job)
        which = (job.recipe.service.value, job.recipe.model, *(d.name for d in echo.not_as_sent))
        if not echo.not_as_sent or which in self._told:
            return
        self._told.add(which)
        title = tr("{name}: {what}").format(name=shown_picture(job), what=tr(echo.title))
        details = NoticeAction(tr("Details…"), lambda: self._queue.details_wanted.emit(job), keep=True)
        self._host.notices.tell("warn", title, " ".join(echo.sentences), details)

    def _show(self) -> None:
        """What Auto became for the picture in the viewer, where its result was made with the model of the form."""
        picture, state = self._session.picture, self._session.recipe
        job = picture.result if picture is not None else None
        same = job is not None and state is not None and (
            (job.recipe.service, job.recipe.model) == (state.recipe.service, state.recipe.model)
        )  # fmt: skip
        self._form.show_used(self.echo(job).automatic if job is not None and same else {})
