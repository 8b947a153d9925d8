"""Notices that need the user: jobs that may or may not have arrived at the service, and what stopped the queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job
from topazdesk.errors import AccountError, BudgetError, Code, CreditError, TopazdeskError
from topazdesk.ui.controls import Notice, NoticeAction
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.notices import kind_of
from topazdesk.ui.models.job_texts import Act, is_undecided, price_of
from topazdesk.ui.models.picture import shown_picture
from topazdesk.ui.texts import number, sentences, tr, translated

if TYPE_CHECKING:
    from topazdesk.engine.events import Event
    from topazdesk.ui.host.host import Host


class AttentionNotices(Feature):
    """Shows one notice for all doubtful jobs and one for what stopped the queue, as long as there is something to say.

    `act` carries out a button's action on a job; `ask_key` asks for another key for an account.
    """

    def __init__(
        self,
        host: Host,
        act: Callable[[Act, str], None],
        ask_key: Callable[[Account], None],
        show_queue: Callable[[], None],
    ) -> None:
        super().__init__(host.widget)
        self._host = host
        self._context = host.session.context
        self._act = act
        self._ask_key = ask_key
        self._show_queue = show_queue
        self._doubtful: dict[str, Job] = {}
        self._notice: Notice | None = None
        self._stop: Notice | None = None
        self._unsubscribe = self._context.events.subscribe(self._on_event)
        for job in self._context.engine.unfinished():
            self._news(job)

    def close(self) -> None:
        """Stop listening to events."""
        self._unsubscribe()

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import JobAdded, JobChanged, QueuePaused

        if isinstance(event, JobAdded | JobChanged):
            self._news(event.job)
        elif isinstance(event, QueuePaused) and not event.paused and self._stop is not None:
            self._remove(self._stop)
            self._stop = None

    def _remove(self, notice: Notice | None) -> None:
        if notice is not None and notice in self._host.notices.shown():
            self._host.notices.remove(notice)

    # doubtful jobs

    def _news(self, job: Job) -> None:
        known = job.id in self._doubtful
        if is_undecided(job) is known:
            return
        if known:
            del self._doubtful[job.id]
        else:
            self._doubtful[job.id] = job
        self._remove(self._notice)
        self._notice = self._tell(list(self._doubtful.values())) if self._doubtful else None

    def _tell(self, jobs: list[Job]) -> Notice:
        tell = self._host.notices.tell
        if len(jobs) > 1:
            title = tr("It is unclear whether {n} pictures arrived").format(n=number(len(jobs)))
            hint = tr("They were sent, and the answer was lost. Choose for each: send it again, or give it up.")
            return tell("warn", title, hint, NoticeAction(tr("Show the queue"), self._show_queue))
        (job,) = jobs
        price, where = price_of(job), translated(job.recipe.service.traits.where)
        title = tr("It is unclear whether {name} arrived {where}").format(name=shown_picture(job), where=where)
        hint = tr(
            "It was sent, and the answer was lost. Sent again, it may cost {price} twice; given up, it may have cost "
            "{price} once."
        )
        again = NoticeAction(
            tr("Send again · {price}").format(price=price), lambda: self._act(Act.RESEND, job.id), "uploading"
        )
        drop = NoticeAction(tr("Give it up"), lambda: self._act(Act.GIVE_UP, job.id), variant="quiet")
        return tell("warn", title, hint.format(price=price), again, drop)

    # what stopped the queue

    def tell_stop(self, error: AccountError) -> None:
        """Show why the queue waits, with buttons that help."""
        self._remove(self._stop)
        title, hint = stop_words(error)
        account = self._context.engine.stopped_by
        name = "" if account is None else self._context.account_name(account)
        if name:
            hint = sentences(hint, tr("Only pictures of the account “{name}” wait.").format(name=translated(name)))
        self._stop = self._host.notices.tell(kind_of(error), title, hint, *self._remedies(error))
        self._stop.cause, self._stop.stands = error, True

    def _remedies(self, error: TopazdeskError) -> tuple[NoticeAction, ...]:
        run, account = self._host.commands.run, self._context.engine.stopped_by
        if isinstance(error, BudgetError):
            return (NoticeAction(tr("Change the limit…"), lambda: run("limits"), keep=True),)
        if error.code == Code.COMPUTER_TEAM_RESTORED:  # it goes on by itself, once the services were asked
            return ()
        go_on = NoticeAction(tr("Go on now"), lambda: self._host.session.pause(False), "play")
        # For the account that stopped the queue, which need not be the one in use now. The sandbox has neither remedy.
        if account is None or account.service.traits.is_local:
            return (go_on,)
        if isinstance(error, CreditError):
            page = account.service.traits.top_up_page
            if not page:
                return (go_on,)
            top_up = NoticeAction(tr("Top up…"), lambda: QDesktopServices.openUrl(QUrl(page)), keep=True)
            return (top_up, NoticeAction(go_on.text, go_on.run, "play", variant="quiet"))
        return (NoticeAction(tr("Change key…"), lambda: self._ask_key(account), "key", keep=True),)


def stop_words(error: TopazdeskError) -> tuple[str, str]:
    """Return a title and a hint: what stopped the queue, and that nothing is lost."""
    waits = tr("The queue waits; nothing is lost.")
    if isinstance(error, BudgetError):
        return translated(error.title), translated(error.hint)
    if isinstance(error, CreditError):
        return tr("Credits are used up"), sentences(waits, tr("Resumes automatically once you top up."))
    return translated(error.title), f"{translated(error.hint)} {waits}".strip()
