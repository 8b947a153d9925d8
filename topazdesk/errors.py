"""The taxonomy of everything that can go wrong in front of a user.

Each error has a *title* (what happened), a *hint* (what to do, and what it means for money and files) and *details*
(technical, shown behind a button). Its family says who can fix it and decides the command line's exit code.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import ClassVar


class Family(StrEnum):
    """Who or what must change to fix an error."""

    USE = "use"  # the user's input: an option, a value, a file
    ACCOUNT = "account"  # the account: key, credits, budget
    SERVICE = "service"  # the service or the network
    COMPUTER = "computer"  # this computer: disk, permissions
    BUG = "bug"  # this program


class Retry(Enum):
    """When a retry of the same attempt may succeed."""

    NEVER = "never"  # not unless the user changes something
    LATER = "later"  # as soon as the cause goes away by itself
    ASK = "ask"  # only the user may decide: it may cost money again


EXIT_CODES: dict[Family, int] = {
    Family.USE: 2,
    Family.ACCOUNT: 3,
    Family.SERVICE: 4,
    Family.COMPUTER: 5,
    Family.BUG: 1,
}


def told(title: str, hint: str = "") -> str:
    """Return title and hint as sentences in one text, such as "No connection to Topaz. Nothing is lost."."""
    return f"{title.removesuffix('.')}. {hint}".strip()


class TopazdeskError(Exception):
    """Base of all errors that are shown to the user.

    The title has no full stop at the end (one that is given is removed); `told` makes sentences of title and hint.
    `code` is a stable dotted word for logs and support (`disk.read_only`), never the main text. `retry_after_s` is the
    delay in seconds that the service asked for, if it did.
    """

    family: ClassVar[Family] = Family.BUG

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        details: str = "",
        code: str = "",
        retry: Retry = Retry.NEVER,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title.removesuffix(".")
        self.hint = hint
        self.details = details
        self.code = code or f"{self.family}.{type(self).__name__.removesuffix('Error').lower()}"
        self.retry = retry
        self.retry_after_s = retry_after_s

    @property
    def exit_code(self) -> int:
        """The command line's exit code for this error."""
        return EXIT_CODES[self.family]


class UseError(TopazdeskError):
    """A wrong option, value, model or recipe."""

    family = Family.USE


class InputError(TopazdeskError):
    """A file that cannot be used: not a picture, damaged, over a limit, or unreadable."""

    family = Family.USE


class CatalogueError(TopazdeskError):
    """A broken catalogue file; the error names the file and the line."""

    family = Family.USE


class AccountError(TopazdeskError):
    """The key is missing or wrong, or the account lacks the permission or the subscription."""

    family = Family.ACCOUNT


class CreditError(AccountError):
    """Not enough credits at the service (402), or a top-up in progress (425, `Retry.LATER`)."""


class BudgetError(AccountError):
    """The user's own spending cap would be exceeded."""


class ServiceError(TopazdeskError):
    """The service answered with an error, or with something that is not an answer."""

    family = Family.SERVICE


class RejectedError(ServiceError):
    """The service refused the request (4xx): it certainly was not accepted and costs nothing."""


class NotFoundError(RejectedError):
    """The service does not know the job (404): it was deleted, or is older than the service keeps jobs."""


class NotReadyError(ServiceError):
    """The job is in the wrong state for the request (409): not ready, not cancellable, not deletable."""


class BusyError(ServiceError):
    """The service is busy (429 or 5xx), on a request that is free to repeat."""


class NetworkError(ServiceError):
    """No connection, or the connection broke. `sent`: some of the request may have left this computer."""

    def __init__(self, title: str, hint: str = "", *, details: str = "", code: str = "", sent: bool = False) -> None:
        super().__init__(title, hint, details=details, code=code, retry=Retry.LATER)
        self.sent = sent


class UnknownOutcomeError(ServiceError):
    """A paid request was sent, in full or in part, and its answer is unknown. It is never repeated blindly.

    `handed_over` is True if the whole body left this computer or may have: something on the way can then still deliver
    it, long after the connection broke. A body that was certainly cut short is not a complete request.
    """

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        details: str = "",
        code: str = "",
        retry: Retry = Retry.ASK,
        retry_after_s: float | None = None,
        handed_over: bool = True,
    ) -> None:
        super().__init__(title, hint, details=details, code=code, retry=retry, retry_after_s=retry_after_s)
        self.handed_over = handed_over


class KnownIdError(ServiceError):
    """The service gave a job the id that another job of this profile already has: it cannot be both."""


class ResultError(ServiceError):
    """A downloaded result is not what was ordered: truncated, undecodable, of the wrong size or format."""


class ComputerError(TopazdeskError):
    """A problem of this computer: disk full, folder gone or read-only, profile in use by another program."""

    family = Family.COMPUTER


class ProfileLostError(ComputerError):
    """The job list now belongs to another program, or is not the one that was opened: this program must stop."""


class BugError(TopazdeskError):
    """A mistake in this program: reported, never hidden."""

    family = Family.BUG
