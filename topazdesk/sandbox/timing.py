"""How long a job takes: believable at speed 1, twice as fast at speed 2, at once at speed 0."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.domain.geometry import Size

_QUEUE_S = 0.8
_LONGEST_S = 90.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The `--speed` of this run."""

    speed: float

    def queue_s(self) -> float:
        """Seconds a job waits before it is worked on."""
        return self._at_speed(_QUEUE_S)

    def work_s(self, size: Size, *, generative: bool) -> float:
        """Seconds of work for a result of `size`: some seconds for a small standard one, a minute for a large generative one."""
        base, per_mp = (7.0, 1.4) if generative else (2.5, 0.25)
        return self._at_speed(min(_LONGEST_S, base + per_mp * size.megapixels))

    def _at_speed(self, seconds: float) -> float:
        return seconds / self.speed if self.speed > 0 else 0.0
