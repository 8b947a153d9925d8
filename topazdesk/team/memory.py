"""What this machine remembers of its team's database: which one it is, and how far it had come.

The counterpart of a profile's mark file (`engine.database_check`). A database that was restored from a backup is sound
and merely lacks what came after, so nothing in it tells. Each machine therefore remembers the newest line of the
history that it has seen, and the line of each submit of its own before the first byte leaves. Lines are never changed
nor removed: where that line is not as it was, the database is older than what was sent.
"""

from __future__ import annotations

import threading
import zlib
from pathlib import Path
from typing import Any

from topazdesk.engine.database_check import NAME, Figures, MarkFile
from topazdesk.engine.sql import SqlConnection

_LINE = "SELECT id, job_id, at, from_state, to_state FROM history WHERE"


class TeamMemory:
    """The memory of one database, in a file of the profile; without a path it ends with the program."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = None if path is None else MarkFile(path)
        self._lock = threading.Lock()
        self._last = None if self._file is None else self._file.read()

    @property
    def name(self) -> str:
        """The random name of the database, "" before it was seen for the first time."""
        return "" if self._last is None else self._last.database

    def contradiction(self, connection: SqlConnection) -> str:
        """Return what the database lacks of what this machine remembers, for the details of an error; "" if nothing."""
        last = self._last
        if last is None or not last.history:
            return ""
        return _differs(last, connection.execute(f"{_LINE} id = ?", (last.history,)).fetchone())

    def compare(self, connection: SqlConnection) -> str:
        """Do the same, and remember the newest line if nothing is lacking. In one statement, as it is done often."""
        last = self._last  # another thread may remember more meanwhile
        number = 0 if last is None else last.history
        newest = "id = (SELECT max(id) FROM history)"
        lines = connection.execute(f"{_LINE} id = ? OR {newest} ORDER BY id", (number,)).fetchall()
        if last is not None and number and (lacks := _differs(last, next((e for e in lines if e[0] == number), None))):
            return lacks
        self._remember(connection, lines[-1] if lines else None)
        return ""

    def note(self, connection: SqlConnection, job_id: str = "") -> None:
        """Remember the newest line of the history, or the newest of one job, which must be committed."""
        where = "job_id = ? ORDER BY id DESC LIMIT 1" if job_id else "id = (SELECT max(id) FROM history)"
        self._remember(connection, connection.execute(f"{_LINE} {where}", (job_id,) if job_id else ()).fetchone())

    def _remember(self, connection: SqlConnection, line: Any) -> None:
        name = self.name
        if not name:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (NAME,)).fetchone()
            name = "" if row is None else str(row[0])
        number, checksum = (0, -1) if line is None else (int(line[0]), _checksum(line))
        with self._lock:
            self._last = Figures(name, 0, 0, number, checksum=checksum)
            if self._file is not None:
                self._file.note(self._last)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _differs(last: Figures, line: Any) -> str:
    if line is not None and _checksum(line) == last.checksum:
        return ""
    return f"line {last.history:,} of its history is {'gone' if line is None else 'another'}"


def _checksum(line: tuple[object, ...]) -> int:
    return zlib.crc32("|".join(map(str, line)).encode())
