"""The job database: SQLite on a thread of its own, used through async methods.

Writes that wait at the same time share one transaction. Every awaited write survives a kill of the process. New jobs
and the intent to submit also survive a power cut (`synchronous=FULL`). If a power cut undoes a later step, it is merely
done again: a lost answer is looked up at the service, and a lost "done" finds the file in place. A state, its history
line and its ledger entry are written together.

Over 400 lines, because the connection, its one thread, and the transactions that all reads and writes go through belong
together. Queries are in `job_queries`, records in `rows`.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import secrets
import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from topazdesk.disk import private_file
from topazdesk.disk.offsets import BINARY
from topazdesk.domain.job import Job, JobState
from topazdesk.engine import database_check, list_doubt
from topazdesk.engine.database_check import Figures, MarkFile
from topazdesk.engine.database_owner import OwnerMark
from topazdesk.engine.job_store import JobStore, save_operation
from topazdesk.engine.ledger import MoneyMove
from topazdesk.engine.lock import ProfileLock
from topazdesk.engine.migrations import STEPS, migrate
from topazdesk.engine.sql import SqlConnection
from topazdesk.engine.store_faults import FULL, storage_error
from topazdesk.errors import Code, ComputerError, Retry

T = TypeVar("T")
_log = logging.getLogger(__name__)
_TIGHT = 2  # the disk is nearly full when less than this many times the write-ahead log is free
_UNDECODABLE = "Could not decode to UTF-8"  # sqlite3's own words
#: Writes in one transaction.
_BATCH = 500
_SOON_S = 0.25
_AGAIN_S = 0.02
_NAME = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class _Write:
    op: Callable[[SqlConnection], Any]
    future: asyncio.Future[Any] | None  # None: nobody waits
    is_hard: bool
    is_owned: bool  # only for the program that owns the profile


class Store(JobStore):
    """The jobs of a profile on disk. Every method may raise ComputerError (`computer.database_…`)."""

    #: A restart undoes them anyway. They are on disk, with the next state, before anything depends on them.
    light_states = frozenset({JobState.PREPARING, JobState.DOWNLOADING})

    def __init__(self, path: Path, connection: sqlite3.Connection, executor: ThreadPoolExecutor, busy_s: float) -> None:
        self.path = path
        self._log_path = path.with_name(f"{path.name}-wal")
        self._busy_s = busy_s
        self._connection = connection
        self._executor = executor
        self._pending: deque[_Write] = deque()
        self._lock = ProfileLock(path.with_name(f"{path.name}.lock"))
        self._owner = OwnerMark(path)
        self._closed = False
        self._is_flush_scheduled = False
        self._is_hard: bool | None = None
        self._mark = MarkFile(path.with_name(f"{path.name}.mark"))
        self._before: Figures | None = None  # as the previous program recorded them
        self._snapshot: sqlite3.Connection | None = None
        self._file: int | None = None  # open until the end: closing it would drop SQLite's locks
        self._snapshot_lock = threading.Lock()
        self._is_noting = False

    @classmethod
    async def open(cls, path: Path, *, busy_s: float = 5.0, steps: Sequence[Sequence[str]] = STEPS) -> Store:
        """Open or create the database at `path` and migrate it to the newest schema.

        Raises ComputerError when it is from a newer program, damaged, locked or not writable; it is then left
        untouched.
        """
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="topazdesk-store")
        try:
            connection = await asyncio.wrap_future(executor.submit(_connect, path, busy_s, steps))
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(path, connection, executor, busy_s)

    async def claim(self) -> None:
        """Make this the only program that runs the profile's jobs. Raises ComputerError when another one does.

        If an earlier program is running nevertheless (its lock was deleted, or the drive keeps none), its next write
        fails.
        """
        await self._read(lambda _: self._lock.take())
        await self._read(lambda _: self._take_snapshot())
        self._owner.claim()
        try:
            name = "" if self._before is None else self._before.database
            await self._write(lambda c: _name_database(c, name), is_hard=True, is_owned=True)
        except ComputerError as error:
            if error.retry is not Retry.LATER:
                raise  # else the mark is written with the first write that succeeds; reading the jobs needs none

    async def is_new(self) -> bool:
        """Tell whether there has never been a job: none is here, and the mark file, once claimed, knows of none."""
        return not (self._before is not None and self._before.jobs > 0) and await super().is_new()

    async def close(self) -> None:
        """Finish the writes asked for, then close. Further calls raise ComputerError."""
        if self._closed:
            return
        self._closed = True
        await asyncio.wrap_future(self._executor.submit(self._shut_down))
        self._executor.shutdown(wait=False)

    async def check(self) -> ComputerError | None:
        """Check the list as it was when it was claimed (see `database_check`), in parallel with all other calls.

        Until this is done, the mark file is not updated, as its old content is needed for the comparison. That
        something is missing is remembered in the list before it is updated (see `list_doubt`).
        """
        found = await asyncio.to_thread(self._check_snapshot)
        if found is not None and found.code == database_check.LOST:
            try:
                await list_doubt.begin(self)
            except ComputerError:
                return found  # the mark stays as it is, and tells the next program
        self._is_noting = True
        return found

    def _take_snapshot(self) -> None:
        """Keep a snapshot of the list before this program writes to it. The open read also keeps the file as it is."""
        if self._snapshot is not None or self._is_noting:
            return
        self._before = self._mark.read()
        if self._before is not None:  # the file changes from now on; the figures are kept until they are compared
            self._mark.note(replace(self._before, checksum=-1))
        with suppress(sqlite3.Error):
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
            self._snapshot = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            self._snapshot.execute("BEGIN")
            self._snapshot.execute("SELECT count(*) FROM sqlite_schema").fetchone()

    def _check_snapshot(self) -> ComputerError | None:
        """Check the snapshot. May run in any thread."""
        with self._snapshot_lock:
            return self._compare_snapshot()

    def _compare_snapshot(self) -> ComputerError | None:
        snapshot = self._snapshot
        if snapshot is None:
            return None
        try:
            if self._before is not None and self._before.checksum >= 0:
                self._file = os.open(self.path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | BINARY)
            return database_check.finding(snapshot, self._before, self.path, self._file)
        except sqlite3.Error as error:
            return None if self._closed else storage_error(error, self.path)
        except OSError:
            return None
        finally:
            self._snapshot = None
            snapshot.close()

    def _record_mark(self) -> None:
        """Record in the mark file which state of the list is safely on disk."""
        if self._is_noting:
            with suppress(sqlite3.Error):
                self._mark.note(database_check.reached(self._connection))

    def _shut_down(self) -> None:
        while self._pending:
            self._flush()
        snapshot, figures = self._snapshot, None
        if snapshot is not None:
            with suppress(sqlite3.Error):
                snapshot.interrupt()
            with self._snapshot_lock:
                snapshot.close()
        with suppress(sqlite3.Error):
            if self._is_noting and self._owner.check(self._connection) is None:
                figures = database_check.exact(self._connection)
        has_written = self._connection.total_changes > 0
        self._connection.close()
        if figures is not None:
            self._mark.note(replace(figures, checksum=self._checksum()))
        elif has_written and (last := self._mark.read()) is not None:
            self._mark.note(replace(last, checksum=-1))
        self._mark.close()
        if self._file is not None:
            os.close(self._file)
        self._lock.release()

    def _checksum(self) -> int:
        """Return the checksum of the closed file; -1 while another program has it open, as its writes are missing."""
        try:
            if self._log_path.exists():
                return -1
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | BINARY)
            try:
                return database_check.checksum_of(handle)
            finally:
                os.close(handle)
        except OSError:
            return -1

    # -- writing a job ---------------------------------------------------------------------------------------------

    async def save(
        self, job: Job, was: Job, *, is_move: bool = True, note: str = "", money: MoneyMove | None = None
    ) -> None:
        """Write a job that was `was` before; a move with a history line, and `money` into the ledger: all or nothing.

        Writes nothing and raises BudgetError when `money` is a reservation beyond a cap; KnownIdError when the job has
        a new remote id that another job has; ProfileLostError when another program has taken over the profile, or when
        the row of a job about to be sent differs from `was`.
        """
        op = save_operation(job, was, is_move=is_move, note=note, money=money)
        await self._write(op, is_hard=job.state is JobState.SUBMITTING, is_owned=True)

    def save_soon(self, job: Job, was: Job, note: str = "") -> None:
        """Write an intermediate step that a restart need not know of, with the next write or a moment later.

        Writes stay in order. Never raises: a later write of the job contains all of it.
        """
        if self._closed:
            return
        op = save_operation(job, was, is_move=True, note=note, money=None)
        self._pending.append(_Write(op, None, is_hard=False, is_owned=True))
        asyncio.get_running_loop().call_later(_SOON_S, self._schedule_flush)

    # -- the thread -----------------------------------------------------------------------------------------------

    async def _read(self, op: Callable[[SqlConnection], T]) -> T:
        self._check_open()
        return await asyncio.wrap_future(self._executor.submit(self._run_query, op))

    def _look_up(self, op: Callable[[SqlConnection], T]) -> T:
        self._check_open()
        return self._executor.submit(self._run_query, op).result()

    def _run_query(self, op: Callable[[SqlConnection], T]) -> T:
        try:
            try:
                return op(self._connection)
            except sqlite3.OperationalError as error:
                if _UNDECODABLE not in str(error):
                    raise
                # One damaged text must not cost the whole list: read as bytes, it only makes its own row unreadable.
                self._connection.text_factory = _text_or_bytes
                return op(self._connection)
        except sqlite3.Error as error:
            raise storage_error(error, self.path) from error

    async def _write(self, op: Callable[[SqlConnection], T], *, is_hard: bool = False, is_owned: bool = False) -> T:
        """Queue a write and wait for it.

        `is_hard`: wait until it survives a power cut. `is_owned`: refuse it once another program owns the profile.
        """
        self._check_open()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.append(_Write(op, future, is_hard, is_owned))
        self._schedule_flush()
        return await future

    def _schedule_flush(self) -> None:
        """Have the thread run the pending writes, unless that is already scheduled."""
        if self._pending and not self._closed and not self._is_flush_scheduled:
            self._is_flush_scheduled = True
            self._executor.submit(self._flush)

    def _check_open(self) -> None:
        if self._closed:
            raise ComputerError("The job list is closed", "Start topazdesk again.", code=Code.COMPUTER_DATABASE_CLOSED)

    def _flush(self) -> None:
        """Run the pending writes in one transaction; a write that fails undoes only itself."""
        self._is_flush_scheduled = False  # first, so that writes from now on schedule another run
        batch: list[_Write] = []
        while self._pending and len(batch) < _BATCH:
            write = self._pending.popleft()
            if write.future is None or not write.future.cancelled():
                batch.append(write)
        self._schedule_flush()
        if not batch:
            return
        outcomes = self._run_batch(batch)
        awaited = [(w.future, *outcome) for w, outcome in zip(batch, outcomes, strict=True) if w.future is not None]
        if awaited:
            # One call for all: each call from this thread wakes the loop up.
            awaited[0][0].get_loop().call_soon_threadsafe(_resolve, awaited)

    def _run_batch(self, batch: list[_Write]) -> list[tuple[Any, BaseException | None]]:
        """Return an outcome for each write, whatever happens, as each is awaited. Runs on the thread."""
        try:
            outcomes = self._transaction(batch)
        except sqlite3.Error as error:
            fault = storage_error(error, self.path, goes_on=True)
            self._roll_back()
            if fault.code == FULL:
                self._checkpoint(truncate=True)
            elif fault.retry is Retry.NEVER:
                self._reconnect()
            return [(None, fault)] * len(batch)
        except Exception as error:  # noqa: BLE001 a bug: handed to all callers
            self._roll_back()
            return [(None, error)] * len(batch)
        if self._is_disk_nearly_full():
            self._checkpoint()
        return outcomes

    def _transaction(self, batch: list[_Write]) -> list[tuple[Any, BaseException | None]]:
        is_hard = any(write.is_hard for write in batch)
        if is_hard is not self._is_hard:  # only on a change: the pragma costs as much as a small write
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if is_hard else 'NORMAL'}")
            self._is_hard = is_hard
        self._connection.execute("BEGIN IMMEDIATE")
        is_owned = any(write.is_owned for write in batch)
        lost = self._owner.check(self._connection) if is_owned else None
        outcomes = [
            (None, lost) if lost is not None and write.is_owned else self._run_write(write.op, len(batch))
            for write in batch
        ]
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
            if is_owned and lost is None:
                self._owner.committed()
            if is_hard:
                self._record_mark()
        return outcomes

    def _roll_back(self) -> None:
        """Undo the transaction. If the rollback itself fails, connect anew: no later write must meet an open one."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            _log.warning("the rollback failed: %s", error)
            self._reconnect()
        self._is_hard = None

    def _reconnect(self) -> None:
        """Replace the connection: the new one has no open transaction and no page that was read wrongly."""
        with suppress(sqlite3.Error):
            fresh = _open_connection(self.path, self._busy_s)
            self._connection.close()
            self._connection = fresh

    def _is_disk_nearly_full(self) -> bool:
        """Tell whether the disk is so full that the write-ahead log could take the room needed for a checkpoint."""
        try:
            return shutil.disk_usage(self.path.parent).free < _TIGHT * self._log_path.stat().st_size
        except OSError:
            return False

    def _checkpoint(self, *, truncate: bool = False) -> None:
        """Move the write-ahead log into the database, so that it stops growing; `truncate` also frees its disk space.

        SQLite does so by itself only after some 4 MB. On a small volume the log had filled the disk by then, and
        freeing space elsewhere was no longer enough.
        """
        with suppress(sqlite3.Error):
            self._connection.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if truncate else 'PASSIVE'})").fetchall()

    def _run_write(self, op: Callable[[SqlConnection], Any], of: int) -> tuple[Any, BaseException | None]:
        if of == 1:  # a single write needs no savepoint: the transaction is its own
            try:
                return op(self._connection), None
            except sqlite3.Error:
                raise
            except Exception as error:  # noqa: BLE001 handed to the caller
                self._connection.execute("ROLLBACK")
                return None, error
        self._connection.execute("SAVEPOINT one")
        try:
            result, failure = op(self._connection), None
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite rolled the whole transaction back (disk full): nothing of the batch is written
            self._connection.execute("ROLLBACK TO one")
            result = None
            failure = storage_error(error, self.path, goes_on=True) if isinstance(error, sqlite3.Error) else error
        self._connection.execute("RELEASE one")
        return result, failure


def _resolve(awaited: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for future, result, failure in awaited:
        if future.done():
            continue  # the caller was cancelled; the write is done all the same
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)


def _name_database(connection: SqlConnection, before: str) -> None:
    """Give the database a name of its own, once, by which its mark file recognises it.

    One that lost all it had, even its name, goes on under the one in the mark file (`before`, "" for none): the names
    under which its pictures were sent begin with it.
    """
    name = before if _NAME.fullmatch(before) else secrets.token_hex(16)
    connection.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (database_check.NAME, name))


def _text_or_bytes(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _connect(path: Path, busy_s: float, steps: Sequence[Sequence[str]]) -> sqlite3.Connection:
    """Open the database, create or migrate it where needed; several programs may do so at the same moment."""
    until = time.monotonic() + busy_s
    while True:
        try:
            return _connect_once(path, busy_s, steps)
        except sqlite3.Error as error:
            # SQLite itself does not wait when two programs switch a new database to WAL at once.
            if not _is_busy(error) or time.monotonic() > until:
                raise storage_error(error, path) from error
            time.sleep(_AGAIN_S)
        except OSError as error:
            raise storage_error(error, path) from error


def _connect_once(path: Path, busy_s: float, steps: Sequence[Sequence[str]]) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_file(path)
    connection = _open_connection(path, busy_s)
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version <= len(steps):
            connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, path, steps)
    except BaseException:
        connection.close()
        raise
    return connection


def _open_connection(path: Path, busy_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check_file(path: Path) -> None:
    """Create a new database for its user alone. Raises OSError if the path is no file (SQLite would wait on a pipe)."""
    try:
        private_file.create(path, b"")
    except FileExistsError:
        if not path.is_file():
            raise OSError(errno.EINVAL, "not a plain file", str(path)) from None


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
    )
