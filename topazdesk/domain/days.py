"""Days and months as people count them: from midnight to midnight where they are. Times are Unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime, time


def day_start(now: float) -> float:
    """Return the last local midnight."""
    return _midnight(_local(now))


def month_start(now: float) -> float:
    """Return the first local midnight of the month."""
    return _midnight(_local(now).replace(day=1))


def _midnight(day: datetime) -> float:
    """Return when the clocks showed midnight; on a day on which they are put forward or back, it had another offset."""
    return datetime.combine(day.date(), time()).timestamp()


def _local(now: float) -> datetime:
    return datetime.fromtimestamp(now, tz=UTC).astimezone()
