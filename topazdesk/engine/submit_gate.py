"""Whether paid work may begin: pauses by the user or the account, connections that are down, and how much at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from topazdesk.domain.account import Account
from topazdesk.domain.ports import Clock
from topazdesk.engine.events import EventHub, QueuePaused
from topazdesk.engine.policy import InFlightLimit, Policy
from topazdesk.errors import (
    AccountError,
    BudgetError,
    Code,
    ComputerError,
    CreditError,
    ProfileLostError,
    TopazdeskError,
)


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
        self._blocked: dict[Account, AccountError] = {}  # whose calls are all pointless
        self._holds: dict[Account, tuple[float, float]] = {}  # since, until
        self._limits: dict[Account, InFlightLimit] = {}
        self._stopped: dict[Account, AccountError] = {}  # what each of these pays for waits, and nothing else
        self._opened = 0
        self._let_on: Counter[Account] = Counter()
        self.changed: Callable[[], None] = lambda: None

    @property
    def is_paused(self) -> bool:
        """Whether new paid work, or that of an account, is stopped for a reason that does not pass by waiting."""
        return self.stops_all or bool(self._stopped)

    @property
    def stops_all(self) -> bool:
        """Whether nothing at all is paid, whichever account would pay."""
        return self._by_user or self._reason is not None

    def stops(self, account: Account) -> bool:
        """Tell whether nothing is paid from this account for a reason that does not pass by waiting."""
        return self.stops_all or account in self._stopped

    @property
    def by_user(self) -> bool:
        """Whether the user paused the queue."""
        return self._by_user

    @property
    def reason(self) -> TopazdeskError | None:
        """Why an account, or another program, stopped the queue; else None."""
        return self._reason or next(iter(self._stopped.values()), None)

    @property
    def stopped_by(self) -> Account | None:
        """The account that is the reason, the first of several; else None."""
        return None if self._reason is not None else next(iter(self._stopped), None)

    @property
    def stopped(self) -> dict[Account, AccountError]:
        """Why what each of these accounts pays for has stopped."""
        return dict(self._stopped)

    @property
    def is_lost(self) -> bool:
        """Whether another program has taken over the profile: nothing continues here, whatever the user says."""
        return self._is_lost

    def lose(self, error: ProfileLostError) -> None:
        """Stop everything for good. Listeners are told once."""
        if not self._is_lost:
            self._is_lost = True
            self._reason = error
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
            self._events.emit(QueuePaused(True, damage))
        self.changed()

    def pause_by_user(self) -> None:
        """Stop new submits."""
        self._by_user = True
        self._events.emit(QueuePaused(True))
        self.changed()

    def turn(self, account: Account) -> int:
        """Return how often what an account pays for was let go on, for `stop`. Ask before the key is taken."""
        return self._opened + self._let_on[account]

    def _is_outdated(self, turn: int | None, account: Account) -> bool:
        """Tell whether an answer is to what was asked before the account was let go on, perhaps with another key."""
        return turn is not None and turn != self.turn(account)

    def stop(self, error: AccountError, account: Account, turn: int | None = None) -> bool:
        """Stop what an account pays for; for a limit of the user's that holds for all accounts, stop everything.

        Unless it is only about money, all calls with the account's key stop. Listeners are told once. Where the account
        was let go on after the `turn` of the question nothing stops: whether it is so still, the next answer tells.
        Return whether it counts.
        """
        if self._is_outdated(turn, account):
            self.changed()
            return False
        if not isinstance(error, CreditError | BudgetError):
            self._blocked[account] = error
        if self._is_lost:
            pass
        elif isinstance(error, BudgetError) and error.code != Code.ACCOUNT_OWN_CAP:
            if self._reason is None or self._reason.code != error.code:
                self._reason = error
                self._events.emit(QueuePaused(True, error))
        elif account not in self._stopped or self._stopped[account].code != error.code:
            self._stopped[account] = error
            self._events.emit(QueuePaused(True, error, account))
        self.changed()
        return True

    def let_go(self, account: Account) -> None:
        """Let what an account pays for go on: it has been refilled, or has a key again."""
        self._let_on[account] += 1
        self._blocked.pop(account, None)
        self._holds.pop(account, None)
        if self._stopped.pop(account, None) is not None and not self.is_paused:
            self._events.emit(QueuePaused(False))
        self.changed()

    def open(self) -> None:
        """Let the queue go on, whatever stopped it, except when another program has taken over the profile."""
        if self._is_lost:
            return
        was_paused = self.is_paused
        self._opened += 1
        self._by_user = False
        self._reason = None
        self._stopped.clear()
        self._blocked.clear()
        self._holds.clear()
        if was_paused:
            self._events.emit(QueuePaused(False))
        self.changed()

    def is_blocked(self, account: Account) -> bool:
        """Tell whether calls with an account's key are pointless until the user has fixed the account."""
        return self._is_lost or account in self._blocked

    def hold(self, account: Account, seconds: float) -> None:
        """Hold submits from an account back for a while, so that other jobs need not fail as one just did."""
        now = self._clock.now()
        self._holds[account] = (now, now + max(seconds, self.held_for(account)))

    def unhold(self, account: Account) -> None:
        """Submit from the account again now, because the user wants that."""
        self._holds.pop(account, None)

    def held_for(self, account: Account) -> float:
        """Return the seconds until submits may go on, 0 for now. A clock that was set back does not hold for ever."""
        since, until = self._holds.get(account, (0.0, 0.0))
        now = self._clock.now()
        return until - now if since - 1.0 <= now < until else 0.0

    def limit(self, account: Account) -> InFlightLimit:
        """Return the adaptive limit on jobs in flight from an account."""
        return self._limits.setdefault(account, InFlightLimit(self._policy))
