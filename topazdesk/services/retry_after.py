"""Reads the `Retry-After` header (RFC 9110, section 10.2.3), which is whole seconds or a date."""

from __future__ import annotations

import math
import time
from email.utils import parsedate_to_datetime

import httpx

from topazdesk.language import say

#: Longest wait that is respected. Asking again costs nothing, and a day without any sign would look like a hang.
LONGEST_S = 3_600.0
#: Longest wait that is called "in a moment".
_MOMENT_S = 60.0


def retry_after(headers: httpx.Headers) -> float | None:
    """Return how many seconds the service asks us to wait, or None without a readable header.

    A date is compared with the answer's own `Date`, so that a wrong clock on this computer does not matter.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = _unix(text)
        if until is None:
            return None
        sent_at = _unix(headers.get("Date", ""))
        seconds = until - (sent_at if sent_at is not None else time.time())
    if not math.isfinite(seconds):
        return None
    return min(max(0.0, seconds), LONGEST_S)


def when_text(wait_s: float | None, otherwise: str = say("in a moment")) -> str:
    """Return when the wait is over: "at 14:32" by this computer's clock, or `otherwise` for a short or unknown wait."""
    if wait_s is None or wait_s <= _MOMENT_S:
        return otherwise
    return say("at {time:time}", time=time.strftime("%H:%M", time.localtime(time.time() + wait_s + _MOMENT_S / 2)))


def _unix(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
