"""Checks that the job list is still the one this program left: undamaged and complete.

A list that lost its write-ahead log, was truncated, or was restored from an older copy may be a valid database that
merely lacks rows. So a small file beside it, the mark file, records how far the list had come when it was last flushed
to disk and, after a clean end, its exact figures and the file's checksum. The next start compares them with a snapshot
of the list as it was found, while the program is running already; nothing is paid before that is done.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.disk.names import shown_path
from topazdesk.disk.offsets import BINARY, read_at, write_at
from topazdesk.errors import Code, ComputerError
from topazdesk.language import all_of, nsay, say

if TYPE_CHECKING:
    import sqlite3

LOST = Code.COMPUTER_DATABASE_LOST
DAMAGED = Code.COMPUTER_DATABASE_DAMAGED
_MARK_BYTES = 512  # after a kill, a write of this length is there completely or not at all
_PIECE = 1 << 20
#: A larger file (some 20,000 jobs) takes too long to be read in full at every start and end.
_CHECKSUM_MOST_BYTES = 64_000_000

#: The key in the table `meta` under which the list keeps its own random name.
NAME = "database"


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a list has come. Rows are only ever added, so their numbers only grow. -1 means not determined."""

    database: str  # its own random name
    version: int  # of the schema
    jobs: int  # the highest row number
    history: int  # the highest row number
    ledger: int = -1  # count of rows
    gaps: int = -1  # how many rows there are less than the highest numbers say
    checksum: int = -1

    @property
    def is_exact(self) -> bool:
        """Whether the figures were recorded at a clean end."""
        return self.ledger >= 0


def reached(connection: sqlite3.Connection) -> Figures:
    """Return the figures that cost next to nothing: the highest row numbers."""

    def one(query: str, *values: str) -> object:
        row = connection.execute(query, values).fetchone()
        return None if row is None else row[0]

    jobs, history = one("SELECT max(rowid) FROM jobs"), one("SELECT max(id) FROM history")
    version = one("PRAGMA user_version")
    numbers = [number if isinstance(number, int) else 0 for number in (version, jobs, history)]
    return Figures(str(one("SELECT value FROM meta WHERE key = ?", NAME) or ""), *numbers)


def exact(connection: sqlite3.Connection, checksum: int = -1) -> Figures:
    """Return all figures. Takes some 40 ms with 50,000 jobs."""
    far = reached(connection)
    jobs, history, ledger = connection.execute(
        "SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM history), (SELECT count(*) FROM ledger)"
    ).fetchone()
    gaps = far.jobs - jobs + far.history - history
    return Figures(far.database, far.version, far.jobs, far.history, int(ledger), int(gaps), checksum)


def checksum_of(descriptor: int) -> int:
    """Return the CRC-32 of an open file, -1 if it is too large. Raises OSError.

    The file must not be closed in this process while SQLite has it open: that would drop SQLite's locks.
    """
    if os.fstat(descriptor).st_size > _CHECKSUM_MOST_BYTES:
        return -1
    found, place = 0, 0
    while piece := read_at(descriptor, place, _PIECE):
        found, place = zlib.crc32(piece, found), place + len(piece)
    return found


class MarkFile:
    """The mark file beside the list. If it cannot be read or written, nothing is compared."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self._last: Figures | None = None

    def read(self) -> Figures | None:
        """Return the figures recorded last, or None."""
        try:
            handle = self._open()
            data: dict[str, Any] = json.loads(read_at(handle, 0, _MARK_BYTES))
            return Figures(str(data["database"]), *(int(data[field.name]) for field in fields(Figures)[1:]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def note(self, figures: Figures) -> None:
        """Record figures, if they are new."""
        if figures == self._last:
            return
        line = json.dumps(asdict(figures)).encode().ljust(_MARK_BYTES - 1) + b"\n"
        try:
            write_at(self._open(), 0, line)
        except OSError:
            return
        self._last = figures

    def close(self) -> None:
        """Close the file."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _open(self) -> int:
        if self._handle is None:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | BINARY
            self._handle = os.open(self._path, flags, 0o600)
        return self._handle


def finding(
    connection: sqlite3.Connection, before: Figures | None, path: Path, descriptor: int | None
) -> ComputerError | None:
    """Return what is wrong with the list in this connection's snapshot, or None.

    Takes some 250 ms with 50,000 jobs. Raises sqlite3.Error, OSError.
    """
    answers = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    if answers != ["ok"]:
        return ComputerError(
            "The job list is damaged",
            say("Nothing more is sent; paid results are still downloaded. {rest:text}", rest=_way_out(path)),
            details="; ".join(answers)[:500],
            code=DAMAGED,
        )
    if before is None or not before.jobs:
        return None
    now = exact(connection)
    if before.database != now.database:
        return _lost(say("The job list is not the one that was here last"), before, now, path)
    jobs, steps, lines = before.jobs - now.jobs, before.history - now.history, before.ledger - now.ledger
    rows = now.gaps - before.gaps if before.is_exact else 0
    lacks = [
        said
        for count, said in (
            (jobs, nsay("1 job", "{n} jobs", jobs)),
            (steps, nsay("1 step", "{n} steps", steps)),
            (lines, nsay("1 ledger line", "{n} ledger lines", lines)),
            (rows, nsay("1 row", "{n} rows", rows)),
        )
        if count > 0
    ]
    if lacks:
        return _lost(say("The job list lacks {lacks:text} that it had", lacks=all_of(lacks)), before, now, path)
    is_same = (before.version, before.jobs, before.history) == (now.version, now.jobs, now.history)
    if before.checksum >= 0 and is_same and descriptor is not None and checksum_of(descriptor) != before.checksum:
        return _lost(say("The job list was changed by something else since topazdesk closed it"), before, now, path)
    return None


def _lost(title: str, before: Figures, now: Figures, path: Path) -> ComputerError:
    hint = say("It may be an older copy, or damaged. {rest:text}", rest=_way_out(path))
    return ComputerError(title, hint, details=f"{path}: had {before}, has {now}", code=LOST)


def _way_out(path: Path) -> str:
    found = sorted(path.parent.glob(f"{path.name}.*.bak"))
    way = say(
        "“Recover results” (topazdesk jobs recover) fetches, free of charge, what is at the service and not in this "
        "list."
    )
    if not found:
        return way
    names = ", ".join(shown_path(Path(each.name)) for each in found)
    return say("{way:text} Older copies are beside it: {names}.", way=way, names=names)
