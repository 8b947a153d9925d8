"""Limits on what may be started while nobody looks on, for an hour and for a day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from topazdesk.domain.days import day_start
from topazdesk.language import say

_HOUR_S = 3600.0


class LimitSpan(StrEnum):
    """The time that a limit is about; the value is the word between two programs."""

    HOUR = "hour"  # any 60 minutes
    DAY = "day"  # from midnight to midnight


@dataclass(frozen=True, slots=True)
class SpendingLimit:
    """The most that may be spent in a span, in whole units of the money of what is started."""

    span: LimitSpan
    amount: int

    def start(self, now: float) -> float:
        """Return when the span that is running at `now` has begun, in Unix seconds."""
        match self.span:
            case LimitSpan.HOUR:
                return now - _HOUR_S
            case LimitSpan.DAY:
                return day_start(now)
            case _ as never:
                assert_never(never)

    @property
    def text(self) -> str:
        """The span in words: "an hour", "a day"."""
        return say("an hour") if self.span is LimitSpan.HOUR else say("a day")
