"""What the engine tells its listeners: frozen events, delivered on the event loop, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from topazdesk.domain.job import Job
from topazdesk.domain.ports import Balance
from topazdesk.domain.services import ServiceName
from topazdesk.errors import TopazdeskError


@dataclass(frozen=True, slots=True)
class JobAdded:
    """A job is on disk."""

    job: Job


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job changed its state (already on disk)."""

    job: Job


@dataclass(frozen=True, slots=True)
class JobsCleared:
    """Jobs that were over before this run were taken off the list."""

    job_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class JobProgress:
    """News within a state: `percent` 0 to 100 of this stage, or None where the amount is unknown; bytes where it moves bytes."""

    job_id: str
    percent: float | None
    bytes_done: int | None = None
    bytes_total: int | None = None


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """The account's credits as the service said last."""

    service: ServiceName
    balance: Balance


@dataclass(frozen=True, slots=True)
class QueuePaused:
    """The queue stopped or goes on; `reason` None when the user did it."""

    paused: bool
    reason: TopazdeskError | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something to tell that belongs to no single job."""

    error: TopazdeskError


Event = JobAdded | JobChanged | JobsCleared | JobProgress | BalanceChanged | QueuePaused | Trouble
Listener = Callable[[Event], None]


class EventHub:
    """Hands events to listeners. A listener's failure is the listener's bug: reported to the loop's exception handler, so
    that it is neither swallowed nor able to stop a job half-way.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener; returns the function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, event: Event) -> None:
        """Delivers an event to all listeners, in the order they subscribed."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 reported
                report = {"message": f"a listener failed on {type(event).__name__}", "exception": error}
                asyncio.get_running_loop().call_exception_handler(report)
