"""Files of results, blocking: part files that are verified and renamed without ever replacing somebody else's file."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import threading
import uuid
from contextlib import suppress
from pathlib import Path

from topazdesk.disk.causes import Cause, cause_of, remedy
from topazdesk.disk.free_name import rename_free
from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, ComputerError, Retry
from topazdesk.language import say

#: Code of the error when a volume refuses a name: too long, or with characters that it does not support.
NAME_REFUSED = Code.COMPUTER_NAME_REFUSED

_TITLES = {
    Cause.FULL: (say("The disk is full"), Code.COMPUTER_DISK_FULL),
    Cause.QUOTA: (say("The disk is full"), Code.COMPUTER_DISK_FULL),
    Cause.GONE: (say("The folder for results is gone"), Code.COMPUTER_FOLDER_GONE),
    Cause.IN_THE_WAY: (say("The folder for results is gone"), Code.COMPUTER_FOLDER_GONE),
    Cause.READ_ONLY: (say("Can't write to the output folder"), Code.COMPUTER_FOLDER_READ_ONLY),
    Cause.TOO_MANY_OPEN: (say("Too many files are open"), Code.COMPUTER_TOO_MANY_FILES),
    Cause.NAME: (say("The disk does not accept the name of the result"), NAME_REFUSED),
    Cause.LARGE: (say("The disk does not accept a file of this size"), Code.COMPUTER_DISK_FULL),
    Cause.DEVICE: (say("The disk reports a fault"), Code.COMPUTER_DISK_FAULT),
}


def no_room(folder: Path) -> ComputerError:
    """Return the error for a disk that is known to be full."""
    return disk_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), folder)


def disk_error(error: OSError, folder: Path, *, goes_on: bool = True, is_made: bool = False) -> ComputerError:
    """Return what a disk error means to a person.

    `goes_on`: the work waits until the cause is removed. `is_made`: the folder was about to be created.
    """
    cause = cause_of(error)
    title, code = _TITLES.get(cause, (say("Can't write to the output folder"), Code.COMPUTER_FOLDER_UNWRITABLE))
    hint = remedy(cause, shown_path(folder))
    if is_made and cause in (Cause.GONE, Cause.IN_THE_WAY):
        title = say("The folder for results cannot be created")
        blocking = next((part for part in (folder, *folder.parents) if part.exists() and not part.is_dir()), None)
        if blocking is None:
            hint = say("Check this path, or choose another folder: {folder}.", folder=shown_path(folder))
        else:
            hint = say("This is a file, not a folder: {path}. Choose another folder.", path=shown_path(blocking))
    elif cause in (Cause.RIGHTS, Cause.OTHER):
        hint = say("{remedy:text}, or choose another folder.", remedy=hint)
    elif goes_on:
        hint = say("{remedy:text}; it resumes automatically.", remedy=hint)
    else:
        hint = f"{hint}."
    return ComputerError(title, hint, details=str(error), code=code, retry=Retry.LATER)


def check_writable(folder: Path, *, make: bool = True) -> None:
    """Write a test file in the folder, which is created first unless `make` is off. Raises ComputerError.

    The file is nameless where the system supports that, so that nothing is left behind whatever happens.
    """
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        if not _wrote_nameless(folder):
            _write_probe(folder)
    except OSError as error:
        # At the start of a run nothing waits for the disk: the run does not begin.
        raise disk_error(error, folder, goes_on=not make, is_made=make) from error
    except ValueError as error:  # a zero byte in the name
        odd = OSError(errno.EINVAL, str(error), repr(str(folder)))
        raise disk_error(odd, folder, goes_on=False, is_made=make) from error


def make_folder(folder: Path) -> None:
    """Make a folder for results if it is not there. Raises ComputerError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, folder) from error


def check_could_write(folder: Path) -> None:
    """Check like `check_writable`, without creating the folder. Raises ComputerError.

    Where the folder does not exist, the nearest parent that does is tried.
    """
    there = folder
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    try:
        if not _wrote_nameless(there):
            _write_probe(there)
    except OSError as error:
        raise disk_error(error, folder, goes_on=False, is_made=True) from error
    except ValueError as error:
        odd = OSError(errno.EINVAL, str(error), repr(str(folder)))
        raise disk_error(odd, folder, goes_on=False, is_made=True) from error


def _write_probe(folder: Path) -> None:
    probe = folder / f".topazdesk-{uuid.uuid4().hex}.tmp"
    try:
        with probe.open("xb") as file:
            file.write(b"topazdesk")
    finally:
        probe.unlink(missing_ok=True)


def _wrote_nameless(folder: Path) -> bool:
    """Tell whether a nameless file could be written; False where the system does not support them."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return False
    try:
        handle = os.open(folder, flag | os.O_WRONLY, 0o600)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):  # the volume has no nameless files
            return False
        raise
    try:
        os.write(handle, b"topazdesk")
    finally:
        os.close(handle)
    return True


def part_path(target: Path, token: str, machine: str = "") -> Path:
    """Return the part file of a job, in the target's folder. The job's token in its name makes it certainly ours.

    Where several machines do the jobs, each has its own, so that no two of them ever write the same one.
    """
    return target.with_name(f".{token}.{machine}.part" if machine else f".{token}.part")


def kept_path(part: Path) -> Path:
    """Return the name for the copy of a part file to which metadata is added, beside it."""
    return part.with_suffix(".kept")


def copy_path(part: Path, word: str) -> Path:
    """Return the name for a copy of the result on its way, beside its part file."""
    return part.with_name(f"{part.stem}_{word}{part.suffix}")


def check_own(handle: int, path: Path) -> None:
    """Check that an open part file is a plain file with no second name; else close it and raise OSError.

    A second name means that the content is somebody else's. Only our name for it is removed, so that the next attempt
    starts afresh; the other name stays.
    """
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(handle)
        remove(path)
        raise OSError(errno.EEXIST, "somebody else's file has the name", str(path))


def clear_way(part: Path) -> None:
    """Remove what has the name of a part file and is none: a link (not what it leads to), a pipe, an empty folder."""
    with suppress(OSError):
        mode = part.lstat().st_mode
        if stat.S_ISDIR(mode):
            part.rmdir()
        elif not stat.S_ISREG(mode):
            part.unlink()


class PartFile:
    """An open part file that grows. Every method may raise ComputerError.

    A worker thread may still be writing when its task is cancelled and the file is closed; the lock lets it finish.
    """

    def __init__(self, path: Path, offset: int) -> None:
        """Open `path` for writing from byte `offset` on, and cut off what follows."""
        self.path = path
        self._lock = threading.Lock()
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            handle = os.open(path, flags, 0o666)
            check_own(handle, path)
            self._file = os.fdopen(handle, "r+b", buffering=0)
            self._file.seek(offset)
            self._file.truncate()
        except OSError as error:
            raise disk_error(error, path.parent) from error

    def write(self, data: bytes) -> None:
        """Append all of `data`."""
        view = memoryview(data)
        try:
            with self._lock:
                while view:
                    view = view[self._file.write(view) :]
        except OSError as error:
            raise disk_error(error, self.path.parent) from error

    def flush(self) -> None:
        """Force what was written onto the disk."""
        try:
            with self._lock:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise disk_error(error, self.path.parent) from error

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._lock:
            self._file.close()


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 if there is none. Raises ComputerError."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise disk_error(error, path.parent) from error


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex, "" if there is none. Raises ComputerError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise disk_error(error, path.parent) from error


def remove(path: Path) -> None:
    """Remove a file of ours; one that is gone or cannot be removed is ignored."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # a leftover temporary file costs space, never a result


def publish(part: Path, target: Path) -> None:
    """Give a verified part file its name, durably and in one step.

    Raises FileExistsError when the name is taken, because nobody's file is ever replaced; ComputerError for the rest.
    """
    try:
        rename_free(part, target)
        _flush_folder(target.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise disk_error(error, target.parent) from error


def _flush_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # volumes that cannot flush a folder
            raise
    finally:
        os.close(handle)
