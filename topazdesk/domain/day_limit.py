"""A limit for a day that holds for what is started now: whose it is, and how much of it is used already."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Whose(StrEnum):
    """Who set a limit, or for whom it is."""

    USER = "user"
    ORGANISATION = "organisation"
    ACCOUNT = "account"  # for one account alone
    TEAM = "team"  # for all machines of a team together


@dataclass(frozen=True, slots=True)
class DayLimit:
    """A limit in whole units of money, and what was spent today or will be for what is in the queue."""

    whose: Whose
    amount: int
    used: int = 0

    @property
    def left(self) -> int:
        """What may still be spent today."""
        return max(0, self.amount - self.used)
