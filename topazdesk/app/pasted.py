"""Keeps pictures that are pasted from other programs as files of the user, in a folder of the Pictures folder."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.disk.causes import cause_of, remedy
from topazdesk.disk.free_name import rename_first_free
from topazdesk.disk.names import shown_path
from topazdesk.errors import Code, ComputerError
from topazdesk.language import say


def pasted_folder() -> Path:
    """Return the folder for pasted pictures; nothing is created."""
    from platformdirs import user_pictures_path

    return user_pictures_path() / "topazdesk"


def keep(png: bytes, folder: Path, at: datetime) -> Path:
    """Write a pasted picture under a free name such as "Pasted 2026-11-28 14.02.png". Blocking.

    Raises ComputerError.
    """
    part = private_file.part_beside(folder / "pasted")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        private_file.create(part, png, 0o666)
        name = f"Pasted {at:%Y-%m-%d %H.%M}"
        again = chain([""], (f" {number}" for number in count(2)))
        return rename_first_free(part, (folder / f"{name}{each}.png" for each in again))
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise ComputerError(
            "The pasted picture could not be saved",
            say("{remedy:text}, then paste again", remedy=remedy(cause_of(error), shown_path(folder))),
            details=f"{shown_path(folder)}: {error.strerror or error}",
            code=Code.DISK_PASTED,
        ) from error
