"""Remembers on which drives the folders for results lie: an unmounted drive may leave its empty folder behind.

What is written into that goes to another disk and is hidden once the drive is back: it would be paid for again.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

from topazdesk.engine import files


class Drives:
    """Knows, while the program runs, the place of the drive of each folder for results."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[Path, str] = {}

    def require(self, folder: Path) -> None:
        """Raise ComputerError if a folder's drive is gone though the folder is there; else note its drive. Blocks.

        A folder that is gone itself is left to whoever writes into it.
        """
        if not os.path.lexists(folder):
            return
        with self._lock:
            known = self._places.get(folder)
        # Asked by its place, not by its number: a share that is mounted again has another one.
        if known is not None and not os.path.ismount(known):
            raise files.disk_error(OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(folder)), folder)
        place = os.path.realpath(folder)
        while not os.path.ismount(place) and (above := os.path.dirname(place)) != place:  # noqa: PTH120 - any bytes
            place = above
        with self._lock:
            self._places[folder] = place
