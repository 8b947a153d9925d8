"""Whose the job database is, and whether a row is what this program believes; checked in the transaction that writes.

The profile's lock is a file, which can be deleted, and some network drives do not support locks. So a program that
claims a profile leaves a random mark in the database. A later program replaces the mark, and the earlier one then
writes nothing more: it would overwrite rows newer than what it knows, and pay for what is paid already.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.job import Job, JobState
from topazdesk.engine import rows
from topazdesk.errors import Code, KnownIdError, ProfileLostError

if TYPE_CHECKING:
    from topazdesk.engine.sql import SqlConnection

_ROW = "SELECT state, remote_id, intent_at, attempts, resends FROM jobs WHERE id = ?"
#: PREPARING is written some time after it is entered, or not at all on a full disk.
_BEFORE_INTENT = frozenset(state.value for state in JobState if state.traits.is_before_intent)


class OwnerMark:
    """The mark of this program in one database. All methods run on the database's thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _identity(path)
        self._mark = ""
        self._is_written = False

    def claim(self) -> None:
        """Make the database this program's from the next write on. A second call does nothing."""
        self._mark = self._mark or secrets.token_hex(16)

    def check(self, connection: SqlConnection) -> ProfileLostError | None:
        """Return an error if this program may not write jobs any more; call it in the transaction that writes them.

        Writes the mark when it is not there yet. A program that never claimed the profile may always write.
        """
        if not self._mark:
            return None
        if _identity(self._path) != self._file:
            return ProfileLostError(
                "The job list was replaced while topazdesk was running",
                "Nothing more is sent. Start topazdesk again: it then checks with the service what has been sent.",
                details=str(self._path),
                code=Code.COMPUTER_PROFILE_REPLACED,
            )
        if not self._is_written:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('owner', ?)", (self._mark,))
            return None
        row = connection.execute("SELECT value FROM meta WHERE key = 'owner'").fetchone()
        if row is not None and row[0] == self._mark:
            return None
        return ProfileLostError(
            "Another topazdesk works with this profile now",
            "This one has stopped and sends nothing more, so that nothing is paid twice. The other one continues all "
            "jobs. Close one of the two; to use two at a time, give each its own profile (--profile).",
            details=f"{self._path}: owner {'is gone' if row is None else 'changed'}",
            code=Code.COMPUTER_PROFILE_TAKEN,
        )

    def committed(self) -> None:
        """Note that the transaction of the last `check` is on disk."""
        self._is_written = bool(self._mark)


def check_row(connection: SqlConnection, was: Job) -> None:
    """Raise ProfileLostError unless the row matches `was`, a job that is about to be sent.

    Otherwise something else has written the row, and the job may have been sent already.
    """
    row = connection.execute(_ROW, (was.id,)).fetchone()
    believed = (was.remote_id, was.intent_at, was.attempts, was.resends)
    if row is not None and row[0] in _BEFORE_INTENT and tuple(row[1:]) == believed:
        return
    raise ProfileLostError(
        "The job list is not as this program wrote it",
        "Something else has changed it, so nothing more is sent. Start topazdesk again: it then continues from what is "
        "written there.",
        details=f"job {was.id}: {'no row' if row is None else tuple(row)}, not {believed}",
        code=Code.COMPUTER_PROFILE_CHANGED,
    )


def check_remote_id(connection: SqlConnection, job: Job) -> None:
    """Raise KnownIdError if another job, even one cleared from the list, has this id at the same service."""
    query = "SELECT * FROM jobs WHERE remote_id = ? AND remote_id != '' AND id != ?"  # the index needs these words
    for row in connection.execute(query, (job.remote_id, job.id)):
        try:
            other = rows.from_row(row)
        except rows.BrokenRowError:
            other = None  # rather one doubt too many
        if other is None or other.recipe.service is job.recipe.service:
            raise KnownIdError(
                "The service named a job that belongs to another picture",
                "That answer is not trusted. topazdesk looks for the right job in the service's list.",
                details=f"process {job.remote_id} is that of job {row['id']}",
                code=Code.SERVICE_KNOWN_ID,
            )


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what identifies a file, whatever its name; None if there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
