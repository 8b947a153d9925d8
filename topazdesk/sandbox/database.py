"""The SQLite database of jobs, sources and the ledger.

One connection runs on its own thread, so that the event loop never waits for the disk. With a write-ahead log and
normal syncing, whatever was answered survives a crash of the process (`kill -9`).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (
    id TEXT PRIMARY KEY, filename TEXT NOT NULL, format TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    digest TEXT NOT NULL, created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source_id TEXT NOT NULL, filename TEXT NOT NULL,
    endpoint TEXT NOT NULL, model TEXT NOT NULL,
    input_format TEXT NOT NULL, input_width INTEGER NOT NULL, input_height INTEGER NOT NULL,
    output_format TEXT NOT NULL, output_width INTEGER NOT NULL, output_height INTEGER NOT NULL,
    crop_to_fill INTEGER NOT NULL, settings TEXT NOT NULL,
    status TEXT NOT NULL, progress INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, modified REAL NOT NULL, started REAL, queue_s REAL NOT NULL, takes_s REAL NOT NULL,
    credits INTEGER NOT NULL, fail_at INTEGER, refund INTEGER NOT NULL DEFAULT 1, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS unfinished ON jobs (seq) WHERE status IN ('Pending', 'Processing');
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, client_ref TEXT, metadata TEXT);
CREATE INDEX IF NOT EXISTS runs_by_name ON runs (client_ref);
CREATE TABLE IF NOT EXISTS assets (
    id TEXT PRIMARY KEY, filename TEXT NOT NULL, mime TEXT NOT NULL, size INTEGER NOT NULL, created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, process_id TEXT, kind TEXT NOT NULL,
    available INTEGER NOT NULL, reserved INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ledger_of_job ON ledger (process_id);
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    available INTEGER NOT NULL CHECK (available >= 0), reserved INTEGER NOT NULL CHECK (reserved >= 0)
);
"""


class Database:
    """A database that runs functions one after the other, each in its own transaction."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sandbox-database")
        self._connection = self._thread.submit(_open, path).result()

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return `work(connection, …)`, run in a transaction that is rolled back when it raises."""

        def transaction() -> T:
            with self._connection:
                return work(self._connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)

    def close(self) -> None:
        """Finish the queued transactions and close the connection."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(_SCHEMA)
    return connection
