"""Everything that can go wrong in front of a user, in one taxonomy.

Each error has a *title* (what happened), a *hint* (what to do, and what it means for money and files) and *details*
(technical, shown behind a button). The families follow who can mend it; the command line's exit code follows the family.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import ClassVar


class Family(StrEnum):
    """Who can mend it."""

    USE = "use"  # the user: a wrong word, value or file
    ACCOUNT = "account"  # the account: key, credits, budget
    SERVICE = "service"  # the service or the network
    COMPUTER = "computer"  # this computer: disk, rights
    BUG = "bug"  # us


class Retry(Enum):
    """When the same attempt may succeed."""

    NEVER = "never"  # not without a change by the user
    LATER = "later"  # by itself, when the cause goes away
    ASK = "ask"  # the user decides (it may cost again)


EXIT_CODES: dict[Family, int] = {
    Family.USE: 2,
    Family.ACCOUNT: 3,
    Family.SERVICE: 4,
    Family.COMPUTER: 5,
    Family.BUG: 1,
}


def told(title: str, hint: str = "") -> str:
    """Title and hint as sentences, for a place with room for one text: "No connection to Topaz. Nothing is lost."."""
    return f"{title.removesuffix('.')}. {hint}".strip()


class TopazdeskError(Exception):
    """Base of all errors that are shown.

    A title is no sentence and ends without a full stop, however it was given; `told` makes sentences of title and hint.
    `code` is a stable dotted word for logs and support (`disk.read_only`), never the main text.
    `retry_after_s` is the service's own wish in seconds where it gave one.
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
        """Exit code of the command line for this error (DESIGN: 2 use, 3 account, 4 service, 5 computer)."""
        return EXIT_CODES[self.family]


class UseError(TopazdeskError):
    """A wrong option, value, model or recipe."""

    family = Family.USE


class InputError(TopazdeskError):
    """A file that cannot be taken: not a picture, damaged, over a limit, unreadable."""

    family = Family.USE


class CatalogueError(TopazdeskError):
    """A catalogue file that is broken; names the file and the line."""

    family = Family.USE


class AccountError(TopazdeskError):
    """Key missing or wrong, no rights, no subscription."""

    family = Family.ACCOUNT


class CreditError(AccountError):
    """Too little credit at the service (402), or a top-up in progress (425, `Retry.LATER`)."""


class BudgetError(AccountError):
    """The user's own spending cap would be exceeded."""


class ServiceError(TopazdeskError):
    """The service answered with an error, or with something that is not an answer."""

    family = Family.SERVICE


class RejectedError(ServiceError):
    """The service certainly refused the request (4xx): it was not accepted and costs nothing."""


class NotFoundError(RejectedError):
    """The service does not know the job (404): deleted, or older than its 7 days."""


class NotReadyError(ServiceError):
    """409: not ready, not cancellable, not deletable."""


class BusyError(ServiceError):
    """429 or 5xx on a request that costs nothing to repeat."""


class NetworkError(ServiceError):
    """No connection, or the connection broke. `sent` tells how far a submit had got."""

    def __init__(self, title: str, hint: str = "", *, details: str = "", code: str = "", sent: bool = False) -> None:
        super().__init__(title, hint, details=details, code=code, retry=Retry.LATER)
        self.sent = sent


class UnknownOutcomeError(ServiceError):
    """A paid request was sent, wholly or in part, and its answer is unknown. Never repeated blindly.

    `handed_over`: whether the whole body left this computer, or may have. Something on the way can then still deliver it
    long after the connection broke; a body that was certainly cut short is no complete request.
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
    """The service's number for a job is that of another job of this profile: it cannot be both."""


class ResultError(ServiceError):
    """A downloaded result is not what was promised: truncated, undecodable, wrong size or format."""


class ComputerError(TopazdeskError):
    """This computer: disk full, folder gone or read-only, another program holds the profile."""

    family = Family.COMPUTER


class ProfileLostError(ComputerError):
    """The job list belongs to another program now, or is not the one that was opened: this program must stop."""


class BugError(TopazdeskError):
    """A broken promise inside the program: reported, never hidden."""

    family = Family.BUG
