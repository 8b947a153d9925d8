"""Delete files: after seven days, as published, and at the start those that a crash left without a database entry."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from topazdesk.sandbox import jobs
from topazdesk.sandbox.context import Sandbox
from topazdesk.sandbox.state import StateFolder


async def sweep(sandbox: Sandbox) -> None:
    """Delete the files of sources and results that have expired after seven days."""
    state = sandbox.state
    sources, results = await sandbox.database.run(jobs.expired_files, sandbox.now())
    await asyncio.to_thread(_remove, state, [*map(state.source, sources), *map(state.result, results)])


async def remove_unbooked(sandbox: Sandbox) -> None:
    """Delete files that the database does not know. Call it before the server listens, when nothing is being added."""
    known = await sandbox.database.run(_known_ids)
    stored = await asyncio.to_thread(sandbox.state.stored)
    await asyncio.to_thread(_remove, sandbox.state, [path for path in stored if path.name not in known])


def _known_ids(db: sqlite3.Connection) -> set[str]:
    rows = db.execute("SELECT id FROM sources UNION SELECT id FROM jobs")
    return {row["id"] for row in rows}


def _remove(state: StateFolder, paths: Iterable[Path]) -> None:
    for path in paths:
        state.remove(path)
