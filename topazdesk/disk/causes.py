"""Why the system refused a file: the true cause in words, so that a hint never sends anybody to mend the wrong thing."""

from __future__ import annotations

import errno
import os
from enum import Enum
from pathlib import Path


class Cause(Enum):
    """What stands in the way."""

    FULL = "full"
    QUOTA = "quota"
    GONE = "gone"  # the folder, or the drive it is on
    IN_THE_WAY = "in the way"  # a file where a folder should be
    READ_ONLY = "read-only"  # the volume, whatever the rights
    RIGHTS = "rights"
    TOO_MANY_OPEN = "too many open"
    NAME = "name"  # too long, or of characters that the volume does not take
    LARGE = "large"  # more than one file may have on this volume
    DEVICE = "device"  # it does not answer as it should
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
    """The cause behind an error of the file system."""
    return _CAUSES.get(error.errno or 0, Cause.OTHER)


def remedy(cause: Cause, place: str) -> str:
    """What to do about it, as the beginning of a sentence without its full stop; `place` is a folder as it is shown."""
    match cause:
        case Cause.FULL:
            return f"Free some space for {place}"
        case Cause.QUOTA:
            return f"Your share of the disk is used up: free some space for {place}"
        case Cause.LARGE:
            return f"The volume of {place} takes no file of this size: choose a folder on another one"
        case Cause.GONE:
            return f"Bring {place} back (or plug the drive in)"
        case Cause.IN_THE_WAY:
            return f"Bring the folder {place} back: a file is in its place"
        case Cause.READ_ONLY:
            return f"The volume of {place} is read-only: make it writable"
        case Cause.RIGHTS:
            return f"Check the rights of {place}"
        case Cause.TOO_MANY_OPEN:
            return "Too many files are open at once: close other programs, or raise the limit (ulimit -n)"
        case Cause.NAME:
            return f"The volume of {place} does not take this name: choose a shorter or plainer one"
        case Cause.DEVICE:
            return f"The drive with {place} answers with errors: check its plug and its health"
        case Cause.OTHER:
            return f"Check {place}"


def why_not_writable(path: Path) -> OSError | None:
    """What keeps a file from being written, or None. Changes nothing.

    The file itself is not opened: closing it again would take away the locks that SQLite has on it in this process.
    """
    folder = path.parent
    try:
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        return error
    try:
        if hasattr(os, "fstatvfs") and os.fstatvfs(handle).f_flag & os.ST_RDONLY:
            return OSError(errno.EROFS, os.strerror(errno.EROFS), str(folder))
        if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.R_OK | os.W_OK)):
            return OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    except OSError as error:
        return error
    finally:
        os.close(handle)
    return None
