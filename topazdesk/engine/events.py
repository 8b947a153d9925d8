"""The events that the engine sends to its listeners: frozen, delivered in order on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job
from topazdesk.domain.ports import Balance
from topazdesk.errors import TopazdeskError


@dataclass(frozen=True, slots=True)
class JobAdded:
    """A new job was written to disk."""

    job: Job


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job changed; the change is already on disk."""

    job: Job


@dataclass(frozen=True, slots=True)
class JobsCleared:
    """Jobs from earlier runs of the program were cleared from the list."""

    job_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class JobProgress:
    """Progress of a job within its current state.

    `percent` is 0 to 100 of this stage, or None where the total is unknown. The byte counts are set during transfers.
    """

    job_id: str
    percent: float | None
    bytes_done: int | None = None
    bytes_total: int | None = None


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """The account's credits, as the service last reported them."""

    account: Account
    balance: Balance


@dataclass(frozen=True, slots=True)
class QueuePaused:
    """The queue stopped or resumed; `reason` is None when the user did it.

    With an `account` only what that account pays for has stopped. `by` is the machine of a team on which the user is.
    """

    paused: bool
    reason: TopazdeskError | None = None
    account: Account | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class LineChanged:
    """The line to the team's database is down, because of `error`, or up again."""

    error: TopazdeskError | None = None


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """Somebody has set another limit: for a run or a day, for an account, or for a team."""


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """An account has another key, name or limit, or `is_used`: new jobs of its service belong to it from now on."""

    account: Account
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class EngineError:
    """A problem to report that belongs to no single job."""

    error: TopazdeskError


Event = (
    JobAdded
    | JobChanged
    | JobsCleared
    | JobProgress
    | BalanceChanged
    | QueuePaused
    | AccountChanged
    | EngineError
    | LineChanged
    | LimitsChanged
)
Listener = Callable[[Event], None]


class EventHub:
    """Delivers events to listeners.

    An exception in a listener is a bug of that listener. It goes to the loop's exception handler, so that it is not
    swallowed and cannot stop a job half-way.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; return a function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, event: Event) -> None:
        """Deliver an event to all listeners, in the order in which they subscribed."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 reported to the loop
                report = {"message": f"a listener failed on {type(event).__name__}", "exception": error}
                asyncio.get_running_loop().call_exception_handler(report)
