"""The account's credits: asked for when they have probably changed, but seldom."""

from __future__ import annotations

from collections.abc import Callable

from topazdesk.domain.account import Account
from topazdesk.domain.ports import Balance
from topazdesk.domain.questions import Questions
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import BalanceChanged, EngineError
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.wake_event import WakeEvent
from topazdesk.errors import CreditError, TopazdeskError


class Balances:
    """Keeps the last known balance of each account.

    `refilled` is called with every balance that arrives while the account's pictures wait for credits.
    """

    def __init__(self, context: EngineContext, refilled: Callable[[Account, Balance], None]) -> None:
        self._context = context
        self._refilled = refilled
        self._wanted: set[Account] = set()
        self._last: dict[Account, Balance] = {}
        self._questions: Questions[Account] = Questions()
        self._wake = WakeEvent("balance", context.clock, context.supervisor)

    def want(self, account: Account) -> None:
        """Ask soon: the credits of this account have changed."""
        self._wanted.add(account)
        self._wake.ring()

    def watch(self) -> None:
        """Check empty accounts from time to time, until they have been refilled."""
        self._wake.ring()

    async def refresh(self, account: Account) -> Balance:
        """Ask now and return the balance, or that of a later question that was answered first.

        Raises what the service raises.
        """
        question = self._questions.ask(account)
        service = await self._context.services.get(account)
        balance = await service.balance()
        if not self._questions.is_news(account, question):
            return self._last.get(account, balance)
        if self._last.get(account) != balance:
            self._last[account] = balance
            self._context.events.emit(BalanceChanged(account, balance))
        if account in self._empty():
            self._refilled(account, balance)
        return balance

    def _empty(self) -> set[Account]:
        return {account for account, why in self._context.gate.stopped.items() if isinstance(why, CreditError)}

    async def run(self) -> None:
        """Answer `want`, and check an empty account from time to time. Runs until cancelled."""
        while True:
            empty = self._empty()
            await self._wake.wait(self._context.policy.empty_account_check_s if empty else None)
            wanted = set(self._wanted)
            self._wanted.clear()
            if empty:  # as it was before the wait: an account just found empty is not asked again at once
                wanted |= empty & self._empty()
            for account in wanted:
                if self._context.gate.is_blocked(account):
                    continue
                try:
                    await self.refresh(account)
                except TopazdeskError:
                    continue  # reported with the jobs that need the service; the next change asks again
                except Exception as error:  # noqa: BLE001 a bug must not end this loop
                    self._context.events.emit(EngineError(as_shown(error)))
            await self._context.clock.sleep(self._context.policy.balance_interval_s)
