"""Lock a state folder: one process holds the lock for its whole life, and others can ask the system which one it is.

A process id in a file proves nothing: by now it may belong to another program, and so may the port next to it. The
system releases the lock when the process ends, however that happens, and reports the holder itself.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: On Windows one can only test the lock by taking it for a moment, so a start in that moment has to try again.
_TRIES, _PAUSE_S = (10, 0.05) if sys.platform == "win32" else (1, 0.0)
_BUSY = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


class FolderLock:
    """An acquired lock; keep the object for as long as the process holds the folder.

    It locks two files. Earlier versions lock the first with `flock`, which keeps them out but does not report its
    holder; the record lock on the second does. A record lock is released when its process closes *any* descriptor of
    the file, so the process that holds it opens that file only here.
    """

    def __init__(self, handles: list[int]) -> None:
        self._handles = handles

    @classmethod
    def take(cls, folder: Path) -> FolderLock | None:
        """Acquire the lock of `folder`; return None while another process has it. Raises OSError if locking fails."""
        handles: list[int] = []
        try:
            for name, lock in (("lock", _lock_whole), ("holder", _lock_record)):
                handles.append(_opened(folder / name, os.O_RDWR | os.O_CREAT))
                if not lock(handles[-1]):
                    break
            else:
                return cls(handles)
        except BaseException:
            _close(handles)
            raise
        _close(handles)
        return None

    def release(self) -> None:
        """Release the lock."""
        _close(self._handles)


def is_held(folder: Path, pid: int | None = None) -> bool:
    """Return whether the process `pid`, or without it any process, holds the lock of `folder`, according to the system.

    Where the system cannot name the holder (Windows), any locked folder is taken to be held by `pid`.
    """
    try:
        with _lock_file(folder) as handle:
            if not _LOCK_FORMAT:
                return _is_locked(handle)
            holder = _holder(handle)
    except OSError:
        return False
    return holder is not None and pid in (None, holder)


@contextmanager
def _lock_file(folder: Path) -> Iterator[int]:
    handle = _opened(folder / ("holder" if _LOCK_FORMAT else "lock"), os.O_RDWR)
    try:
        yield handle
    finally:
        os.close(handle)


def _opened(path: Path, flags: int) -> int:
    extra = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    return os.open(path, flags | extra, 0o600)


def _close(handles: list[int]) -> None:
    while handles:
        os.close(handles.pop())


if sys.platform == "win32":
    import msvcrt
    import time

    _LOCK_FORMAT = ""

    def _lock_whole(handle: int) -> bool:
        for attempt in range(_TRIES):
            try:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            except OSError as error:
                if error.errno not in _BUSY:
                    raise
                time.sleep(_PAUSE_S if attempt + 1 < _TRIES else 0)
            else:
                return True
        return False

    def _lock_record(handle: int) -> bool:
        return handle >= 0

    def _is_locked(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return True
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        return False

    def _holder(handle: int) -> int | None:
        raise NotImplementedError(handle)

else:
    import fcntl

    #: Layout of `struct flock` where it is known: type, whence, start, length, pid; on macOS in another order.
    _LOCK_FORMAT = {"linux": "hhqqi", "darwin": "qqihh"}.get(sys.platform, "")

    def _lock_whole(handle: int) -> bool:
        return _locked(fcntl.flock, handle)

    def _lock_record(handle: int) -> bool:
        return _locked(fcntl.lockf, handle)

    def _locked(lock: object, handle: int) -> bool:
        try:
            lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[operator]
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise
        return True

    def _is_locked(handle: int) -> bool:
        """Test the lock by taking it for a moment; only where the system cannot name the holder."""
        if not _lock_whole(handle):
            return True
        fcntl.flock(handle, fcntl.LOCK_UN)
        return False

    def _holder(handle: int) -> int | None:
        """Return the id of the process that has the record lock, 0 if it is invisible to us, None if nobody has it."""
        ask = (
            (fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0) if sys.platform == "linux" else (0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
        )
        answer = struct.unpack(_LOCK_FORMAT, fcntl.fcntl(handle, fcntl.F_GETLK, struct.pack(_LOCK_FORMAT, *ask)))
        kind, pid = (answer[0], answer[4]) if sys.platform == "linux" else (answer[3], answer[2])
        return None if kind == fcntl.F_UNLCK else max(0, pid)
