"""Progress within a stage, reported often enough to look alive and seldom enough to cost nothing."""

from __future__ import annotations

from topazdesk.domain.ports import Clock
from topazdesk.engine.events import EventHub, JobProgress


class ProgressReport:
    """Turns the byte counts of one transfer into events: at most one every `apart` seconds, and always the last."""

    def __init__(self, job_id: str, events: EventHub, clock: Clock, apart: float) -> None:
        self._job_id = job_id
        self._events = events
        self._clock = clock
        self._apart = apart
        self._told_at = float("-inf")

    def __call__(self, done: int, total: int | None) -> None:
        """Report that `done` bytes of `total` have been transferred; `total` is None where it is unknown."""
        now = self._clock.now()
        if done != total and 0 <= now - self._told_at < self._apart:
            return
        self._told_at = now
        percent = min(100.0, 100.0 * done / total) if total else None
        self._events.emit(JobProgress(self._job_id, percent, done, total))
