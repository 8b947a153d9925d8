"""Rename a finished file to its final name without ever overwriting an existing file."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

#: Errors of `os.link` that concern the name, the permissions or the disk. Any other means: no hard links here.
_REAL_ERRORS = frozenset(
    {errno.EEXIST, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.EIO}
    | {errno.ENXIO, errno.ESTALE, errno.EACCES, errno.EROFS, errno.ENAMETOOLONG}
)


def rename_free(part: Path, target: Path) -> None:
    """Rename `part` to `target`, a free name in the same folder.

    Raises FileExistsError when the name is taken, OSError for anything else.
    """
    if sys.platform == "win32":
        part.rename(target)  # on Windows this fails when the name is taken
        return
    try:
        os.link(part, target, follow_symlinks=False)
    except FileExistsError:
        if not _are_one(part, target):
            raise
        part.unlink()  # it has the name already: see there
        return
    except OSError as error:
        if error.errno in _REAL_ERRORS:
            raise
    else:
        part.unlink()
        return
    # No hard links on this volume (memory cards, some network drives).
    if _renamed_by_kernel(part, target):
        return
    _take_name(part, target)


def rename_first_free(part: Path, names: Iterable[Path]) -> Path:
    """Rename `part` to the first free one of some names in the same folder, and return that.

    Raises FileExistsError when all are taken, OSError for anything else.
    """
    for target in names:
        with suppress(FileExistsError):
            rename_free(part, target)
            return target
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(part))


def rename_folder_free(part: Path, target: Path) -> None:
    """Rename the folder `part` to `target`, a free name in the same folder.

    Raises FileExistsError when the name is taken, OSError for anything else.
    """
    if sys.platform == "win32":
        part.rename(target)
        return
    if _renamed_by_kernel(part, target):
        return
    # Not every volume has the call. A folder never replaces a file or a folder that has something in it.
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    part.rename(target)


def _are_one(part: Path, target: Path) -> bool:
    """Tell whether both are names of the very same file, of which there are two at least.

    A network drive asks its server again when an answer is lost, and hears then that the name is taken: by its own
    first try. A program that was killed between the two steps of a rename leaves the same.
    """
    try:
        one, other = part.lstat(), target.lstat()
    except OSError:
        return False
    return stat.S_ISREG(one.st_mode) and one.st_nlink > 1 and one.st_ino != 0 and os.path.samestat(one, other)


def _take_name(part: Path, target: Path) -> None:
    """Reserve the name with an empty file of our own, then replace that: the last resort."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600))
    if target.lstat().st_size:  # somebody wrote into it
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    part.replace(target)


def _renamed_by_kernel(part: Path, target: Path) -> bool:
    """Rename by a system call that fails when the name is taken; return False when the system or volume has none."""
    rename = _exclusive_rename()
    if rename is None:
        return False
    if rename(os.fsencode(part), os.fsencode(target)) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP):  # not supported on this volume
        return False
    raise OSError(number, os.strerror(number), str(target))


@cache
def _exclusive_rename() -> Any:
    """Return `renameat2` (Linux) or `renamex_np` (macOS) with the flag for "do not replace", or None."""
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        call = getattr(libc, "renamex_np", None)
        return None if call is None else lambda old, new: call(old, new, ctypes.c_uint(4))  # RENAME_EXCL
    call, here = getattr(libc, "renameat2", None), -100  # AT_FDCWD
    return None if call is None else lambda old, new: call(here, old, here, new, ctypes.c_uint(1))  # RENAME_NOREPLACE
