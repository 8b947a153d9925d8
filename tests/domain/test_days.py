"""Days and months begin at midnight as the clocks showed it, also where they were put forward or back since."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from topazdesk.domain.days import day_start, month_start

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process is fixed on Windows")


def at(text: str) -> float:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "now", "day", "month"),
    [
        ("Europe/Berlin", "2026-07-10 12:00", "2026-07-09 22:00", "2026-06-30 22:00"),
        # Put back at 03:00 (01:00 UTC): what was spent in the first hour after midnight is of this day, too.
        ("Europe/Berlin", "2026-10-25 12:00", "2026-10-24 22:00", "2026-09-30 22:00"),
        ("Europe/Berlin", "2026-10-25 00:30", "2026-10-24 22:00", "2026-09-30 22:00"),
        ("Europe/Berlin", "2026-10-31 12:00", "2026-10-30 23:00", "2026-09-30 22:00"),
        ("Europe/Berlin", "2026-03-29 12:00", "2026-03-28 23:00", "2026-02-28 23:00"),
        # Put forward at midnight: the day begins at 01:00.
        ("Africa/Cairo", "2026-04-24 12:00", "2026-04-23 22:00", "2026-03-31 22:00"),
        # Put back at midnight: the hour before it came twice.
        ("Africa/Cairo", "2026-10-30 12:00", "2026-10-29 22:00", "2026-09-30 21:00"),
    ],
)
def test_midnight(monkeypatch: pytest.MonkeyPatch, zone: str, now: str, day: str, month: str) -> None:
    """With the offset of noon, a limit for a day forgot an hour of spending on the day on which clocks are put back."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert (day_start(at(now)), month_start(at(now))) == (at(day), at(month))
    finally:
        monkeypatch.undo()
        time.tzset()
