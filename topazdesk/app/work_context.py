"""What the work of a machine in a team needs of the profile that was opened for it: by a window, or by `worker`."""

from __future__ import annotations

from typing import Protocol

from topazdesk.app.accounts import Accounts
from topazdesk.app.joined_engine import EngineParts
from topazdesk.app.paths import Paths
from topazdesk.engine.events import EventHub
from topazdesk.engine.job_store import JobStore


class WorkContext(Protocol):
    """A profile, opened; `app_context.AppContext` is one."""

    paths: Paths
    accounts: Accounts
    events: EventHub

    @property
    def store(self) -> JobStore:
        """Where the jobs are."""

    @property
    def engine_parts(self) -> EngineParts:
        """What the profile's engine is made of."""

    async def keep_books(self, events: EventHub) -> None:
        """Write sidecars and the log of runs of the work that these events tell of."""
