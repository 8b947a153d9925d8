"""The lock of a state folder: one process holds it for its whole life, and anybody can ask the system which one it is.

A process id in a file proves nothing: it may be another program's by now, and the port beside it too. The system frees the
lock with the process, however that ends, and names the holder itself.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Whoever asks on Windows has to take the lock for a moment; a start in that moment tries again.
_TRIES, _PAUSE_S = (10, 0.05) if sys.platform == "win32" else (1, 0.0)
_BUSY = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


class FolderLock:
    """A taken lock; keep it as long as the process is to be known as the folder's holder.

    Two files: versions before this one locked the first with `flock`, which keeps them out but does not tell its holder;
    the record lock on the second does. A record lock ends when its process closes *any* descriptor of the file, so that
    file is opened here and nowhere else in the process that holds it.
    """

    def __init__(self, handles: list[int]) -> None:
        self._handles = handles

    @classmethod
    def take(cls, folder: Path) -> FolderLock | None:
        """The lock of `folder`, or None while another process has it. Raises OSError where files cannot be locked there."""
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
        """Give it back."""
        _close(self._handles)


def is_held(folder: Path, pid: int | None = None) -> bool:
    """Whether the process `pid`, or without one anybody, holds the lock of `folder`, by the system's own word.

    Where the system cannot name the holder (Windows) somebody must hold it, and `pid` is believed.
    """
    try:
        with _looked_at(folder) as handle:
            if not _LOCK_FORMAT:
                return _is_locked(handle)
            holder = _holder(handle)
    except OSError:
        return False
    return holder is not None and pid in (None, holder)


@contextmanager
def _looked_at(folder: Path) -> Iterator[int]:
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

    #: `struct flock` where its layout is known: type, whence, start, length, pid; in another order on macOS.
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
        """Only where the holder cannot be named: takes the lock for a moment, as others would."""
        if not _lock_whole(handle):
            return True
        fcntl.flock(handle, fcntl.LOCK_UN)
        return False

    def _holder(handle: int) -> int | None:
        """Who has the record lock: its process id, 0 for one that this process cannot see, None for nobody."""
        ask = (
            (fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0) if sys.platform == "linux" else (0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
        )
        answer = struct.unpack(_LOCK_FORMAT, fcntl.fcntl(handle, fcntl.F_GETLK, struct.pack(_LOCK_FORMAT, *ask)))
        kind, pid = (answer[0], answer[4]) if sys.platform == "linux" else (answer[3], answer[2])
        return None if kind == fcntl.F_UNLCK else max(0, pid)
