"""Checks by the service's own figures whether it gave back what failed jobs had cost.

A failed job's credits go back within a day (facts 2.8); until then the account shows them as reserved. So credits that
are reserved although no job at the service is unfinished belong to failed jobs whose money has not come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Balance, RemoteState, Service
from topazdesk.engine.policy import DAY_S
from topazdesk.engine.sane_reports import amount

_PAGES_MOST = 2000


@dataclass(frozen=True, slots=True)
class Refunds:
    """What the account holds back, and for which jobs.

    `held`: whole units reserved at the service for no unfinished job. `missing`: failed jobs of this profile, older
    than a day, that they may belong to, oldest first.
    """

    balance: Balance
    held: int
    missing: tuple[Job, ...]


async def check_refunds(service: Service, jobs: Iterable[Job], now: float) -> Refunds:
    """Ask for the list and the balance, and compare them. Costs nothing. Raises what the service raises."""
    running = await _running_credits(service)
    balance = await service.balance()
    # A job that began between the two calls counts as held for a moment. It blames no job, as those are a day old.
    held = max(0, balance.reserved - running)
    failed = [
        j for j in jobs if j.state is JobState.FAILED and j.remote_id and j.refunded and now - j.changed_at >= DAY_S
    ]
    missing, left = [], held
    for job in sorted(failed, key=lambda j: j.changed_at):
        amount = job.refunded or 0
        if amount <= left:
            missing.append(job)
            left -= amount
    return Refunds(balance, held, tuple(missing))


async def _running_credits(service: Service) -> int:
    total, cursor, seen = 0, "", set[str]()
    while len(seen) < _PAGES_MOST:
        page = await service.list_jobs(cursor)
        total += sum(
            amount(r.credits) or 0 for r in page.jobs if r.state in (RemoteState.PENDING, RemoteState.PROCESSING)
        )
        if not page.cursor or page.cursor in seen:
            break
        seen.add(page.cursor)
        cursor = page.cursor
    return total
