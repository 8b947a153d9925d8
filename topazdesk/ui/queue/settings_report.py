"""Shows what the service did with the settings: values that it chose itself, and settings not used as sent."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.settings_report import NO_ECHO, SettingsReport, settings_report_of
from topazdesk.language import sentences
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.picture import shown_picture
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.domain.catalogue import Catalogue
    from topazdesk.engine.events import Event
    from topazdesk.ui.forms import ParameterForm
    from topazdesk.ui.host.host import Host

_KEPT = 2_000


class Reports:
    """Reads the report of each finished job, once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._read: OrderedDict[str, SettingsReport] = OrderedDict()

    def of(self, job: Job) -> SettingsReport:
        """Return the report of a job; an empty one if it has none."""
        if job.state is not JobState.DONE:
            return NO_ECHO
        found = self._read.get(job.id)
        if found is None:
            found = self._read[job.id] = settings_report_of(job, self._catalogue)
            if len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return found


class SettingsReports(Feature):
    """Shows a notice for a model's first job whose report shows a difference, and in the form what Auto became.

    The form shows it for the picture in the viewer. `details` opens all that is known about a job.
    """

    def __init__(self, host: Host, reports: Reports, details: Callable[[Job], None], form: ParameterForm) -> None:
        super().__init__(host.widget)
        self._host = host
        self._reports = reports
        self._details = details
        self._form = form
        self._library = host.session.library
        self._recipe = host.session.pricing.recipe
        self._told: set[tuple[str, ...]] = set()
        self._unsubscribe = host.session.context.events.subscribe(self._on_event)
        bind(self._show, self._library.current_changed, self._recipe.changed)

    def close(self) -> None:
        """Stop listening to events."""
        self._unsubscribe()

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import JobChanged

        if isinstance(event, JobChanged) and event.job.state is JobState.DONE:
            self._tell(event.job)

    def _tell(self, job: Job) -> None:
        """Show a notice once per model and settings: ten thousand pictures with one recipe need only one."""
        echo = self._reports.of(job)
        which = (job.recipe.service.value, job.recipe.model, *(d.name for d in echo.not_as_sent))
        if not echo.not_as_sent or which in self._told:
            return
        self._told.add(which)
        title = tr("{name}: {what}").format(name=shown_picture(job), what=translated(echo.title))
        details = NoticeAction(tr("Details…"), lambda: self._details(job), keep=True)
        self._host.notices.tell("warn", title, sentences(*map(translated, echo.sentences)), details)

    def _show(self) -> None:
        """Show what Auto became for the picture in the viewer, if its result was made with the model in the form."""
        picture, recipe = self._library.picture, self._recipe.recipe
        job = picture.result if picture is not None else None
        same = job is not None and (job.recipe.service, job.recipe.model) == (recipe.service, recipe.model)
        self._form.show_used(self._reports.of(job).automatic if job is not None and same else {})
