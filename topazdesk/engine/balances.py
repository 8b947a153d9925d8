"""The account's credits: asked for when they have probably changed, but seldom."""

from __future__ import annotations

from collections.abc import Callable

from topazdesk.domain.ports import Balance
from topazdesk.domain.services import ServiceName
from topazdesk.engine.bell import Bell
from topazdesk.engine.events import BalanceChanged
from topazdesk.engine.events import Trouble as TroubleEvent
from topazdesk.engine.parts import Parts
from topazdesk.engine.supervisor import as_shown
from topazdesk.errors import CreditError, TopazdeskError


class Balances:
    """Keeps the last known balance of each service.

    `refilled` is called with every balance that arrives while the queue waits for credits.
    """

    def __init__(self, parts: Parts, refilled: Callable[[ServiceName, Balance], None]) -> None:
        self._p = parts
        self._refilled = refilled
        self._wanted: set[ServiceName] = set()
        self._last: dict[ServiceName, Balance] = {}
        self._seen: set[ServiceName] = set()
        self._bell = Bell("balance", parts.clock, parts.supervisor)

    def want(self, service: ServiceName) -> None:
        """Ask soon: the credits of this service have changed."""
        self._wanted.add(service)
        self._seen.add(service)
        self._bell.ring()

    def watch(self, service: ServiceName) -> None:
        """Check an empty account from time to time, until it has been refilled."""
        self._seen.add(service)
        self._bell.ring()

    async def refresh(self, name: ServiceName) -> Balance:
        """Ask now and return the balance. Raises what the service raises."""
        service = await self._p.services.get(name)
        balance = await service.balance()
        self._seen.add(name)
        if self._last.get(name) != balance:
            self._last[name] = balance
            self._p.events.emit(BalanceChanged(name, balance))
        if isinstance(self._p.gate.reason, CreditError):
            self._refilled(name, balance)
        return balance

    async def run(self) -> None:
        """Answer `want`, and check an empty account from time to time. Runs until cancelled."""
        while True:
            empty = isinstance(self._p.gate.reason, CreditError)
            await self._bell.wait(self._p.policy.credit_check if empty else None)
            wanted = set(self._wanted)
            self._wanted.clear()
            if empty:  # as it was before the wait: an account just found empty is not asked again at once
                wanted |= self._seen
            for name in wanted:
                if self._p.gate.is_blocked(name):
                    continue
                try:
                    await self.refresh(name)
                except TopazdeskError:
                    continue  # reported with the jobs that need the service; the next change asks again
                except Exception as error:  # noqa: BLE001 a bug must not end this loop
                    self._p.events.emit(TroubleEvent(as_shown(error)))
            await self._p.clock.sleep(self._p.policy.balance_apart)
