"""Translate file system errors into their true cause and a remedy, so that no hint sends the user the wrong way."""

from __future__ import annotations

import errno
import os
import sys
from enum import Enum
from pathlib import Path

from topazdesk.language import say


class Cause(Enum):
    """What prevents reading or writing a file."""

    FULL = "full"
    QUOTA = "quota"
    GONE = "gone"  # the folder, or the drive it is on
    IN_THE_WAY = "in the way"  # a file where a folder should be
    READ_ONLY = "read-only"  # the volume, whatever the rights
    RIGHTS = "rights"
    TOO_MANY_OPEN = "too many open"
    NAME = "name"  # too long, or with characters that the volume does not support
    LARGE = "large"  # the file is larger than this volume supports
    DEVICE = "device"  # the device reports errors
    OTHER = "other"


_CAUSES = {
    errno.ENOSPC: Cause.FULL,
    errno.EDQUOT: Cause.QUOTA,
    errno.EFBIG: Cause.LARGE,
    errno.ENOENT: Cause.GONE,
    errno.ENODEV: Cause.GONE,
    errno.ENXIO: Cause.GONE,
    errno.ESTALE: Cause.GONE,
    errno.ENOTDIR: Cause.IN_THE_WAY,
    errno.EEXIST: Cause.IN_THE_WAY,
    errno.EROFS: Cause.READ_ONLY,
    errno.EACCES: Cause.RIGHTS,
    errno.EPERM: Cause.RIGHTS,
    errno.EMFILE: Cause.TOO_MANY_OPEN,
    errno.ENFILE: Cause.TOO_MANY_OPEN,
    errno.ENAMETOOLONG: Cause.NAME,
    errno.EILSEQ: Cause.NAME,
    errno.EINVAL: Cause.NAME,
    errno.EIO: Cause.DEVICE,
}


def cause_of(error: OSError) -> Cause:
    """Return the cause of a file system error; `Cause.OTHER` when its errno is unknown."""
    return _CAUSES.get(error.errno or 0, Cause.OTHER)


def remedy(cause: Cause, place: str) -> str:
    """Return what the user can do about `cause`: the beginning of a sentence, without a full stop.

    `place` is the folder as shown to the user.
    """
    match cause:
        case Cause.FULL:
            return say("Free some space for {place}", place=place)
        case Cause.QUOTA:
            return say("Your disk quota is used up: free some space for {place}", place=place)
        case Cause.LARGE:
            return say(
                "The drive with {place} cannot hold a file this large: choose a folder on another drive", place=place
            )
        case Cause.GONE:
            return say("Restore {place}, or plug in its drive", place=place)
        case Cause.IN_THE_WAY:
            return say("Restore the folder {place}: a file is in its place", place=place)
        case Cause.READ_ONLY:
            return say("The drive with {place} is read-only: make it writable", place=place)
        case Cause.RIGHTS:
            return say("Check the permissions of {place}", place=place)
        case Cause.TOO_MANY_OPEN:
            return say("Too many files are open at once: close other programs, or raise the limit (ulimit -n)")
        case Cause.NAME:
            return say(
                "The drive with {place} does not support this name: choose a shorter or simpler one", place=place
            )
        case Cause.DEVICE:
            return say("The drive with {place} reports errors: check its cable and its health", place=place)
        case Cause.OTHER:
            return say("Check {place}", place=place)


def why_not_writable(path: Path) -> OSError | None:
    """Return the error that writing to `path` would raise, or None. Changes nothing on disk.

    The file itself is not opened: closing it again would release the locks that SQLite holds on it in this process
    (a rule of POSIX locks).
    """
    folder = path.parent
    try:
        if _is_read_only(folder):
            return OSError(errno.EROFS, os.strerror(errno.EROFS), str(folder))
        if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.R_OK | os.W_OK)):
            return OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    except OSError as error:
        return error
    return None


def _is_read_only(folder: Path) -> bool:
    """Return whether a folder's volume is read-only, where the system tells. Raises OSError if it cannot be read."""
    if sys.platform == "win32":
        with os.scandir(folder):  # a folder cannot be opened as a file there
            return False
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        return bool(os.fstatvfs(handle).f_flag & os.ST_RDONLY)
    finally:
        os.close(handle)
