"""What an error of the job database means to a person, by SQLite's own code and by the state of the disk."""

from __future__ import annotations

import shutil
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.disk.causes import Cause, cause_of, remedy, why_not_writable
from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, ComputerError, Retry
from topazdesk.language import say

if TYPE_CHECKING:
    import sqlite3


class _Code(IntEnum):
    """SQLite's primary result codes (sqlite.org/rescode.html)."""

    BUSY = 5
    LOCKED = 6
    IOERR = 10
    CORRUPT = 11
    FULL = 13
    NOTADB = 26


#: Code of the error when the disk is full.
FULL = Code.COMPUTER_DATABASE_FULL
#: Below this there is no room: SQLite needs some pages besides the one that it writes.
_NO_ROOM_BYTES = 64 * 1024
_TITLES = {
    Cause.FULL: (say("The disk with your profile is full"), Code.COMPUTER_DATABASE_FULL),
    Cause.QUOTA: (say("The disk with your profile is full"), Code.COMPUTER_DATABASE_FULL),
    Cause.GONE: (say("The folder of your profile is gone"), Code.COMPUTER_DATABASE_GONE),
    Cause.IN_THE_WAY: (say("The job list cannot be written"), Code.COMPUTER_DATABASE_READ_ONLY),
    Cause.TOO_MANY_OPEN: (say("Too many files are open"), Code.COMPUTER_DATABASE_TOO_MANY_FILES),
    Cause.READ_ONLY: (say("The job list cannot be written"), Code.COMPUTER_DATABASE_READ_ONLY),
    Cause.RIGHTS: (say("The job list cannot be written"), Code.COMPUTER_DATABASE_READ_ONLY),
}


def storage_error(error: sqlite3.Error | OSError, path: Path, *, goes_on: bool = False) -> ComputerError:
    """Return the error in words. `path` is the database; `goes_on`: the work waits until the cause is removed."""
    if isinstance(error, OSError):
        return _of_disk(cause_of(error), error, path, goes_on)
    match (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF:
        case _Code.BUSY | _Code.LOCKED:
            return _told(
                say("The job list is in use by another program"),
                say("It continues when that one is done."),
                Code.COMPUTER_DATABASE_LOCKED,
                error,
                path,
            )
        case _Code.CORRUPT | _Code.NOTADB:
            hint = say(
                "It was not changed. Move {path} away to start a new list; “Recover results” then brings back what "
                "is still at the service.",
                path=shown_path(path),
            )
            return _told(say("The job list is damaged"), hint, Code.COMPUTER_DATABASE_DAMAGED, error, path, Retry.NEVER)
        case _Code.FULL:
            return _of_disk(Cause.FULL, error, path, goes_on)
        case _Code.IOERR if _is_full(path.parent):
            return _of_disk(Cause.FULL, error, path, goes_on)
        case _:
            why = why_not_writable(path)
            return _of_disk(cause_of(why) if why is not None else Cause.OTHER, error, path, goes_on)


def _of_disk(cause: Cause, error: Exception, path: Path, goes_on: bool) -> ComputerError:
    title, code = _TITLES.get(cause, (say("The job list cannot be read or written"), Code.COMPUTER_DATABASE_FAULT))
    way = remedy(cause, shown_path(path.parent))
    if goes_on:
        hint = say("{remedy:text}; it resumes automatically.", remedy=way)
    else:
        hint = say("{remedy:text}, then try again.", remedy=way)
    return _told(title, hint, code, error, path)


def _told(title: str, hint: str, code: str, error: Exception, path: Path, retry: Retry = Retry.LATER) -> ComputerError:
    return ComputerError(title, hint, details=f"{path}: {error}", code=code, retry=retry)


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM_BYTES
    except OSError:
        return False
