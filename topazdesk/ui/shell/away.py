"""Tells somebody who looks elsewhere that a run has ended or the queue has stopped, and counts on the task bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from topazdesk.domain.job import Job
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.run_news import Ended, failed_among, failure, success
from topazdesk.ui.runtime.notification import Notifications
from topazdesk.ui.runtime.task_bar import TaskBarProgress
from topazdesk.ui.texts import tr, translated

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.ui.host.host import Host


class AwayNews(Feature):
    """Notifies while no window of the program is active; the badge has the number of pictures that are not over."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._context = host.session.context
        self._queue = host.session.library.queue
        self._notifications = Notifications(host.widget.window().windowIcon(), self)
        self._badge = 0
        self._progress = TaskBarProgress(QGuiApplication.desktopFileName() or "topazdesk")
        self._queue.run_ended.connect(self._run_ended)
        self._queue.changed.connect(self._count)
        self._unsubscribe = self._context.events.subscribe(self._on_event)

    def close(self) -> None:
        """Stop listening, and take the badge away."""
        self._unsubscribe()
        self._show_badge(0)
        self._progress.show(None)

    def _count(self) -> None:
        self._show_badge(self._queue.active)
        self._progress.show(self._queue.share)

    def _show_badge(self, count: int) -> None:
        if count != self._badge:
            self._badge = count
            application = QGuiApplication.instance()
            if isinstance(application, QGuiApplication):
                application.setBadgeNumber(count)

    def _run_ended(self, jobs: list[Job]) -> None:
        said = failure(jobs) if failed_among(jobs) else success(jobs)
        if said is not None:
            self._tell(said)

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import QueuePaused

        if isinstance(event, QueuePaused) and event.paused and event.reason is not None:
            self._tell(
                Ended(
                    tr("The queue has stopped: {why}").format(why=translated(event.reason.title)),
                    translated(event.reason.hint),
                )
            )

    def tell_soon(self, what: str) -> None:
        """Tell that the computer is about to sleep or to be shut down."""
        self._tell(Ended(what, tr("topazdesk can still be told to keep it on.")))

    def _tell(self, said: Ended) -> None:
        if QApplication.activeWindow() is not None or not self._context.settings.notifications:
            return
        QApplication.alert(self._host.widget.window())
        self._host.session.spawn("notification", self._notifications.show(said.title, said.hint))
