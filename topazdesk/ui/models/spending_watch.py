"""Keep track of what was spent today, if the user has set a daily limit; without one nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.affordable import unsent_price
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

Purse = tuple[Unit, bool]  # the unit, and whether it is play money


class LimitsWatch(QObject):
    """Knows the user's limits and what was spent today. `changed` is emitted when either is different."""

    changed = Signal()

    def __init__(self, context: AppContext, spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._spawn = spawn
        self._used: dict[Purse, int] = {}
        self._earlier: dict[ServiceName, int] = {}  # valid until a job of the service changes
        self._budget: tuple[int, Unit] | None = None  # of the next runs, beside the limits in the settings
        self._caps = self._read_caps()
        self._day = 0.0
        self._open: set[Purse] = set()  # what will be asked about next
        self._timer = Debounce(_SOON_MS, lambda: self._spawn("spent today", self._ask()), self)
        self._unsubscribe = context.events.subscribe(self._on_event)

    def stop(self) -> None:
        """Stop listening and asking."""
        self._unsubscribe()
        self._timer.stop()

    def limits(self, service: ServiceName) -> SpendingLimits:
        """Return the limits that apply to a service now."""
        purse = (service.unit, service.traits.is_free)
        run, day = self._caps[service.unit]
        run_is_set, day_is_set = self._context.sets_caps(service.unit)
        if self._budget is not None and self._budget[1] is service.unit and (run is None or self._budget[0] < run):
            run, run_is_set = self._budget[0], False
        if day is not None:
            today = day_start(self._context.clock.now())
            if self._day != today:
                self._day = today
                self._used = {}
            if purse not in self._used:
                self._look(purse)
        if service not in self._earlier:
            self._earlier[service] = unsent_price(self._context.engine.unfinished(), service)
        used, earlier = self._used.get(purse, 0), self._earlier[service]
        return SpendingLimits(run, day, used, service.unit, earlier, run_is_set=run_is_set, day_is_set=day_is_set)

    def set_budget(self, amount: int | None, unit: Unit) -> None:
        """Limit what each of the next runs may cost, in units of `unit`; None for no limit beside the settings."""
        self._budget = None if amount is None else (amount, unit)

    def settings_changed(self) -> None:
        """Read the limits again, as the settings have changed."""
        caps = self._read_caps()
        if caps != self._caps:
            self._caps = caps
            self._look(*self._used)
            self.changed.emit()

    def _look(self, *purses: Purse) -> None:
        """Ask soon what was spent from these purses."""
        self._open.update(purses)
        self._timer.soon()

    def _read_caps(self) -> dict[Unit, tuple[int | None, int | None]]:
        return {unit: self._context.caps(unit) for unit in Unit}

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import JobAdded, JobChanged

        if isinstance(event, JobAdded | JobChanged):
            service = event.job.recipe.service
            self._earlier.pop(service, None)
            if self._caps[service.unit][1] is not None:
                self._look((service.unit, service.traits.is_free))

    async def _ask(self) -> None:
        wanted, self._open = self._open, set()
        for purse in wanted:
            used = await self._context.engine.spent_today(purse[0], is_play=purse[1])
            if self._used.get(purse) != used:
                self._used[purse] = used
                self.changed.emit()
