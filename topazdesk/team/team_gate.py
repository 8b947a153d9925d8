"""The gate of a machine in a team: what concerns the account is shared with all, what concerns a key stays here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from topazdesk.domain.account import Account
from topazdesk.domain.job import JobError
from topazdesk.domain.ports import Clock
from topazdesk.engine.events import EventHub, QueuePaused
from topazdesk.engine.job_table import trouble_of
from topazdesk.engine.policy import InFlightLimit, Policy
from topazdesk.engine.sql import SqlConnection
from topazdesk.engine.submit_gate import SubmitGate
from topazdesk.errors import AccountError, BudgetError, Code, ComputerError, CreditError
from topazdesk.team import accounts

#: Changes an account in the database.
Share = Callable[[Callable[[SqlConnection], None]], None]
#: Changes its places there; what is handed over tells whether it has.
SharePlaces = Callable[[Callable[[SqlConnection], bool]], None]


class _SharedPlaces(InFlightLimit):
    """The places of an account, which all machines raise and lower together."""

    def __init__(self, account: Account, policy: Policy, share: Share, share_places: SharePlaces) -> None:
        super().__init__(policy)
        self._share_places = share_places
        self._account = str(account)
        self._policy = policy
        self._share = share

    def went_well(self) -> None:
        """Raise the number, because a submit was accepted."""
        self._share_places(lambda c: accounts.went_well(c, self._account, self._policy))

    def refused(self, now: float, quiet: float) -> None:  # noqa: ARG002 the database's clock counts
        """Lower the number because of a 429."""
        self._share(lambda c: accounts.refused(c, self._account, quiet))


class TeamGate(SubmitGate):
    """Whether this machine may do paid work. That the account may is asked in the transaction that begins a submit."""

    def __init__(self, events: EventHub, clock: Clock, policy: Policy) -> None:
        super().__init__(events, clock, policy)
        self._team_events = events
        self.paused_on = ""  # the machine on which somebody paused the queue
        self._team_policy = policy
        self._places: dict[Account, _SharedPlaces] = {}
        self._shared: dict[Account, JobError] = {}
        self._restored: JobError | None = None
        self.refused: dict[Account, AccountError] = {}  # why this machine's keys are of no use
        self.share: Share = lambda _: None
        self.share_places: SharePlaces = lambda _: None

    def stop(self, error: AccountError, account: Account, turn: int | None = None) -> bool:
        """Stop an account for all where its credits or the team's limit are used up.

        A refused key, and a limit of this machine's own, stop this machine only.
        """
        if self._is_outdated(turn, account):
            self.changed()
            return False
        if isinstance(error, CreditError) or error.code == Code.ACCOUNT_TEAM_CAP:
            why = trouble_of(error)
            self.share(lambda c: accounts.pause(c, str(account), why))
            return True
        if not isinstance(error, BudgetError):
            self._blocked[account] = error
        is_new = account not in self.refused or self.refused[account].code != error.code
        self.refused[account] = self._stopped[account] = error
        if is_new:
            self._team_events.emit(QueuePaused(True, error, account))
        self.changed()
        return True

    def let_go(self, account: Account) -> None:
        """Let what an account pays for go on, on all machines."""
        self.share(lambda c: accounts.resume(c, str(account)))
        self.accept(account)

    def open(self) -> None:
        """Let everything go on, on all machines."""
        self.share(accounts.resume)
        self._opened += 1
        for account in tuple(self.refused):
            self.accept(account)

    def accept(self, account: Account) -> None:
        """Let this machine go on: its key is of use by now."""
        self._let_on[account] += 1
        self._blocked.pop(account, None)
        was_refused = self.refused.pop(account, None) is not None
        if account not in self._shared:
            self._stopped.pop(account, None)
        if was_refused:
            self._tell()
        self.changed()

    def hold(self, account: Account, seconds: float) -> None:
        """Hold submits back on all machines."""
        self.share(lambda c: accounts.hold(c, str(account), seconds))

    def unhold(self, account: Account) -> None:
        """Submit again now."""
        self.share(lambda c: accounts.unhold(c, str(account)))

    def limit(self, account: Account) -> InFlightLimit:
        """Return the places of an account."""
        if account not in self._places:
            self._places[account] = _SharedPlaces(account, self._team_policy, self.share, self.share_places)
        return self._places[account]

    def heard(
        self, paused_on: str | None, paused: Mapping[Account, JobError], restored: JobError | None = None
    ) -> None:
        """Take over on which machine somebody paused the queue (None: nobody did), which accounts are, and whether the
        database may be older than what was sent."""
        was = self._by_user, self.paused_on, tuple(self._shared.items()), self._restored
        self._by_user, self.paused_on, self._shared = paused_on is not None, paused_on or "", dict(paused)
        self._restored = restored
        if was == (self._by_user, self.paused_on, tuple(self._shared.items()), restored):
            return
        self._reason = None if restored is None else _restored_error(restored)
        self._stopped = {account: _error(why) for account, why in paused.items()} | self.refused
        self._tell()
        self.changed()

    def _tell(self) -> None:
        self._team_events.emit(QueuePaused(self.is_paused, self.reason, self.stopped_by, self.paused_on))


def _restored_error(why: JobError) -> ComputerError:
    return ComputerError(why.title, why.hint, details=why.details, code=Code(why.code))


def _error(why: JobError) -> AccountError:
    kind = CreditError if why.code == Code.ACCOUNT_CREDITS else BudgetError if "cap" in why.code else AccountError
    return kind(why.title, why.hint, details=why.details, code=Code(why.code))
