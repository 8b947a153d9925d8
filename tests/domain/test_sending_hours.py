"""The hours at which a run may send: over midnight, over a change of the clocks, and on some days of the week."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as clock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topazdesk.domain.sending_hours import SendingHours

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process is fixed on Windows")
BERLIN, LORD_HOWE = "Europe/Berlin", "Australia/Lord_Howe"
NIGHT = SendingHours.read("22:00-06:00")


@contextmanager
def zone(name: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        try:
            yield
        finally:
            patch.undo()
            time.tzset()


def at(text: str) -> float:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}"


def test_a_night_goes_over_midnight_to_the_second() -> None:
    with zone(BERLIN):  # one hour before UTC in winter
        for moment, is_open in (
            ("2026-01-10T20:59:59", False),
            ("2026-01-10T21:00:00", True),
            ("2026-01-10T23:30:00", True),
            ("2026-01-11T04:59:59", True),
            ("2026-01-11T05:00:00", False),
        ):
            assert NIGHT.is_open(at(moment)) is is_open, moment
        assert utc(NIGHT.opens_at(at("2026-01-11T05:00:00"))) == "2026-01-11T21:00:00"
        assert NIGHT.opens_at(at("2026-01-11T02:11:12")) == at("2026-01-11T02:11:12"), "it is open now"


def test_a_day_is_the_one_on_which_it_begins() -> None:
    friday = SendingHours.read("22:00-06:00", "fri")
    with zone("UTC"):
        assert not friday.is_open(at("2026-01-09T05:00:00")), "Friday's early hours belong to Thursday"
        assert friday.is_open(at("2026-01-09T22:00:00"))
        assert friday.is_open(at("2026-01-10T05:59:59")), "Saturday's early hours belong to Friday"
        assert not friday.is_open(at("2026-01-10T22:30:00"))
        assert utc(friday.opens_at(at("2026-01-10T06:00:00"))) == "2026-01-16T22:00:00", "a week later"
        day = SendingHours.read("9-17", "mon-fri")
        assert not day.is_open(at("2026-01-11T12:00:00"))
        assert utc(day.opens_at(at("2026-01-09T17:00:00"))) == "2026-01-12T09:00:00"
        weekend = SendingHours.read("0:00-24:00", "sat,sun")
        assert weekend.is_open(at("2026-01-10T00:00:00"))
        assert weekend.is_open(at("2026-01-11T23:59:59"))
        assert not weekend.is_open(at("2026-01-12T00:00:00"))


def test_clocks_that_are_put_forward_or_back() -> None:
    """Nothing is open that the clock on the wall does not show, and what begins in a gap begins at its end."""
    with zone(BERLIN):
        # 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
        gap = SendingHours.read("02:30-04:00")
        assert not gap.is_open(at("2026-03-29T00:59:59"))
        assert utc(gap.opens_at(at("2026-03-29T00:00:00"))) == "2026-03-29T01:00:00"
        assert utc(NIGHT.opens_at(at("2026-03-29T04:00:00"))) == "2026-03-29T20:00:00", "22:00 is an hour earlier"
        assert not NIGHT.is_open(at("2026-03-29T04:00:00")), "06:00 is an hour earlier, too"
        # 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC, so 02:30 is shown twice.
        twice = SendingHours.read("02:00-02:30")
        assert [twice.is_open(at(f"2026-10-25T{moment}")) for moment in ("00:15:00", "00:30:00", "01:15:00")] == [
            True,
            False,
            True,
        ]
        assert utc(twice.opens_at(at("2026-10-25T00:30:00"))) == "2026-10-25T01:00:00"
    with zone(LORD_HOWE):  # half an hour only
        assert utc(SendingHours.read("02:10-02:20").opens_at(at("2026-10-03T15:00:00"))) == "2026-10-04T15:10:00"


@given(
    start=st.times(),
    end=st.times(),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    minutes=st.integers(0, 366 * 24 * 60),
)
def test_it_opens_at_the_first_minute_that_is_open(
    start: clock, end: clock, days: frozenset[int], minutes: int
) -> None:
    hours = SendingHours(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0), days)
    assert SendingHours.restored(hours.stored) == hours
    with zone(BERLIN):
        now = at("2026-01-01T00:00:00") + 60 * minutes
        opens = hours.opens_at(now)
        assert hours.is_open(opens)
        if opens > now:
            assert not hours.is_open(now)
            assert not hours.is_open(opens - 1)
            checked = range(int(now), int(opens), 1700)
            assert not any(hours.is_open(moment) for moment in checked)


@pytest.mark.parametrize(
    ("between", "days", "why"),
    [
        ("22:00", "", "two times"),
        ("25:00-06:00", "", "00:00 to 24:00"),
        ("22:60-06:00", "", "00:00 to 24:00"),
        ("", "", "two times"),
        ("22:00-06:00", "moonday", "is no day"),
        ("22:00-06:00", "m", "is no day"),
    ],
)
def test_what_is_no_time_is_said(between: str, days: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        SendingHours.read(between, days)


def test_what_people_read() -> None:
    assert NIGHT.text == "between 22:00 and 06:00"
    assert SendingHours.read("22-6", "mon-fri").text == "between 22:00 and 06:00, Monday to Friday"
    assert SendingHours.read("22-6", "sat sun").text == "between 22:00 and 06:00, Saturday and Sunday"
    assert SendingHours.read("0-24", "mon,wed,fri").text == "all day, Monday, Wednesday and Friday"
    assert SendingHours.read("22-6", "fri-mon").days_text == "mon,fri,sat,sun"
