"""Why nothing goes on just now, and until when: told to whoever waits for the jobs. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from topazdesk.domain.job import Job, JobState, Trouble
from topazdesk.domain.services import ServiceName

_S = JobState


@dataclass(frozen=True, slots=True)
class Pause:
    """Jobs of a service that wait for the same reason; `until` (Unix seconds) the first of them goes on, or is decided.

    `why` is what the first of them met; None where only others stand before them.
    """

    service: ServiceName
    jobs: tuple[Job, ...]
    until: float
    why: Trouble | None

    @property
    def is_doubt(self) -> bool:
        """Whether it is looked for meanwhile: `until` is then when the looking ends at the latest."""
        return self.jobs[0].state is _S.DOUBTFUL


def pauses(
    jobs: Iterable[Job], now: float, until: Callable[[Job], float | None], held_for: Callable[[ServiceName], float]
) -> tuple[Pause, ...]:
    """One a service and reason, the first to end before the others; () when something is done for any of the jobs.

    `until` tells when a job goes on by time alone, None for one that something is done for, or that stands behind others;
    `held_for` for how many seconds a service gets nothing new.
    """
    found: dict[tuple[ServiceName, bool, str], tuple[float, list[Job]]] = {}
    behind: list[Job] = []
    for job in jobs:
        at = until(job)
        if at is not None and at > now:
            key = (job.recipe.service, job.state is _S.DOUBTFUL, job.trouble.code if job.trouble else "")
            first, mates = found.get(key, (at, []))
            found[key] = min(first, at), [*mates, job] if at >= first else [job, *mates]
        elif job.state is _S.QUEUED:
            behind.append(job)
        else:
            return ()
    for job in behind:
        mine = [key for key in found if key[0] is job.recipe.service]
        held = held_for(job.recipe.service)
        if mine:  # they go to the same service, after those
            found[mine[0]][1].append(job)
        elif held > 0:
            found[job.recipe.service, False, ""] = now + held, [job]
        else:
            return ()
    made = [Pause(key[0], tuple(mates), at, mates[0].trouble) for key, (at, mates) in found.items()]
    return tuple(sorted(made, key=lambda pause: pause.until))
