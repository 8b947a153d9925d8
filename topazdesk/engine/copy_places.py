"""Gives a copy of a result its name: that of an older copy which it replaces, or one that is free. Blocking."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from topazdesk.domain.copies import CopyForm
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job
from topazdesk.domain.naming import unique_path
from topazdesk.domain.recipe import OnConflict
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


def planned_copies(job: Job, forms: Iterable[CopyForm], on_conflict: OnConflict) -> list[tuple[FileFormat, Path]]:
    """Return where copies will be put that are to be made of a finished job's result. Blocks."""
    if job.result is None:
        return []

    def place(result: Path, format_: FileFormat) -> Path:
        same = [path for copy, path in job.copy_paths if copy.format is format_ and not copy.is_labelled]
        if same and on_conflict is OnConflict.OVERWRITE:
            return same[0]
        return unique_path(result.with_name(result.stem + format_.suffix), os.path.lexists)

    return [(form.format, place(job.result, form.format)) for form in forms]


def is_it(path: Path, digest: str) -> bool:
    """Tell whether a plain file has this content. Raises ComputerError."""
    return path.is_file() and not path.is_symlink() and files.digest_of(path) == digest
