"""How far the whole run is: how many are done, what was charged so far, and how long it will still take.

The time left comes from what was measured: the jobs that have ended since the queue had something to do. It is silent
until two of them have, while nothing goes on, and when the next one takes much longer than those before.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.ui.texts import money_text, ntr, number, time_left_text, tr

_MEASURED = 2  # so many jobs have to end before a time is said
_STALLED = 3  # no time is said when the next one has taken so many times as long, and longer than this
_STALLED_S = 30.0


class RunProgress:
    """Counts the jobs of a run. `add` a job when it is new, `end` it when it is over, `clear` when all are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Begin anew: nothing is under way."""
        self._began = self._last = 0.0
        self._measured = 0
        self.ended = 0
        self.failed = 0
        self.cancelled = 0
        self._charged: Counter[Unit] = Counter()
        self._paused_at: float | None = None

    def add(self) -> None:
        """Take in a new job; the first one starts the clock."""
        if not self._began:
            self._began = self._last = self._clock()

    def end(self, job: Job) -> None:
        """Take in that a job is over."""
        self._charged[job.estimate.unit] += job.charged or 0
        if job.state is JobState.CANCELLED:
            self.cancelled += 1
            return
        self.ended += 1
        self.failed += job.state.has_failed
        if job.submitted_at is not None:  # what is refused here takes no time, and says nothing of the others
            self._measured += 1
            self._last = self._clock()

    def pause(self, paused: bool) -> None:
        """Stop the clock while the queue is paused."""
        if paused and self._paused_at is None:
            self._paused_at = self._clock()
        elif not paused and self._paused_at is not None:
            gone, self._paused_at = self._clock() - self._paused_at, None
            self._began += gone
            self._last += gone

    def left_s(self, active: int) -> float | None:
        """Return how many seconds the `active` jobs will take at the rate measured so far; None if that is unknown."""
        if self._measured < _MEASURED or self._paused_at is not None:
            return None
        each, since = (self._last - self._began) / self._measured, self._clock() - self._last
        if since > max(_STALLED * each, _STALLED_S):
            return None
        return max(0.0, active * each - since)

    def text(self, active: Collection[Job], *, is_moving: bool) -> str:
        """Return for instance "12 of 36 · about 4 min left · 14 credits so far". `is_moving`: something goes on."""
        parts = [tr("{n} of {all}").format(n=number(self.ended), all=number(self.ended + len(active)))]
        if self.failed:
            parts.append(ntr("{n} failed", "{n} failed", self.failed).format(n=number(self.failed)))
        left = self.left_s(len(active)) if is_moving else None
        if left is not None:
            parts.append(tr("{time} left").format(time=time_left_text(left)))
        charged = self._charged.copy()
        for job in active:
            charged[job.estimate.unit] += job.charged or 0
        money = " + ".join(money_text(amount, unit) for unit, amount in charged.items() if amount)
        if money:
            parts.append(tr("{price} so far").format(price=money))
        return " · ".join(parts)
