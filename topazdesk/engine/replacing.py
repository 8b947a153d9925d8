"""Gives a result its name, and replaces an older result of that name where the user asked for it. Blocking.

Nothing else is ever replaced, not even a file that appears between the check and the rename: the existing file is moved
aside, checked again there, and removed only when the new one is in place. After a crash in between, `settle` puts it
back.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from topazdesk.disk.free_name import rename_first_free
from topazdesk.domain.naming import numbered
from topazdesk.engine import files

#: Tells whether a file is a result of ours with unchanged content. Reads the disk.
Known = Callable[[Path], bool]


def place(part: Path, target: Path, known: Known | None = None) -> None:
    """Give a verified part file its name, durably. With `known`, an existing file is replaced if `known` says so.

    Raises FileExistsError when anything else has the name, which is left as it is; ComputerError for the rest.
    """
    try:
        if known is None or not os.path.lexists(target):
            files.publish(part, target)
        else:
            _replace(part, target, known)
    except FileExistsError:
        raise
    except OSError as error:
        raise files.disk_error(error, target.parent) from error


def settle(part: Path, target: Path, known: Known) -> None:
    """Put back what a crash left moved aside, or remove it if a newer result has its place. Raises ComputerError."""
    aside = aside_path(part)
    if not os.path.lexists(aside):
        return
    try:
        if known(aside) and os.path.lexists(target):
            aside.unlink()
        else:
            _put_back(aside, target)
    except OSError as error:
        raise files.disk_error(error, target.parent) from error


def _replace(part: Path, target: Path, known: Known) -> None:
    before = _identity(target)
    if before is None or not known(target) or _identity(target) != before:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    aside = aside_path(part)
    target.rename(aside)
    try:
        if _identity(aside) != before:  # another file got the name in this very instant
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        files.publish(part, target)
    except BaseException:
        _put_back(aside, target)
        raise
    if _identity(aside) == before:
        files.remove(aside)
    else:  # another program had it open and wrote into it
        _put_back(aside, target)


def _put_back(aside: Path, target: Path) -> None:
    """Move a file back to its old name, or to the next free one."""
    rename_first_free(aside, numbered(target))


def aside_path(part: Path) -> Path:
    """Return the name for the file moved aside. It contains the job's token, so that a restart recognises it."""
    return part.with_suffix(".before")


def _identity(path: Path) -> tuple[int, int, int, int] | None:
    """Return what changes when a file is replaced or modified; None for anything but a plain file."""
    try:
        state = path.lstat()
    except FileNotFoundError:
        return None
    return (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None
