"""Gives a copy of a result its name: that of an older copy which it replaces, or one that is free. Blocking."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from topazdesk.domain.naming import unique_path
from topazdesk.engine import files, replacing


def placed(
    copy: Path,
    wanted: Path,
    digest: str,
    older: Mapping[Path, str],
    is_promised: Callable[[Path], bool] = lambda _: False,
) -> Path:
    """Give `copy`, whose content has this digest, its name, and return that. Raises ComputerError.

    It is the one of an older copy that nobody changed, else `wanted` or the next free name that is not promised to
    another file. A copy that is there already, with this content, is taken as it is.
    """

    def is_older(path: Path) -> bool:
        return any(is_it(path, known) for known in older.values())

    for target in older:
        replacing.settle(copy, target, is_older)
    for target in older:
        if is_it(target, digest):
            files.remove(copy)
            return target
        if is_older(target):
            with suppress(FileExistsError):
                replacing.place(copy, target, is_older)
                return target
    while True:
        target = unique_path(
            wanted, lambda path: is_promised(path) or (os.path.lexists(path) and not is_it(path, digest))
        )
        if is_it(target, digest):
            files.remove(copy)
            return target
        try:
            files.publish(copy, target)
        except FileExistsError:
            continue  # somebody took the name just now
        return target


def is_it(path: Path, digest: str) -> bool:
    """Tell whether a plain file has this content. Raises ComputerError."""
    return path.is_file() and not path.is_symlink() and files.digest_of(path) == digest
