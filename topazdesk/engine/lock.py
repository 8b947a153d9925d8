"""Allows only one program per profile: two engines on the same jobs could pay twice."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from topazdesk.disk.causes import cause_of, remedy
from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, ComputerError
from topazdesk.language import say


class ProfileLock:
    """A lock that the system frees when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock. Raises ComputerError when another program holds it; does nothing when it is held here."""
        if self._handle is not None:
            return
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise ComputerError(
                "The profile's folder cannot be written",
                say(
                    "{remedy:text}, or choose another one with --profile.",
                    remedy=remedy(cause_of(error), shown_path(self._path.parent)),
                ),
                details=str(error),
                code=Code.COMPUTER_PROFILE_READ_ONLY,
            ) from error
        try:
            _lock(handle)
        except OSError as error:
            os.close(handle)
            raise ComputerError(
                "Another topazdesk is running with this profile",
                "Use its window, close it first, or choose another profile with --profile.",
                details=str(error),
                code=Code.COMPUTER_PROFILE_IN_USE,
            ) from error
        self._handle = handle

    def release(self) -> None:
        """Free the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
