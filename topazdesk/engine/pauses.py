"""Why nothing is happening right now, and until when, for whoever waits for the jobs. Nothing is decided here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.sending_hours import SendingHours

_S = JobState
#: The account, whether they are looked for at its service, the code of their trouble, and the hours that they wait for.
_Key = tuple[Account, bool, str, SendingHours | None]


@dataclass(frozen=True, slots=True)
class Pause:
    """Jobs of an account that wait for the same reason.

    `until` (Unix seconds) is when the first of them continues, or is decided. `why` is the error of that first job;
    None if it only waits behind others. `hours`: they may only be sent at these.
    """

    account: Account
    jobs: tuple[Job, ...]
    until: float
    why: JobError | None
    hours: SendingHours | None = None

    @property
    def is_doubt(self) -> bool:
        """Whether the jobs are being looked for at the service; `until` is then when that ends at the latest."""
        return self.jobs[0].state is _S.DOUBTFUL


def pauses(
    jobs: Iterable[Job], now: float, until: Callable[[Job], float | None], held_for: Callable[[Account], float]
) -> tuple[Pause, ...]:
    """Return one pause per account and reason, the first to end first; () while any of the jobs is being worked on.

    `until` returns when a job continues by time alone, or None if it is being worked on or waits behind others.
    `held_for` returns for how many seconds nothing new is paid from an account.
    """
    found: dict[_Key, list[tuple[float, Job]]] = {}
    behind: list[Job] = []
    for job in jobs:
        at = until(job)
        if at is not None and at > now:
            hours = job.hours if job.waits_for_hours(now) else None
            code = "" if hours is not None or job.trouble is None else job.trouble.code
            key = (job.account, job.state is _S.DOUBTFUL, code, hours)
            found.setdefault(key, []).append((at, job))
        elif job.state is _S.QUEUED:
            behind.append(job)
        else:
            return ()
    for job in behind:
        mine = [key for key in found if key[0] == job.account and key[3] is None]
        held = held_for(job.account)
        if mine:  # the job goes to the same account, after those
            found[mine[0]].append((math.inf, job))
        elif held > 0:
            found[job.account, False, "", None] = [(now + held, job)]
        else:
            return ()
    made = []
    for (account, _is_doubt, _code, hours), waiting in found.items():
        waiting.sort(key=lambda each: each[0])
        at, first = waiting[0]
        made.append(Pause(account, tuple(job for _, job in waiting), at, None if hours else first.trouble, hours))
    return tuple(sorted(made, key=lambda pause: pause.until))
