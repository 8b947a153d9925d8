"""Looks after one account: follows its jobs, settles its doubts, calls workers to the steps that may be done.

One machine at a time does so for an account: the one that holds its advisory lock in the database. The others wait for
the lock, which costs nothing, and the first of them goes on when the connection of the one that holds it ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

import psycopg
from procrastinate.exceptions import ConnectorException
from psycopg import sql

from topazdesk.domain.account import Account
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_table import StepLostError
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.wake_event import WakeEvent
from topazdesk.errors import ComputerError
from topazdesk.team import accounts, dispatch
from topazdesk.team.queue import Queue
from topazdesk.team.team_engine import TeamEngine

_log = logging.getLogger(__name__)
#: The first half of the lock's number: "keepers".
_KEEPERS = 0x6B65
_AGAIN_S = 1.0
_APART_S = 0.05
#: The PostgreSQL that can end connections in which nothing is asked.
_IDLE_LIMIT_SINCE = 140000
#: So often it is looked for dead workers, and whether the lock is still there.
_LOOK_S = 5.0


def may_judge(listened_s: float, server_up_s: float, *, heartbeat_s: float, dead_s: float) -> bool:
    """Tell whether silence is a proof of death now: else nobody may have been heard of, and all may be alive.

    While the server is down nobody can say that they live, and after a while in which it was only slow or out of reach
    all that do live are heard of within one heartbeat. A keeper must not listen for the whole of `dead_s`: where
    keepers die, too, none would ever take up what the dead have left.
    """
    return server_up_s >= dead_s and listened_s >= min(dead_s, 2 * heartbeat_s)


class Keeper:
    """The keeper of one account, or one that waits to be. `dead_s`: a worker not heard of for so long is dead."""

    def __init__(
        self, engine: TeamEngine, queue: Queue, account: Account, *, heartbeat_s: float, dead_s: float
    ) -> None:
        self._engine = engine
        self._queue = queue
        self._account = account
        self._heartbeat_s, self._dead_s = heartbeat_s, dead_s
        self._since = 0.0
        self.wake = WakeEvent(f"keeper:{account}", engine.context.clock, engine.supervisor)

    async def run(self) -> None:
        """Wait for the lock and keep the account, until cancelled."""
        while True:
            raw: psycopg.Connection[Any] | None = None
            while self._engine.gate.is_blocked(self._account):
                await self.wake.wait()  # who is not let in cannot look after it
            try:
                raw = await asyncio.to_thread(self._engine.store.connections.connect)
                await asyncio.to_thread(self._hold_no_longer_than_alive, raw)
                await self._lock(raw)
                self._since = time.monotonic()
                await self._engine.store.of_account(self._note)
                await self._engine.keep(self._account)
                await self._keep(raw)
            except (psycopg.Error, ComputerError, ConnectorException) as error:
                _log.info("not the keeper of %s any more: %s", self._account, error)
            except Exception as error:  # noqa: BLE001 a bug must not leave the account alone
                self._engine.events.emit(EngineError(as_shown(error)))
            finally:
                self._engine.leave(self._account)
                if raw is not None:
                    raw.close()
            await asyncio.sleep(_AGAIN_S)

    def _hold_no_longer_than_alive(self, raw: psycopg.Connection[Any]) -> None:
        """Have the server end the connection, and the lock with it, of a keeper that stands still: see `_keep`."""
        if raw.info.server_version >= _IDLE_LIMIT_SINCE:
            raw.execute(sql.SQL("SET idle_session_timeout = {}").format(round(1000 * max(self._dead_s, 2.0))))

    async def _lock(self, raw: psycopg.Connection[Any]) -> None:
        waiting = asyncio.get_running_loop().run_in_executor(
            None, lambda: raw.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (_KEEPERS, str(self._account)))
        )
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            await asyncio.to_thread(raw.cancel)
            with suppress(psycopg.Error):
                await waiting
            raise

    def _note(self, connection: Any) -> None:
        accounts.ensure(connection, str(self._account), self._engine.context.policy)
        connection.execute(
            "UPDATE accounts SET keeper = ? WHERE account = ?", (self._engine.store.machine, str(self._account))
        )

    async def _keep(self, raw: psycopg.Connection[Any]) -> None:
        looked, look_s = 0.0, min(_LOOK_S, self._dead_s / 2, 2 * self._heartbeat_s)
        store, policy = self._engine.store, self._engine.context.policy
        while not self._engine.gate.is_blocked(self._account):
            if time.monotonic() - looked >= look_s:
                await asyncio.to_thread(raw.execute, "SELECT 1")
                await self._take_up()
                await self._engine.count_lost(self._account)
                looked = time.monotonic()
            found = await store._write(  # noqa: SLF001 the store of this engine
                lambda c: dispatch.due(c, str(self._account), policy, 3 * self._dead_s)
            )
            await self._queue.defer(found.steps)
            if not found.is_verified:
                self._engine.verify(self._account)
            await asyncio.sleep(_APART_S)  # what comes at the same time is answered together
            await self.wake.wait(min(look_s, found.again_s if found.again_s is not None else look_s))

    async def _take_up(self) -> None:
        """Take up the steps of dead workers, as those of a program that was killed are at its next start."""
        store = self._engine.store
        up_s = await store._read(dispatch.server_up_s)  # noqa: SLF001
        listened_s = time.monotonic() - self._since
        if not may_judge(listened_s, up_s, heartbeat_s=self._heartbeat_s, dead_s=self._dead_s):
            return
        await self._queue.end_dead(self._dead_s)
        found = await store._read(lambda c: dispatch.orphans(c, str(self._account), self._dead_s))  # noqa: SLF001
        for job_id, _ in found:
            with suppress(StepLostError):
                await self._engine.take_up_orphan(job_id)
