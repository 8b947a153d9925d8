"""A machine that works for a team: takes steps from the queue, keeps accounts, and says how it is."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from procrastinate.exceptions import ConnectorException

from topazdesk import __version__
from topazdesk.domain.account import Account
from topazdesk.engine.events import EngineError
from topazdesk.engine.sql import SqlConnection
from topazdesk.engine.supervisor import as_shown
from topazdesk.errors import AccountError, ComputerError, Retry, TopazdeskError
from topazdesk.team.dispatch import roots_of
from topazdesk.team.keeper import Keeper
from topazdesk.team.progress_news import ProgressNews
from topazdesk.team.queue import Queue, queues_for
from topazdesk.team.root_marks import RootState
from topazdesk.team.settle_root import settle_root
from topazdesk.team.team_engine import TeamEngine

_log = logging.getLogger(__name__)
#: A worker says so often that it lives, and counts as dead when it was not heard of for so long.
HEARTBEAT_S, DEAD_S = 5.0, 20.0
_AGAIN_S = 1.0
#: So often it is looked whether a key that was missing or refused is of use by now.
_KEY_S = 30.0


class Worker:
    """The work of one machine for these accounts: `uploads` and `downloads` at once, for the roots of its store."""

    def __init__(
        self,
        engine: TeamEngine,
        accounts: Sequence[Account],
        *,
        uploads: int,
        downloads: int,
        heartbeat_s: float = HEARTBEAT_S,
        dead_s: float = DEAD_S,
        grace_s: float | None = None,
    ) -> None:
        self._engine = engine
        self._accounts = tuple(accounts)
        self._queue = Queue(engine.store.connections.url)
        self._uploads, self._downloads = uploads, downloads
        self._heartbeat_s, self._dead_s, self._grace_s = heartbeat_s, dead_s, grace_s
        self._progress = ProgressNews(engine.store, engine.get)
        self._keepers: dict[Account, Keeper] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._keyed: frozenset[Account] = frozenset()  # accounts whose key this machine has
        self._roots: frozenset[str] = frozenset()
        self._said_roots: dict[str, RootState] = {}
        self._moved = asyncio.Event()
        self._unkept: dict[Account, AccountError] = {}  # accounts of which this machine has no key
        self.told: Callable[[str], None] = lambda _: None  # how the machine is, when that changes
        self.told_root: Callable[[str, RootState], None] = lambda _, __: None  # the same for a root

    async def run(self) -> None:
        """Work until cancelled; then finish what has been begun.

        Raises ProfileLostError when the database is of another version of the program, ComputerError where another
        machine works under this one's name.
        """
        await self._engine.own_name.get()
        self._queue.does(self._step)
        self._engine.roots.changed = self._roots_changed
        await self._adopt_roots()
        await self._engine.roots.look()
        await self._open_queue()
        engine = self._engine
        engine.news = self._wake_keepers
        engine.gate.changed = self._gate_changed
        deaf = engine.events.subscribe(self._progress.hear)
        try:
            works = [
                self._until_lost(),
                self._engine.own_name.keep(),
                self._say_how(),
                self._try_keys(),
                self._progress.run(),
            ]
            if self._uploads:
                works.append(self._lane("submit", ("submit",), self._uploads))
            if self._downloads:
                works.append(self._lane("fetch", ("fetch", "cancel"), self._downloads))
            works += [self._keep(account) for account in self._accounts]
            self._tasks = {asyncio.create_task(work) for work in works}
            # Not with `gather`: it has them cancelled twice, after which the queue leaves tasks of its own behind.
            ended, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()
        finally:
            deaf()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            with suppress(ComputerError):
                await engine.store.forget_machine()
            await self._queue.close()

    async def _until_lost(self) -> None:
        """Raise the error when the database is of another version of the program."""
        gate = self._engine.gate
        while not gate.is_lost:
            await self._moved.wait()
        if gate.reason is not None:
            raise gate.reason

    async def _open_queue(self) -> None:
        while True:
            try:
                await self._queue.open()
                return
            except ConnectorException as error:
                _log.info("the task queue cannot be reached: %s", error)
                await asyncio.sleep(_AGAIN_S)

    async def _step(self, lane: str, job_id: str) -> None:
        try:
            await self._engine.step(lane, job_id)
        except ComputerError as error:
            self._engine.events.emit(EngineError(error))  # the job is taken up again from where it stands
        except Exception as error:  # noqa: BLE001 a bug in one step must not end the worker
            self._engine.events.emit(EngineError(as_shown(error)))

    async def _lane(self, name: str, lanes: tuple[str, ...], at_once: int) -> None:
        machine = self._engine.store.machine
        while True:
            queues = self._queues(lanes)
            moved = asyncio.create_task(self._until_differ(lanes, queues))
            works = [moved]
            if queues:  # without one, procrastinate would take from all
                taking = self._queue.work(f"{machine} {name}", queues, at_once, self._heartbeat_s, self._grace_s)
                works.append(asyncio.create_task(taking))
            try:
                await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for work in works:
                    work.cancel()  # what has been begun is finished
                for ended in await asyncio.gather(*works, return_exceptions=True):
                    if isinstance(ended, Exception) and not isinstance(ended, ConnectorException):
                        self._engine.events.emit(EngineError(as_shown(ended)))
            await asyncio.sleep(0.0 if moved.done() and not moved.cancelled() else _AGAIN_S)

    def _queues(self, lanes: tuple[str, ...]) -> list[str]:
        """Return where steps are taken from now; submits only of accounts whose key is not refused."""
        keyed = self._keyed - self._engine.team_gate.refused.keys() if "submit" in lanes else self._keyed
        return queues_for(lanes, sorted(map(str, keyed)), self._roots)

    async def _until_differ(self, lanes: tuple[str, ...], queues: list[str]) -> None:
        while self._queues(lanes) == queues:
            await self._moved.wait()

    def _tell_moved(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _roots_changed(self) -> None:
        """Take steps of the roots that are there: the jobs of the others are left to other machines."""
        watch = self._engine.roots
        for name, state in sorted(watch.states.items()):
            if self._said_roots.get(name, RootState.THERE) is not state:
                self.told_root(name, state)
        self._said_roots = dict(watch.states)
        self._roots = watch.present()
        self._tell_moved()

    async def _adopt_roots(self) -> None:
        """Have the roots of this machine known by their marks, those from before there were any, too."""
        store = self._engine.store
        for name in sorted(store.roots.names):
            try:
                await settle_root(store, name, store.roots.folder(name))
            except TopazdeskError as error:
                _log.info("the root %s has no mark: %s", name, error.details)

    async def _try_keys(self) -> None:
        """Look now and then whether a key that was refused works by now: it was changed, or is let in again."""
        while True:
            await asyncio.sleep(_KEY_S)
            await self._try_key()

    async def _try_key(self) -> None:
        """Go on where the key that was refused works by now: it was changed, or the account let in again."""
        for account in tuple(self._engine.team_gate.refused):
            try:
                await (await self._engine.context.services.get(account)).balance()
            except TopazdeskError:
                continue
            self._engine.team_gate.accept(account)

    def _gate_changed(self) -> None:
        self._tell_moved()
        self._wake_keepers()

    def _wake_keepers(self) -> None:
        for keeper in self._keepers.values():
            keeper.wake.ring()

    async def _keep(self, account: Account) -> None:
        """Keep an account, as soon as this machine has its key."""
        while True:
            try:
                await self._engine.context.services.get(account)
                break
            except AccountError as error:
                self._unkept[account] = error
                await asyncio.sleep(_KEY_S)
            except TopazdeskError as error:
                self._engine.events.emit(EngineError(error))
                await asyncio.sleep(_KEY_S)
        self._unkept.pop(account, None)
        self._keyed |= {account}
        self._tell_moved()
        self._keepers[account] = Keeper(
            self._engine, self._queue, account, heartbeat_s=self._heartbeat_s, dead_s=self._dead_s
        )
        balances = asyncio.create_task(self._engine.watch_balances()) if not self._is_watching() else None
        try:
            await self._keepers[account].run()
        finally:
            if balances is not None:
                balances.cancel()

    def _is_watching(self) -> bool:
        return len(self._keepers) > 1

    async def _say_how(self) -> None:
        engine = self._engine
        said: str | None = ""
        while True:
            await engine.roots.look()
            refused = next(iter(engine.team_gate.refused.values()), None)
            unkept = next(iter(self._unkept.values()), None) if len(self._unkept) == len(self._accounts) else None
            why = refused or unkept
            trouble = None if why is None else why.title
            moved = self._moved
            row = (
                engine.store.machine,
                __version__,
                roots_of(self._roots),
                self._uploads,
                self._downloads,
                trouble,
                json.dumps({name: str(state) for name, state in engine.roots.amiss().items()}),
                " ".join(sorted(map(str, self._keyed - engine.team_gate.refused.keys()))),
                time.time() - engine.context.clock.now(),
            )
            try:
                await engine.store._write(partial(_say, row=row))  # noqa: SLF001 the store of this very engine
                await engine.store.remember()
            except ComputerError as error:
                _log.info("how this machine is could not be said: %s", error)
                if error.retry is Retry.NEVER:  # another database is there by now
                    trouble = error.title
            if trouble != said:
                said = trouble
                self.told(trouble or "")
            # Not by wait_for: it may swallow a cancellation that comes together with the event (Python 3.11).
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * self._heartbeat_s):
                    await moved.wait()


def _say(connection: SqlConnection, *, row: tuple[object, ...]) -> None:
    connection.execute(
        "INSERT INTO machines (name, version, roots, uploads, downloads, trouble, away, accounts, clock_ahead) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version, "
        "roots = excluded.roots, uploads = excluded.uploads, downloads = excluded.downloads, "
        "trouble = excluded.trouble, away = excluded.away, accounts = excluded.accounts, "
        "clock_ahead = excluded.clock_ahead, seen_at = now()",
        row,
    )
