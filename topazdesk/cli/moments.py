"""When something goes on, by this computer's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from topazdesk.domain.sending_hours import DAY_NAMES
from topazdesk.language import day_text, say, time_text

_DAY_S = 86_400.0


def moment_text(at: float, now: float) -> str:
    """Return a time of the next week: "14:32", or "14:32 on Saturday" unless it is less than a day away."""
    if at - now < _DAY_S:
        return clock_text(at)
    return say("{time} on {day:text}", time=clock_text(at), day=DAY_NAMES[time.localtime(at).tm_wday])


def clock_text(at: float) -> str:
    """Return a time as the user writes it ("14:32", "2:32 PM"): the nearest minute, as services' own times are told."""
    return time_text(_local(at + 30.0))


def dated_text(at: float, *, seconds: bool = False) -> str:
    """Return a time with its day as the user writes it: "Nov 29, 2026 14:32"."""
    when = _local(at)
    return f"{day_text(when.date())} {time_text(when, seconds=seconds)}"


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=UTC).astimezone()
