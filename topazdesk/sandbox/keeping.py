"""How long files stay: seven days, as published; and files that nobody booked, because a crash came first, not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from topazdesk.sandbox import jobs
from topazdesk.sandbox.context import Sandbox


async def sweep(sandbox: Sandbox) -> None:
    """Remove the files of sources and results that are past their seven days."""
    sources, results = await sandbox.database.run(jobs.expired_files, sandbox.now())
    await asyncio.to_thread(_remove, [*map(sandbox.state.source, sources), *map(sandbox.state.result, results)])


async def remove_unbooked(sandbox: Sandbox) -> None:
    """Remove files that no booking knows; only before the server listens, when nothing is being booked."""
    known = await sandbox.database.run(_booked)
    folders = (sandbox.state.path / "sources", sandbox.state.path / "results")
    files = [path for folder in folders for path in folder.iterdir() if path.name not in known]
    await asyncio.to_thread(_remove, files)


def _booked(db: sqlite3.Connection) -> set[str]:
    rows = db.execute("SELECT id FROM sources UNION SELECT id FROM jobs")
    return {row["id"] for row in rows}


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
