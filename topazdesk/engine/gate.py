"""Whether paid work may begin: pauses by the user, by the account, by a connection that is down, and how much at once."""

from __future__ import annotations

from collections.abc import Callable

from topazdesk.domain.ports import Clock
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import EventHub, QueuePaused
from topazdesk.engine.policy import InFlightLimit, Policy
from topazdesk.errors import AccountError, BudgetError, ComputerError, CreditError, ProfileLostError, TopazdeskError


class Gate:
    """The queue's gate. `changed` is called when it opens or closes."""

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
        self.stopped_by: ServiceName | None = None  # whose account gave the reason
        self.changed: Callable[[], None] = lambda: None

    @property
    def is_paused(self) -> bool:
        """No new paid work, for a reason that does not go away by waiting."""
        return self._by_user or self._reason is not None

    @property
    def by_user(self) -> bool:
        """Paused by the user."""
        return self._by_user

    @property
    def reason(self) -> TopazdeskError | None:
        """Why the account, or another program, stopped the queue, or None."""
        return self._reason

    @property
    def is_lost(self) -> bool:
        """Whether the profile is another program's: nothing goes on here, whatever the user says."""
        return self._is_lost

    def lose(self, error: ProfileLostError) -> None:
        """Stops everything, for good. Told once."""
        if not self._is_lost:
            self._is_lost, self._reason, self.stopped_by = True, error, None
            self._events.emit(QueuePaused(True, error))
            self.changed()

    @property
    def is_checking(self) -> bool:
        """Whether the job list is still being looked at: nothing is paid before."""
        return self._is_checking

    def begin_check(self) -> None:
        """The look at the job list begins."""
        self._is_checking = True

    def end_check(self, damage: ComputerError | None) -> None:
        """It is over; where the list is damaged nothing is paid before the user says so."""
        self._is_checking = False
        if damage is not None and self._reason is None:
            self._reason, self.stopped_by = damage, None
            self._events.emit(QueuePaused(True, damage))
        self.changed()

    def pause_by_user(self) -> None:
        """Stops new submits."""
        self._by_user = True
        self._events.emit(QueuePaused(True))
        self.changed()

    def stop(self, error: AccountError, service: ServiceName) -> None:
        """Stops the queue for a reason of the account; a wrong key stops all calls to that service. Told once."""
        if not isinstance(error, CreditError | BudgetError):
            self._blocked[service] = error
        if not self._is_lost and (self._reason is None or self._reason.code != error.code):
            self._reason, self.stopped_by = error, service
            self._events.emit(QueuePaused(True, error))
        self.changed()

    def open(self) -> None:
        """Lets the queue go on, whatever stopped it; a profile that is another program's stays stopped."""
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
        """Whether calls to a service make no sense before the user has mended the account."""
        return self._is_lost or service in self._blocked

    def hold(self, service: ServiceName, seconds: float) -> None:
        """No submits to a service for a while: what one job learnt the hard way the others need not."""
        now = self._clock.now()
        self._holds[service] = (now, now + max(seconds, self.held_for(service)))

    def unhold(self, service: ServiceName) -> None:
        """The user wants it tried now."""
        self._holds.pop(service, None)

    def held_for(self, service: ServiceName) -> float:
        """Seconds until submits may go on, 0 for now. A clock that was set back does not hold for ever."""
        since, until = self._holds.get(service, (0.0, 0.0))
        now = self._clock.now()
        return until - now if since - 1.0 <= now < until else 0.0

    def limit(self, service: ServiceName) -> InFlightLimit:
        """The adaptive limit of a service."""
        return self._limits.setdefault(service, InFlightLimit(self._policy))
