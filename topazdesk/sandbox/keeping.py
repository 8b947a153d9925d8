"""How long files stay: seven days, as published; and files that nobody booked, because a crash came first, not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from topazdesk.sandbox import jobs
from topazdesk.sandbox.context import Sandbox
from topazdesk.sandbox.state import StateFolder


async def sweep(sandbox: Sandbox) -> None:
    """Remove the files of sources and results that are past their seven days."""
    state = sandbox.state
    sources, results = await sandbox.database.run(jobs.expired_files, sandbox.now())
    await asyncio.to_thread(_remove, state, [*map(state.source, sources), *map(state.result, results)])


async def remove_unbooked(sandbox: Sandbox) -> None:
    """Remove files that no booking knows; only before the server listens, when nothing is being booked."""
    known = await sandbox.database.run(_booked)
    stored = await asyncio.to_thread(sandbox.state.stored)
    await asyncio.to_thread(_remove, sandbox.state, [path for path in stored if path.name not in known])


def _booked(db: sqlite3.Connection) -> set[str]:
    rows = db.execute("SELECT id FROM sources UNION SELECT id FROM jobs")
    return {row["id"] for row in rows}


def _remove(state: StateFolder, paths: Iterable[Path]) -> None:
    for path in paths:
        state.remove(path)
