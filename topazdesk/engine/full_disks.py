"""Downloads that share a full disk take turns: all at once, their part files fill what is left, and none is finished.

The first to find a disk full keeps what it has and goes on alone; the others give their room to it. One for which there
is no room even alone goes to the end of the line, so that a smaller one gets its turn. With the first that is finished
the line is dissolved: there may be room for all again. Lives in memory only; a restart finds out anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from enum import Enum
from pathlib import Path


class Turn(Enum):
    """What a job may do with its part file now."""

    GO = "download"
    KEEP = "wait, and keep what has arrived"
    YIELD = "wait, and give the room of what has arrived to others"


class FullDisks:
    """The line of jobs at each disk that was found full. `waits` tells whether a job still waits for its disk."""

    def __init__(self, waits: Callable[[str], bool]) -> None:
        self._waits = waits
        self._lines: dict[int, list[str]] = {}
        self._sizes: dict[str, int] = {}

    def expects(self, job_id: str, size: int | None) -> None:
        """Note how many bytes the service announced, if it did."""
        if size is not None:
            self._sizes[job_id] = size

    def before(self, disk: int, job_id: str, there: int, free: int | None) -> Turn:
        """Decide about a download of which `there` bytes have arrived, with `free` bytes on the disk (None: unknown).

        Nothing is loaded in vain: where there is known to be no room, a turn is passed on without a try.
        """
        line = self._pruned(disk, job_id)
        if not line:
            return Turn.GO
        if line[0] != job_id:
            if job_id not in line:
                line.append(job_id)
            return Turn.YIELD
        if len(line) > 1 and free is not None and self._sizes.get(job_id, 0) - there > free:
            line.append(line.pop(0))
            return Turn.YIELD
        return Turn.GO

    def refused(self, disk: int, job_id: str) -> Turn:
        """Note that a job found this disk full, and decide what becomes of what has arrived of it."""
        line = self._pruned(disk, job_id)
        if job_id not in line:
            line.append(job_id)
        elif line[0] == job_id:  # it was alone
            line.append(line.pop(0))
        self._lines[disk] = line
        return Turn.KEEP if line[0] == job_id else Turn.YIELD

    def finished(self, disk: int, job_id: str) -> tuple[str, ...]:
        """Note that a job was loaded onto this disk, and return the others: there is room, for all that is known."""
        self._sizes.pop(job_id, None)
        return tuple(each for each in self._lines.pop(disk, ()) if each != job_id)

    def _pruned(self, disk: int, job_id: str) -> list[str]:
        line = self._lines.get(disk, [])
        line[:] = [each for each in line if each == job_id or self._waits(each)]
        if not line:
            self._lines.pop(disk, None)
        return line


def disk_of(folder: Path) -> int:
    """Return the number of the disk that a folder is on, 0 where it cannot be known. Blocks."""
    try:
        return folder.stat().st_dev
    except OSError:
        return 0


def free_on(folder: Path) -> int | None:
    """Return the free bytes of a folder's disk, or None where they cannot be known. Blocks."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.free if usage.total else None
