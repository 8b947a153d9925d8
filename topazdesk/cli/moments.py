"""When something goes on, by this computer's clock."""

from __future__ import annotations

import time

from topazdesk.domain.sending_hours import DAY_NAMES

_DAY_S = 86_400.0


def moment_text(at: float, now: float) -> str:
    """Return a time of the next week: "14:32", or "14:32 on Saturday" unless it is less than a day away."""
    day = "" if at - now < _DAY_S else f" on {DAY_NAMES[time.localtime(at).tm_wday]}"
    return f"{clock_text(at)}{day}"


def clock_text(at: float) -> str:
    """Return a time as "14:32": the nearest minute, as services' own times are told."""
    return time.strftime("%H:%M", time.localtime(at + 30.0))
