"""Plan how long a job takes: realistic at speed 1, half as long at speed 2, no time at speed 0."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.domain.geometry import Size

_QUEUE_S = 0.8
_LONGEST_S = 90.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of all jobs, set by `--speed`."""

    speed: float

    def queue_s(self) -> float:
        """Return how many seconds a job waits before it starts."""
        return self._at_speed(_QUEUE_S)

    def work_s(self, size: Size, *, generative: bool) -> float:
        """Return the seconds of work for a result of `size`: a few for a small standard one, up to 90 at most."""
        base, per_mp = (7.0, 1.4) if generative else (2.5, 0.25)
        return self._at_speed(min(_LONGEST_S, base + per_mp * size.megapixels))

    def _at_speed(self, seconds: float) -> float:
        return seconds / self.speed if self.speed > 0 else 0.0
