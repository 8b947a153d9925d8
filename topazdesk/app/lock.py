"""One engine a profile: a lock file that the operating system frees when the holder ends, however it ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from topazdesk.errors import ComputerError


class ProfileLock:
    """Held while a program runs jobs on a profile. Two engines on one database could pay twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Takes the lock. Raises ComputerError when another program holds it. Blocks only for the disk."""
        file = self._path.open("a+b")
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise ComputerError(
                "Another topazdesk is using this profile.",
                "Use its window, wait until it is done, or name another folder with --profile. Nothing was sent.",
                details=str(self._path),
                code="computer.profile_in_use",
            ) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()).encode())
        file.flush()
        self._file = file

    def release(self) -> None:
        """Gives the lock back; the file stays, empty of meaning."""
        if self._file is not None:
            self._file.close()
            self._file = None


if os.name == "nt":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(1 << 20)  # beyond the text, so that others can read who holds it
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
