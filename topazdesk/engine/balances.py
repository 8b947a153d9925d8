"""The account's credits, asked when they have moved: seldom, and never twice for one reason."""

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
    """Keeps the last balance of each service. `refilled` is called with a balance while the queue waits for credits."""

    def __init__(self, parts: Parts, refilled: Callable[[ServiceName, Balance], None]) -> None:
        self._p = parts
        self._refilled = refilled
        self._wanted: set[ServiceName] = set()
        self._last: dict[ServiceName, Balance] = {}
        self._seen: set[ServiceName] = set()
        self._bell = Bell("balance", parts.clock, parts.supervisor)

    def want(self, service: ServiceName) -> None:
        """The credits of a service have moved: ask soon."""
        self._wanted.add(service)
        self._seen.add(service)
        self._bell.ring()

    def watch(self, service: ServiceName) -> None:
        """The account of a service is empty: look at it now and then, until it is refilled."""
        self._seen.add(service)
        self._bell.ring()

    async def refresh(self, name: ServiceName) -> Balance:
        """Asks now. Raises what the service raises."""
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
        """Answers `want`, and looks at an empty account now and then; works until it is cancelled."""
        while True:
            empty = isinstance(self._p.gate.reason, CreditError)
            await self._bell.wait(self._p.policy.credit_check if empty else None)
            wanted = set(self._wanted)
            self._wanted.clear()
            if empty:  # before the wait: an account that was just found empty is not asked in the same breath
                wanted |= self._seen
            for name in wanted:
                if self._p.gate.is_blocked(name):
                    continue
                try:
                    await self.refresh(name)
                except TopazdeskError:
                    continue  # shown with the jobs that need the service; the number is asked again with the next one
                except Exception as error:  # noqa: BLE001 a bug must not end the asking
                    self._p.events.emit(TroubleEvent(as_shown(error)))
            await self._p.clock.sleep(self._p.policy.balance_apart)
