"""Shows trouble and questions as notices above the viewer, good news as toasts over it; never a message box."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from topazdesk.app.help.causes import help_for
from topazdesk.errors import AccountError, BudgetError, Retry, TopazdeskError
from topazdesk.ui.controls import Notice, NoticeAction, NoticeBar, Toast, ToastPlace
from topazdesk.ui.controls.notice import Kind
from topazdesk.ui.texts import translated

_MOST = 4

#: Returns the buttons that help to fix an error.
Remedies = Callable[[TopazdeskError], tuple[NoticeAction, ...]]


class Told(NamedTuple):
    """A notice or toast as words, which outlive the window that showed it."""

    kind: Kind
    title: str
    hint: str
    details: str
    subject: str
    cause: TopazdeskError | None
    has_buttons: bool
    is_toast: bool


class Notices:
    """The only way to tell the user something. Newest on top; with more than four, the oldest is removed.

    There is one notice a subject, and whoever told it takes it back when its cause is gone.
    """

    def __init__(self, bar: NoticeBar, toasts: ToastPlace, remedies: Remedies = lambda _error: ()) -> None:
        self._bar = bar
        self._toasts = toasts
        self._remedies = remedies

    def error(self, error: TopazdeskError, *actions: NoticeAction) -> Notice:
        """Show a notice with the error's title, hint, details and the given buttons, or else its remedies."""
        notice = self.tell(
            kind_of(error),
            translated(error.title),
            translated(error.hint),
            *(actions or self._remedies(error)),
            details="\n".join(part for part in (error.details, f"code {error.code}") if part) if error.details else "",
            subject=error.title,
        )
        notice.cause = error
        notice.offer_help(help_for(error.code))
        return notice

    def toast(self, kind: Kind, title: str, hint: str = "", *actions: NoticeAction, subject: str = "") -> Notice:
        """Say for a moment what has gone well, over the picture. Nobody has to close it, or to have seen it."""
        self.withdraw(subject)
        return self._toasts.show(kind, title, hint, actions, subject)

    def tell(
        self, kind: Kind, title: str, hint: str = "", *actions: NoticeAction, details: str = "", subject: str = ""
    ) -> Notice:
        """Show a notice. It takes the place of an earlier one about the same `subject`."""
        notice = Notice(kind, title, hint, actions=actions, details=details, subject=subject)
        self.withdraw(subject)
        shown = self._bar.notices()
        for old in shown[_MOST - 1 :]:
            self._bar.remove(old)
        return self._bar.add(notice)

    def withdraw(self, subject: str) -> None:
        """Remove what is said about a subject, because it no longer applies."""
        for notice in self._all():
            if subject and notice.subject == subject:
                self.remove(notice)

    def withdraw_errors(self, is_over: Callable[[TopazdeskError], bool]) -> None:
        """Remove the notices of errors whose cause is gone."""
        for notice in self.shown():
            if notice.cause is not None and not notice.stands and is_over(notice.cause):
                self.remove(notice)

    def is_told(self, subject: str) -> bool:
        """Return whether a notice about this subject is on screen."""
        return any(notice.subject == subject for notice in self._all())

    def remove(self, notice: Notice) -> None:
        """Remove a notice that no longer applies."""
        if isinstance(notice, Toast):
            self._toasts.remove(notice)
        else:
            self._bar.remove(notice)

    def shown(self) -> list[Notice]:
        """Return the notices on screen, newest first."""
        return self._bar.notices()

    @property
    def toasted(self) -> Toast | None:
        """The toast on screen, if there is one."""
        return self._toasts.toast

    def told(self) -> list[Told]:
        """Return what is on screen, oldest first; the toast is the last."""
        toast = self.toasted
        return [
            Told(
                notice.kind,
                notice.title,
                notice.hint,
                notice.details,
                notice.subject,
                notice.cause,
                has_buttons=bool(notice.buttons),
                is_toast=notice is toast,
            )
            for notice in reversed(self._all())
        ]

    def take_over(self, told: Iterable[Told], retell: Callable[[str], str]) -> None:
        """Show what a window before this one told and this one has not, in the language of now.

        Errors are told anew, with their buttons, by whoever tells them. Other buttons belong to the window that is
        gone: what is told stays without them, but an offer of which nothing is left goes.
        """
        for each in told:
            title, hint = retell(each.title), retell(each.hint)
            if each.cause is not None or (each.subject and self.is_told(each.subject)):
                continue
            if each.is_toast:
                if self.toasted is None:
                    self.toast(each.kind, title, hint, subject=each.subject)
            elif title not in [notice.title for notice in self.shown()] and not (
                each.kind == "info" and each.has_buttons
            ):
                self.tell(each.kind, title, hint, details=each.details, subject=each.subject)

    def _all(self) -> list[Notice]:
        return [*([self._toasts.toast] if self._toasts.toast is not None else []), *self.shown()]


def kind_of(error: TopazdeskError) -> Kind:
    """Return the notice kind: amber for errors that wait or concern budget or account, red for the rest."""
    if isinstance(error, BudgetError) or error.retry is Retry.LATER:
        return "warn"
    return "warn" if isinstance(error, AccountError) else "err"
