"""Takes over what another machine has left of a result on its way: each has names of its own for that. Blocking.

A machine that counts as dead may only be cut off or asleep, and go on later. What it does then by a name of its own
finds nothing there, so it never renames, cuts or removes what another one is working on; what it still writes into a
file that it has open are the bytes of the same result.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from topazdesk.disk.free_name import rename_free
from topazdesk.domain.copies import BEST_FIRST
from topazdesk.engine import files, packets
from topazdesk.engine.replacing import aside_path


def take_over(part: Path, others: Iterable[Path]) -> None:
    """Give what other machines left the names beside `part`, where this machine has nothing of that kind yet.

    Raises ComputerError. The rest of it is removed.
    """
    try:
        for other in others:
            for mine, theirs in zip(_names(part), _names(other), strict=True):
                if os.path.lexists(theirs) and not os.path.lexists(mine):
                    with suppress(FileExistsError, FileNotFoundError):  # it was just renamed by its owner
                        rename_free(theirs, mine)
            clear(other)
    except OSError as error:
        raise files.disk_error(error, part.parent) from error


def clear(part: Path) -> None:
    """Remove what a machine has left of a result that has its place, or that another has taken up."""
    for own in (part, *(files.copy_path(part, each.value) for each in BEST_FIRST)):
        clear_file(own)


def clear_file(part: Path) -> None:
    """Remove one file on its way, with what was made of it."""
    for path in (part, files.kept_path(part), packets.part_of(part)):
        files.remove(path)


def _names(part: Path) -> tuple[Path, ...]:
    return part, packets.part_of(part), aside_path(part)
