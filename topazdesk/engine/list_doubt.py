"""Remembers that this job list lacks something that it had, until the service of each account was looked at twice.

What is missing was perhaps paid. It is noticed once, by the mark beside the list or by what the service has already;
whether other pictures were sent before is seen at the service alone, whose list may lag. A program that is killed in
between must not take the knowledge with it.
"""

from __future__ import annotations

import secrets

from topazdesk.domain.account import Account
from topazdesk.engine.job_store import JobStore

#: The key of the latest doubt, a random number; and those of the latest that was settled for an account.
_LATEST = "lost"
_SETTLED = "lost.settled {account}"


async def begin(store: JobStore) -> None:
    """Doubt the list from now on. Raises ComputerError."""
    await store.set_meta(_LATEST, secrets.token_hex(8))


async def open_for(store: JobStore, account: Account) -> str:
    """Return the doubt that is not settled for an account, "" without one. Raises ComputerError."""
    latest = await store.get_meta(_LATEST)
    return "" if latest == await store.get_meta(_SETTLED.format(account=account)) else latest


async def settle(store: JobStore, account: Account, doubt: str) -> None:
    """Note that the service of an account was looked at for a doubt. Raises ComputerError."""
    await store.set_meta(_SETTLED.format(account=account), doubt)
