"""Tells the team how far jobs are that this machine follows, and what accounts have: every two seconds, only news.

Nothing of it is stored: who was not listening hears it two seconds later. Without work
under way nothing is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from topazdesk.domain.job import Job
from topazdesk.engine.events import BalanceChanged, Event, JobProgress
from topazdesk.errors import ComputerError
from topazdesk.team.team_store import TeamStore

#: Seconds between two messages.
EVERY_S = 2.0


class ProgressNews:
    """Gathers progress from the events of an engine; `run` sends it on."""

    def __init__(self, store: TeamStore, job_of: Callable[[str], Job | None], *, every_s: float = EVERY_S) -> None:
        self._store = store
        self._job_of = job_of
        self._every_s = every_s
        self._new: dict[str, float] = {}
        self._balances: dict[str, tuple[int, int]] = {}
        self._told: dict[str, tuple[str, int]] = {}
        self._is_news = asyncio.Event()

    def hear(self, event: Event) -> None:
        """Take in an event of the engine."""
        if isinstance(event, JobProgress) and event.percent is not None:
            self._new[event.job_id] = event.percent
            self._is_news.set()
        elif isinstance(event, BalanceChanged):
            self._balances[str(event.account)] = event.balance.available, event.balance.reserved
            self._is_news.set()

    async def run(self) -> None:
        """Send what is new, until cancelled."""
        while True:
            await self._is_news.wait()
            self._is_news.clear()
            new, self._new = self._new, {}
            known = {job_id: job for job_id in self._told | new if (job := self._job_of(job_id)) is not None}
            self._told = {job_id: was for job_id, was in self._told.items() if job_id in known}
            progress = []
            for job_id, percent in new.items():
                job = known.get(job_id)
                is_at = ("", 0) if job is None else (job.state.value, round(percent))
                if job is not None and self._told.get(job_id) != is_at:
                    self._told[job_id] = is_at
                    progress.append((job_id, job.state.value, float(round(percent)), job.remote_eta))
            balances, self._balances = self._balances, {}
            if progress or balances:
                with suppress(ComputerError):  # the next one is as good
                    await self._store.tell_progress(progress, balances)
            await asyncio.sleep(self._every_s)
