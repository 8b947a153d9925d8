"""Days and months as people count them: from midnight to midnight where they are. Times are Unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def day_start(now: float) -> float:
    """Return the last local midnight."""
    return _local(now).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def month_start(now: float) -> float:
    """Return the first local midnight of the month."""
    return _local(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()


def _local(now: float) -> datetime:
    return datetime.fromtimestamp(now, tz=UTC).astimezone()
