"""What a service reports, as the engine takes it in: every number finite and within what can be true.

The clients see to this as well. Here it is seen to for whatever sits behind the port, because what passes goes into the
database, decides about money and is drawn: a report of −1000 credits lifted the daily limit, and a time without end ended the
window at each start.
"""

from __future__ import annotations

import math
from dataclasses import replace

from topazdesk.domain.ports import RemoteJob, Submitted

#: No job costs more than this: a million dollars in millionths, or as many credits. Sums of a whole profile stay exact.
MOST_AMOUNT = 1_000_000_000_000
#: Unix seconds that can be true: the years 2000 to 2100.
EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0
#: Nobody knows today what is done after that; results are kept for 7 days.
_ETA_MOST_S = 30 * 86_400.0


def amount(value: object) -> int | None:
    """Whole units of money, or None for what is no such amount: then it was not said."""
    return value if type(value) is int and 0 <= value <= MOST_AMOUNT else None


def moment(value: object) -> float | None:
    """Unix seconds, or None for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if EARLIEST <= value <= LATEST else None  # false for nan


def percent(value: object) -> float:
    """0 to 100; 0 for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return 0.0
    return float(min(100, max(0, value)))


def eta(value: object, now: float) -> float | None:
    """When it may be done, Unix seconds; None where it is not said, or too far off to mean anything."""
    at = moment(value)
    return at if at is not None and at <= now + _ETA_MOST_S else None


def sane(remote: RemoteJob, now: float) -> RemoteJob:
    """The report with nothing in it that cannot be true."""
    return replace(
        remote,
        percent=percent(remote.percent),
        eta=eta(remote.eta, now),
        created_at=moment(remote.created_at),
        changed_at=moment(remote.changed_at),
        credits=amount(remote.credits),
    )


def sane_answer(answer: Submitted, now: float) -> Submitted:
    """The same for the answer to a submit."""
    return replace(answer, eta=eta(answer.eta, now))
