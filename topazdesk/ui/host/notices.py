"""Turns errors and news into notices above the viewer. Nothing is ever a message box."""

from __future__ import annotations

from collections.abc import Callable

from topazdesk.errors import AccountError, BudgetError, Retry, TopazdeskError
from topazdesk.ui.controls import Notice, NoticeAction, NoticeBar
from topazdesk.ui.controls.notice import Kind

_MOST = 4

#: Gives the buttons that fit an error.
Remedies = Callable[[TopazdeskError], tuple[NoticeAction, ...]]


class Notices:
    """The only way to tell the user something. The newest is on top; the oldest makes room after four."""

    def __init__(self, bar: NoticeBar, remedies: Remedies = lambda _error: ()) -> None:
        self._bar = bar
        self._remedies = remedies

    def error(self, error: TopazdeskError, *actions: NoticeAction) -> Notice:
        """A notice with the error's title, hint, remedy and details."""
        return self.tell(
            kind_of(error),
            error.title,
            error.hint,
            *(actions or self._remedies(error)),
            details="\n".join(part for part in (error.details, f"code {error.code}") if part) if error.details else "",
        )

    def tell(self, kind: Kind, title: str, hint: str = "", *actions: NoticeAction, details: str = "") -> Notice:
        """Any notice."""
        shown = self._bar.notices()
        for old in shown[_MOST - 1 :]:
            self._bar.remove(old)
        return self._bar.add(Notice(kind, title, hint, actions=actions, details=details))

    def remove(self, notice: Notice) -> None:
        """Take one away that has nothing to say any more."""
        self._bar.remove(notice)

    def shown(self) -> list[Notice]:
        """What is shown, newest first."""
        return self._bar.notices()


def kind_of(error: TopazdeskError) -> Kind:
    """Amber for what waits or only needs the account mended, red for the rest."""
    if isinstance(error, BudgetError) or error.retry is Retry.LATER:
        return "warn"
    return "warn" if isinstance(error, AccountError) else "err"
