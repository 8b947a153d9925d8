"""How long a run will take, from the service's own figure for each result and how many are there at a time.

It is an estimate and called one: services publish no limit on jobs at a time, and their figures leave out how long the
pictures are on their way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

#: Results that this program has at a service at a time, until the service has shown whether it takes more.
AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class RunDuration:
    """Seconds that all results will take at the service, and for how many of them it named no time.

    Those are taken to be like the others.
    """

    seconds: float
    unknown: int = 0


def run_duration(results: Iterable[tuple[float | None, int]], at_once: int = AT_ONCE) -> RunDuration | None:
    """Return how long results take of which `at_once` are at the service at a time; None if it named no time at all.

    `results` has the seconds for one result, or None, and how many results take so long.
    """
    known = unknown = 0
    total = longest = 0.0
    for seconds, count in results:
        if seconds is None:
            unknown += count
        else:
            known += count
            total += seconds * count
            longest = max(longest, seconds if count else 0.0)
    if not known:
        return None
    rounds = math.ceil((known + unknown) / at_once)
    return RunDuration(max(longest, total / known * rounds), unknown)
