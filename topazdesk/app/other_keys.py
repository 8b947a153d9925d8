"""Refuses a key that another account of its service has, and sees what a new key would take the place of.

One key under two names would be one account twice: a daily limit of one could be walked around with the other, and a
list would belong to both.
"""

from __future__ import annotations

import hmac

from topazdesk.app.accounts import Accounts
from topazdesk.app.keys import Keys
from topazdesk.domain.account import Account
from topazdesk.errors import Code, UseError
from topazdesk.language import say


async def refuse_same(keys: Keys, accounts: Accounts, account: Account, key: str) -> None:
    """Raise UseError, which names the other account, if one has this key. One whose key cannot be read has not."""
    service = account.service
    others = dict.fromkeys([*(known.account for known in accounts.of(service)), Account(service)])
    for other in others:
        if other != account and _is_same(await keys.ask(keys.get, other), key):
            raise UseError(
                say(
                    "“{name}” at {service} has this key already",
                    name=accounts.label(other),
                    service=service.label,
                ),
                "Use that account or rename it: under two names its daily limit would not hold.",
                code=Code.USE_NO_ACCOUNT,
            )


async def is_replaced(keys: Keys, account: Account, key: str) -> bool:
    """Tell whether the account has another key, whose place this one would take."""
    there = await keys.ask(keys.get, account)
    return there is not None and not _is_same(there, key)


def _is_same(one: str | None, other: str) -> bool:
    return one is not None and hmac.compare_digest(one.strip().encode(), other.strip().encode())
