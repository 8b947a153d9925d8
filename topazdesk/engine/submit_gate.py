"""Whether paid work may begin: pauses by the user or the account, connections that are down, and how much at once."""

from __future__ import annotations

from collections.abc import Callable

from topazdesk.domain.ports import Clock
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import EventHub, QueuePaused
from topazdesk.engine.policy import InFlightLimit, Policy
from topazdesk.errors import AccountError, BudgetError, ComputerError, CreditError, ProfileLostError, TopazdeskError


class SubmitGate:
    """Decides whether the queue may submit. `changed` is called when that may have changed."""

    def __init__(self, events: EventHub, clock: Clock, policy: Policy) -> None:
        self._events = events
        self._clock = clock
        self._policy = policy
        self._by_user = False
        self._is_lost = False
        self._is_checking = False
        self._reason: TopazdeskError | None = None
        self._blocked: dict[ServiceName, AccountError] = {}
        self._holds: dict[ServiceName, tuple[float, float]] = {}  # since, until
        self._limits: dict[ServiceName, InFlightLimit] = {}
        self.stopped_by: ServiceName | None = None  # the service whose account is the reason
        self.changed: Callable[[], None] = lambda: None

    @property
    def is_paused(self) -> bool:
        """Whether new paid work is stopped for a reason that does not pass by waiting."""
        return self._by_user or self._reason is not None

    @property
    def by_user(self) -> bool:
        """Whether the user paused the queue."""
        return self._by_user

    @property
    def reason(self) -> TopazdeskError | None:
        """Why the account, or another program, stopped the queue; else None."""
        return self._reason

    @property
    def is_lost(self) -> bool:
        """Whether another program has taken over the profile: nothing continues here, whatever the user says."""
        return self._is_lost

    def lose(self, error: ProfileLostError) -> None:
        """Stop everything for good. Listeners are told once."""
        if not self._is_lost:
            self._is_lost = True
            self._reason = error
            self.stopped_by = None
            self._events.emit(QueuePaused(True, error))
            self.changed()

    @property
    def is_checking(self) -> bool:
        """Whether the job list is still being checked: nothing is paid before that is done."""
        return self._is_checking

    def begin_check(self) -> None:
        """Note that the check of the job list has begun."""
        self._is_checking = True

    def end_check(self, damage: ComputerError | None) -> None:
        """Note that the check is over. With a damaged list nothing is paid before the user says so."""
        self._is_checking = False
        if damage is not None and self._reason is None:
            self._reason = damage
            self.stopped_by = None
            self._events.emit(QueuePaused(True, damage))
        self.changed()

    def pause_by_user(self) -> None:
        """Stop new submits."""
        self._by_user = True
        self._events.emit(QueuePaused(True))
        self.changed()

    def stop(self, error: AccountError, service: ServiceName) -> None:
        """Stop the queue for a reason of the account. Listeners are told once.

        Unless it is only about money, all calls to that service stop.
        """
        if not isinstance(error, CreditError | BudgetError):
            self._blocked[service] = error
        if not self._is_lost and (self._reason is None or self._reason.code != error.code):
            self._reason = error
            self.stopped_by = service
            self._events.emit(QueuePaused(True, error))
        self.changed()

    def open(self) -> None:
        """Let the queue go on, whatever stopped it, except when another program has taken over the profile."""
        if self._is_lost:
            return
        was_paused = self.is_paused
        self._by_user = False
        self._reason = None
        self._blocked.clear()
        self._holds.clear()
        if was_paused:
            self._events.emit(QueuePaused(False))
        self.changed()

    def is_blocked(self, service: ServiceName) -> bool:
        """Tell whether calls to a service are pointless until the user has fixed the account."""
        return self._is_lost or service in self._blocked

    def hold(self, service: ServiceName, seconds: float) -> None:
        """Hold submits to a service back for a while, so that other jobs need not fail as one just did."""
        now = self._clock.now()
        self._holds[service] = (now, now + max(seconds, self.held_for(service)))

    def unhold(self, service: ServiceName) -> None:
        """Submit to the service again now, because the user wants that."""
        self._holds.pop(service, None)

    def held_for(self, service: ServiceName) -> float:
        """Return the seconds until submits may go on, 0 for now. A clock that was set back does not hold for ever."""
        since, until = self._holds.get(service, (0.0, 0.0))
        now = self._clock.now()
        return until - now if since - 1.0 <= now < until else 0.0

    def limit(self, service: ServiceName) -> InFlightLimit:
        """Return the adaptive limit on jobs in flight at a service."""
        return self._limits.setdefault(service, InFlightLimit(self._policy))
