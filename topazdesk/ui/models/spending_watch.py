"""Keep track of what was spent today, where there is a daily limit; without one nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.account import Account
from topazdesk.domain.affordable import unsent_price
from topazdesk.domain.day_limit import DayLimit, Whose
from topazdesk.domain.days import day_start
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.spending_limits import SpendingLimits
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.work import Spawn

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext
    from topazdesk.engine.events import Event

#: Thousands of jobs that change within this time cause one query.
_SOON_MS = 250


class LimitsWatch(QObject):
    """Knows the limits that hold and what was spent today. `changed` is emitted when either is different."""

    changed = Signal()

    def __init__(self, context: AppContext, spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._spawn = spawn
        self._nearest: dict[Account, DayLimit | None] = {}  # of those for today the one that leaves least
        self._earlier: dict[ServiceName, int] = {}  # valid until a job of the service changes
        self._budget: tuple[int, Unit] | None = None  # of the next runs, beside the limits in the settings
        self._caps = self._read_caps()
        self._day = 0.0
        self._open: set[Account] = set()  # what will be asked about next
        self._asked: set[Account] = set()  # what is being asked about
        self._timer = Debounce(_SOON_MS, lambda: self._spawn("spent today", self._ask()), self)
        self._unsubscribe = context.events.subscribe(self._on_event)

    def stop(self) -> None:
        """Stop listening and asking."""
        self._unsubscribe()
        self._timer.stop()

    def limits(self, service: ServiceName) -> SpendingLimits:
        """Return the limits that apply to a service now."""
        account, day = self._context.account(service), None
        run, own = self._caps[service.unit]
        run_is_set, day_is_set = self._context.sets_caps(service.unit)
        if self._budget is not None and self._budget[1] is service.unit and (run is None or self._budget[0] < run):
            run, run_is_set = self._budget[0], False
        if self._has_day_limit(account):
            today = day_start(self._context.clock.now())
            if self._day != today:
                self._day = today
                self._nearest = {}
            if account not in self._nearest:
                self._look(account)
                day = None if own is None else DayLimit(Whose.ORGANISATION if day_is_set else Whose.USER, own)
            day = self._nearest.get(account, day)
        if service not in self._earlier:
            self._earlier[service] = unsent_price(self._context.engine.unfinished(), service)
        earlier = self._earlier[service]
        if day is None:
            return SpendingLimits(run, None, 0, service.unit, earlier, run_is_set=run_is_set)
        return SpendingLimits(run, day.amount, day.used, service.unit, earlier, run_is_set=run_is_set, whose=day.whose)

    def _has_day_limit(self, account: Account) -> bool:
        """Tell whether there may be a limit for today; that of a team is known to the engine alone."""
        own = self._context.accounts.known(account).day_cap
        return bool(own) or self._context.is_team or self._caps[account.service.unit][1] is not None

    def set_budget(self, amount: int | None, unit: Unit) -> None:
        """Limit what each of the next runs may cost, in units of `unit`; None for no limit beside the settings."""
        self._budget = None if amount is None else (amount, unit)

    def settings_changed(self) -> None:
        """Read the limits again, as the settings have changed."""
        caps = self._read_caps()
        if caps != self._caps:
            self._caps = caps
            self._look(*self._nearest)
            self.changed.emit()

    def _look(self, *accounts: Account) -> None:
        """Ask soon what was spent from these accounts."""
        self._open.update(accounts)
        self._timer.soon()

    def _read_caps(self) -> dict[Unit, tuple[int | None, int | None]]:
        return {unit: self._context.caps(unit) for unit in Unit}

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import JobAdded, JobChanged, LimitsChanged

        if isinstance(event, LimitsChanged):  # here, or by another program
            self._caps, self._nearest = self._read_caps(), {}
            self.changed.emit()
        if isinstance(event, JobAdded | JobChanged):
            service = event.job.recipe.service
            self._earlier.pop(service, None)
            known = self._nearest.keys() | self._asked  # an answer under way may be about what was before
            self._look(*(account for account in known if account.service.unit is service.unit))

    async def _ask(self) -> None:
        if self._asked:  # one question after the other: an answer never replaces a younger one
            return
        self._asked, self._open = self._open, set()
        try:
            for account in tuple(self._asked):
                known = self._nearest
                nearest = next(iter(await self._context.engine.day_limits(account)), None)
                if known is not self._nearest:
                    continue  # other limits hold since, or it is another day: who wants to know asks anew
                if account not in known or known[account] != nearest:
                    known[account] = nearest
                    self.changed.emit()
        finally:
            self._asked = set()
            if self._open:
                self._timer.soon()
