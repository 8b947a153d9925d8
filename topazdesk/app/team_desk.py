"""A window's part in a team: how the team stands, and work for it while the window is open.

The work is done by an engine of its own beside the window's, with events of its own, as `topazdesk worker` does it: the
window shows what the database tells of all machines, this one included.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from topazdesk.app.team_context import left_behind
from topazdesk.app.team_leaving import LeftBehind
from topazdesk.app.team_standing import TeamMachine, TeamStanding
from topazdesk.app.team_worker import work
from topazdesk.app.work_context import WorkContext
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import EngineError, Event, EventHub, JobProgress, QueuePaused
from topazdesk.engine.supervisor import as_shown
from topazdesk.errors import AccountError, BudgetError, Code, ComputerError, CreditError, TopazdeskError
from topazdesk.team.connections import database_of, host_of
from topazdesk.team.root_marks import RootState
from topazdesk.team.root_watch import RootWatch
from topazdesk.team.roots import named
from topazdesk.team.team_status import machines
from topazdesk.team.team_store import TeamStore

#: What a window's computer does at once for its team: a person works beside it.
UPLOADS, DOWNLOADS = 3, 4
#: Seconds that a step may take to end when the window closes; after that it is taken up as after a crash.
GRACE_S = 30.0
_AGAIN_S = 2.0
#: Whose credits the limit of a day counts.
_PAYS = Account(ServiceName.TOPAZ)


class TeamDesk:
    """The team of an opened profile. `changed` is called when this computer begins or ends to work for it."""

    def __init__(self, context: WorkContext) -> None:
        store = context.store
        assert isinstance(store, TeamStore)  # noqa: S101 else there is no team
        self._context = context
        self._store = store
        self._roots = RootWatch(store.roots, lambda: store.marks)
        self._events = EventHub()
        self._capping = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._works: set[asyncio.Task[None]] = set()  # with those that finish what they have begun
        #: Whether no other machine works, as far as is known to who looks.
        self.is_alone = False
        self.changed: Callable[[], None] = lambda: None

    @property
    def name(self) -> str:
        """The name of the team: that of its database."""
        return database_of(self._store.connections.url)

    @property
    def place(self) -> str:
        """Where its database is, without user and password."""
        return host_of(self._store.connections.url)

    @property
    def machine(self) -> str:
        """The name of this machine in the team."""
        return self._store.machine

    @property
    def is_working(self) -> bool:
        """Whether this window works for the team."""
        return self._task is not None

    def roots_of(self, job: Job) -> frozenset[tuple[str, bool]]:
        """Return the roots that a machine needs to send a job, and whether it writes there; none if unknown."""
        return frozenset(named(self._store.needs(job)))

    async def look(self) -> TeamStanding:
        """Return how the team stands. Raises ComputerError."""
        found = tuple(_machine(row) for row in await machines(self._store))
        await self._roots.look()
        return TeamStanding(found, tuple((name, state.words) for name, state in self._roots.amiss().items()))

    async def left_behind(self) -> LeftBehind:
        """Return what stays in the team when this machine leaves it. Raises ComputerError."""
        return await left_behind(self._store)

    async def day_cap(self) -> int | None:
        """Return the most credits a day for the whole team, None for no limit. Raises ComputerError."""
        return await self._store.day_cap(_PAYS)

    async def cap_day(self, credits: int | None) -> None:
        """Limit what the whole team may spend a day. Raises ComputerError."""
        async with self._capping:  # one after the other: a limit that was set earlier never replaces a later one
            await self._store.cap_day(_PAYS, credits)

    def begin_work(self) -> None:
        """Work for the team from now on, until `end_work`. Faults are told as events of the window's engine."""
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name="work for the team")
            self._works.add(self._task)
            self._task.add_done_callback(self._works.discard)
            self.changed()

    async def end_work(self) -> None:
        """Finish what has been begun, and work no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            self.changed()
        if self._works:  # also one that somebody has ended a moment ago
            await asyncio.wait(self._works, timeout=GRACE_S + _AGAIN_S)

    async def _work(self) -> None:
        unsubscribe = self._events.subscribe(self._hear)
        told = False  # that another machine has this one's name, which is tried again: it may end
        try:
            while True:
                try:
                    await work(
                        self._context,
                        _Quiet(self._tell),
                        uploads=UPLOADS,
                        downloads=DOWNLOADS,
                        events=self._events,
                        store=self._store.beside(),
                        grace_s=GRACE_S,
                    )
                except ComputerError as error:
                    is_name = error.code == Code.COMPUTER_TEAM_NAME
                    if error.code != Code.COMPUTER_PROFILE_IN_USE and not (is_name and told):
                        self._tell(error)  # else the window before finishes its steps
                    told = is_name or told
                except Exception as error:  # noqa: BLE001 a bug in the work must not end the window, nor be hidden
                    self._tell(as_shown(error))
                await asyncio.sleep(_AGAIN_S)
        finally:
            unsubscribe()

    def _hear(self, event: Event) -> None:
        match event:
            case JobProgress():
                self._context.events.emit(event)  # sooner and finer than the team is told
            case QueuePaused(True, AccountError() as reason) if not isinstance(reason, CreditError | BudgetError):
                self._tell(reason)  # this machine's key; what stops the account is told by the database
            case _:
                pass

    def _tell(self, error: TopazdeskError) -> None:
        if error.code == Code.COMPUTER_TEAM_UNREACHABLE:
            return  # the window's own engine says so
        self._context.events.emit(EngineError(error))


class _Quiet:
    """Where the work says what it does: only its faults are news for a window."""

    def __init__(self, tell: Callable[[TopazdeskError], None]) -> None:
        self.error = tell

    def event(self, kind: str, text: str = "", *, to_stderr: bool = False, **fields: object) -> None:
        """Say nothing: the window's own engine hears it from the database."""


def _machine(row: tuple[Any, ...]) -> TeamMachine:
    name, version, roots, uploads, downloads, trouble, away, clock_ahead, seen_ago = row
    had = named(str(roots))
    return TeamMachine(
        str(name),
        str(version),
        tuple(root for root, is_written in had if not is_written),
        uploads,
        downloads,
        trouble or "",
        clock_ahead,
        seen_ago,
        tuple(root for root, is_written in had if is_written),
        tuple((root, RootState(state).words) for root, state in sorted(json.loads(away).items())),
    )
