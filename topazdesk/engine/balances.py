"""The account's credits: asked for when they have probably changed, but seldom."""

from __future__ import annotations

from collections.abc import Callable

from topazdesk.domain.ports import Balance
from topazdesk.domain.services import ServiceName
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import BalanceChanged, EngineError
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.wake_event import WakeEvent
from topazdesk.errors import CreditError, TopazdeskError


class Balances:
    """Keeps the last known balance of each service.

    `refilled` is called with every balance that arrives while the queue waits for credits.
    """

    def __init__(self, context: EngineContext, refilled: Callable[[ServiceName, Balance], None]) -> None:
        self._context = context
        self._refilled = refilled
        self._wanted: set[ServiceName] = set()
        self._last: dict[ServiceName, Balance] = {}
        self._seen: set[ServiceName] = set()
        self._wake = WakeEvent("balance", context.clock, context.supervisor)

    def want(self, service: ServiceName) -> None:
        """Ask soon: the credits of this service have changed."""
        self._wanted.add(service)
        self._seen.add(service)
        self._wake.ring()

    def watch(self, service: ServiceName) -> None:
        """Check an empty account from time to time, until it has been refilled."""
        self._seen.add(service)
        self._wake.ring()

    async def refresh(self, name: ServiceName) -> Balance:
        """Ask now and return the balance. Raises what the service raises."""
        service = await self._context.services.get(name)
        balance = await service.balance()
        self._seen.add(name)
        if self._last.get(name) != balance:
            self._last[name] = balance
            self._context.events.emit(BalanceChanged(name, balance))
        if isinstance(self._context.gate.reason, CreditError):
            self._refilled(name, balance)
        return balance

    async def run(self) -> None:
        """Answer `want`, and check an empty account from time to time. Runs until cancelled."""
        while True:
            empty = isinstance(self._context.gate.reason, CreditError)
            await self._wake.wait(self._context.policy.empty_account_check_s if empty else None)
            wanted = set(self._wanted)
            self._wanted.clear()
            if empty:  # as it was before the wait: an account just found empty is not asked again at once
                wanted |= self._seen
            for name in wanted:
                if self._context.gate.is_blocked(name):
                    continue
                try:
                    await self.refresh(name)
                except TopazdeskError:
                    continue  # reported with the jobs that need the service; the next change asks again
                except Exception as error:  # noqa: BLE001 a bug must not end this loop
                    self._context.events.emit(EngineError(as_shown(error)))
            await self._context.clock.sleep(self._context.policy.balance_interval_s)
