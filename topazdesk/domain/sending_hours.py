"""The hours at which a run may send pictures, by the clock on the wall: "22:00-06:00", or only some days of the week.

Times are Unix seconds; what the wall clock shows then is this computer's local time. The rule looks at nothing but that
clock: in the night in which it is put back, an hour that it shows twice counts twice, and in the night in which it is
put forward, hours that begin in the gap begin at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from topazdesk.language import all_of, say

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = (
    say("Monday"),
    say("Tuesday"),
    say("Wednesday"),
    say("Thursday"),
    say("Friday"),
    say("Saturday"),
    say("Sunday"),
)
EVERY_DAY = frozenset(range(7))
_BETWEEN = re.compile(r"\s*(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?\s*$")
_DAY_S = 86_400
#: Wherever clocks are put forward or back, they are at a quarter of an hour.
_QUARTER_S = 900


@dataclass(frozen=True, slots=True)
class SendingHours:
    """From `start` until `end`, over midnight where `end` is not later; the same time twice means all day.

    `days` are those on which it begins, 0 for Monday: Friday from 22:00 until 06:00 ends on Saturday.
    """

    start: time
    end: time
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        """Refuse what is never open."""
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError(say("name at least one day of the week"))

    @classmethod
    def read(cls, between: str, days: str = "") -> SendingHours:
        """Return the hours that words such as "22:00-06:00" and "mon-fri,sun" mean. Raises ValueError."""
        found = _BETWEEN.match(between)
        if found is None:
            raise ValueError(say("write two times, such as 22:00-06:00"))
        hours, minutes = (int(found[1]), int(found[3])), (int(found[2] or 0), int(found[4] or 0))
        start, end = (_time(*each) for each in zip(hours, minutes, strict=True))
        return cls(start, end, _days(days))

    @property
    def between_text(self) -> str:
        """The times as `read` takes them."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    @property
    def days_text(self) -> str:
        """The days as `read` takes them, "" for every day."""
        return "" if self.days == EVERY_DAY else ",".join(DAYS[day] for day in sorted(self.days))

    @property
    def stored(self) -> str:
        """Both in one text, for the job list."""
        return f"{self.between_text} {self.days_text}".strip()

    @classmethod
    def restored(cls, text: str) -> SendingHours:
        """Return the hours that `stored` wrote. Raises ValueError."""
        between, _, days = text.partition(" ")
        return cls.read(between, days)

    @property
    def text(self) -> str:
        """What people read: "between 22:00 and 06:00, from Monday, Tuesday"."""
        named = (
            say("all day")
            if self.start == self.end
            else say("between {start:time} and {end:time}", start=f"{self.start:%H:%M}", end=f"{self.end:%H:%M}")
        )
        if self.days == EVERY_DAY:
            return named
        days = sorted(self.days)
        if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
            first, last = DAY_NAMES[days[0]], DAY_NAMES[days[-1]]
            return say("{hours:text}, {first:text} to {last:text}", hours=named, first=first, last=last)
        return say("{hours:text}, {days:text}", hours=named, days=all_of([DAY_NAMES[day] for day in days]))

    def is_open(self, now: float) -> bool:
        """Tell whether the wall clock shows one of the hours."""
        return _is_open(self, now // 60 * 60)

    def opens_at(self, now: float) -> float:
        """Return when sending may go on: `now` itself while it may."""
        return now if self.is_open(now) else _opening(self, now // 60 * 60)


@lru_cache(maxsize=256)
def _is_open(hours: SendingHours, now: float) -> bool:
    """Tell whether the hours are open; `now` is a whole minute: thousands of jobs ask about the same one."""
    local = _local(now)
    shown, day = local.time(), local.weekday()
    if hours.start < hours.end:
        return day in hours.days and hours.start <= shown < hours.end
    if shown >= hours.start and day in hours.days:
        return True
    return shown < hours.end and (day - 1) % 7 in hours.days


@lru_cache(maxsize=64)
def _opening(hours: SendingHours, now: float) -> float:
    """Return the first moment after `now` at which the hours are open; `now` is a whole minute, for the cache."""
    return next((at for at in _moments(hours, now) if hours.is_open(at)), now + 8 * _DAY_S)


def _moments(hours: SendingHours, now: float) -> Iterator[float]:
    """Yield, in order, all moments of the next days at which the hours can open.

    They open when the clock comes to `start`, which it may do twice a day, or is put forward or back.
    """
    today = _local(now).date()
    starts = {
        datetime.combine(today + timedelta(days=ahead), hours.start).replace(fold=fold).timestamp()
        for ahead in range(-1, 9)
        for fold in (0, 1)
    }
    quarters = {now // _QUARTER_S * _QUARTER_S + ahead for ahead in range(0, 8 * _DAY_S, _QUARTER_S)}
    yield from sorted(at for at in starts | quarters if at > now)


def _time(hour: int, minute: int) -> time:
    if hour == 24 and minute == 0:
        return time(0, 0)
    if hour > 23 or minute > 59:
        raise ValueError(say("write times from 00:00 to 24:00"))
    return time(hour, minute)


def _days(text: str) -> frozenset[int]:
    """Return the days that "mon-fri,sun" names; "" is every day."""
    if not text.strip():
        return EVERY_DAY
    found: set[int] = set()
    for part in text.replace(",", " ").split():
        first, dash, last = part.partition("-")
        begin, end = _day(first), _day(last if dash else first)
        found |= {(begin + ahead) % 7 for ahead in range((end - begin) % 7 + 1)}
    return frozenset(found)


def _day(word: str) -> int:
    for day, name in enumerate(DAY_NAMES):
        if len(word) >= 2 and name.lower().startswith(word.strip().lower()):
            return day
    raise ValueError(say("“{word}” is no day; write {days}", word=word[:40], days=", ".join(DAYS)))


def _local(now: float) -> datetime:
    return datetime.fromtimestamp(now, tz=UTC).astimezone().replace(tzinfo=None)
