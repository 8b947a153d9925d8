"""Whose the job database is, and whether a row is what this program believes: both asked in the transaction that writes.

The lock of the profile is a file, which can be deleted, and some network drives keep no locks at all. So the program that
claims a profile leaves a random mark in the database; the later program's mark replaces the earlier's, and the earlier one
writes nothing more: it would overwrite rows that are newer than what it knows, and pay for what is paid already.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.job import Job, JobState
from topazdesk.engine import rows
from topazdesk.errors import KnownIdError, ProfileLostError

if TYPE_CHECKING:
    import sqlite3

_ROW = "SELECT state, remote_id, intent_at, attempts, resends FROM jobs WHERE id = ?"
#: A step to PREPARING is written later than it is taken, and may have met a full disk.
_BEFORE_INTENT = frozenset({JobState.QUEUED.value, JobState.PREPARING.value})


class OwnerMark:
    """The mark of one program in one database. All of it runs on the database's thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _identity(path)
        self._mark = ""
        self._is_written = False

    def claim(self) -> None:
        """From now on the database is to be this program's. Claiming again does nothing."""
        self._mark = self._mark or secrets.token_hex(16)

    def check(self, connection: sqlite3.Connection) -> ProfileLostError | None:
        """Whether this program may write jobs, in the transaction that is to write them. Writes the mark where it is due.

        A program that never claimed the profile is not held to it.
        """
        if not self._mark:
            return None
        if _identity(self._path) != self._file:
            return ProfileLostError(
                "The job list was replaced while topazdesk was running",
                "Nothing more is sent. Start topazdesk again: it then looks at the service what was sent already.",
                details=str(self._path),
                code="computer.profile_replaced",
            )
        if not self._is_written:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('owner', ?)", (self._mark,))
            return None
        row = connection.execute("SELECT value FROM meta WHERE key = 'owner'").fetchone()
        if row is not None and row[0] == self._mark:
            return None
        return ProfileLostError(
            "Another topazdesk works with this profile now",
            "This one has stopped: it sends nothing more, so that nothing is paid twice. The other one goes on with all jobs. "
            "Close one of the two; for two at a time, use two profiles (--profile).",
            details=f"{self._path}: owner {'is gone' if row is None else 'changed'}",
            code="computer.profile_taken",
        )

    def committed(self) -> None:
        """The transaction of the last `check` is on disk."""
        self._is_written = bool(self._mark)


def check_row(connection: sqlite3.Connection, was: Job) -> None:
    """Raises ProfileLostError unless the row is that of `was`, a job that is about to be sent.

    Then something else has written it since: it may have been sent already.
    """
    row = connection.execute(_ROW, (was.id,)).fetchone()
    believed = (was.remote_id, was.intent_at, was.attempts, was.resends)
    if row is not None and row[0] in _BEFORE_INTENT and tuple(row[1:]) == believed:
        return
    raise ProfileLostError(
        "The job list is not as this program wrote it",
        "Something else has changed it, so nothing more is sent. Start topazdesk again: it then goes on from what is written there.",
        details=f"job {was.id}: {'no row' if row is None else tuple(row)}, not {believed}",
        code="computer.profile_changed",
    )


def check_remote_id(connection: sqlite3.Connection, job: Job) -> None:
    """Raises KnownIdError when another job, also one that was cleared from the list, has this id at the same service."""
    query = "SELECT * FROM jobs WHERE remote_id = ? AND remote_id != '' AND id != ?"  # as the index has it
    for row in connection.execute(query, (job.remote_id, job.id)):
        try:
            other = rows.from_row(row)
        except rows.BrokenRowError:
            other = None  # better a doubt too many
        if other is None or other.recipe.service is job.recipe.service:
            raise KnownIdError(
                "The service named a job that belongs to another picture",
                "It is not believed. topazdesk looks for the right one in the service's list.",
                details=f"process {job.remote_id} is that of job {row['id']}",
                code="service.known_id",
            )


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
