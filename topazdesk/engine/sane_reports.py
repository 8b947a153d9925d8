"""Filters what a service reports: every number is finite and within what can be true.

The clients check this as well. Here it is guaranteed for whatever is behind the port, because the values go into the
database, decide about money and are drawn: a report of −1000 credits once lifted the daily limit, and an infinite time
crashed the window at every start.
"""

from __future__ import annotations

import math
from dataclasses import replace

from topazdesk.domain.ports import RemoteJob, Submitted

#: No job costs more than this: a million dollars in millionths, or as many credits. Sums over a profile stay exact.
MOST_AMOUNT = 1_000_000_000_000
#: Times that can be true, in Unix seconds: the years 2000 to 2100.
EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0
#: No estimate goes further: results are kept for 7 days only.
_ETA_MOST_S = 30 * 86_400.0


def amount(value: object) -> int | None:
    """Return an amount in whole units of money, or None if the value cannot be one."""
    return value if type(value) is int and 0 <= value <= MOST_AMOUNT else None


def moment(value: object) -> float | None:
    """Return a time in Unix seconds, or None if the value cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if EARLIEST <= value <= LATEST else None  # false for nan


def percent(value: object) -> float:
    """Return a percentage from 0 to 100; 0 if the value is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return 0.0
    return float(min(100, max(0, value)))


def eta(value: object, now: float) -> float | None:
    """Return when a job may be done in Unix seconds; None if that is unknown, or too far off to mean anything."""
    at = moment(value)
    return at if at is not None and at <= now + _ETA_MOST_S else None


def sane(remote: RemoteJob, now: float) -> RemoteJob:
    """Return the report without anything that cannot be true."""
    return replace(
        remote,
        percent=percent(remote.percent),
        eta=eta(remote.eta, now),
        created_at=moment(remote.created_at),
        changed_at=moment(remote.changed_at),
        credits=amount(remote.credits),
    )


def sane_answer(answer: Submitted, now: float) -> Submitted:
    """Do the same for the answer to a submit."""
    return replace(answer, eta=eta(answer.eta, now))
