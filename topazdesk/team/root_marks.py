"""Tells whether the folder of a root is the one that the team means: by a small hidden file in it, its mark.

A share that did not mount leaves an empty folder, and two machines may give two folders one name: pictures would be
missing, or others would be sent. The mark is a random id. The team's database has it, too, so that every machine knows
its folder again, however it is mounted and whoever may write in it.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from topazdesk.disk.free_name import rename_free
from topazdesk.language import say

FILE = ".topazdesk-root"
_SHAPE = re.compile(r"topazdesk root ([0-9a-f]{32})\b")
_MOST_BYTES = 400
_ABOUT = "A team of topazdesk knows this folder by this file. Leave it here."


class RootState(StrEnum):
    """How the folder of a root is on a machine; the value is the word in `--json` and in the database."""

    THERE = "there"
    READ_ONLY = "read_only"
    MISSING = "missing"
    EMPTY = "empty"
    UNMARKED = "unmarked"
    ANOTHER = "another"
    UNREADABLE = "unreadable"
    SILENT = "silent"

    @property
    def is_readable(self) -> bool:
        """Whether the team's pictures are in it."""
        return self in (RootState.THERE, RootState.READ_ONLY)

    @property
    def words(self) -> str:
        """Say it, behind the name of the root."""
        return _WORDS[self]

    @property
    def reason(self) -> str:
        """Say why nothing can be started with it, behind the name of the root."""
        return _REASONS.get(self, self.words)


_WORDS = {
    RootState.THERE: say("it is there"),
    RootState.READ_ONLY: say("it can only be read; results are left to other machines"),
    RootState.MISSING: say("it is not there; its jobs are left to other machines"),
    RootState.EMPTY: say("it is empty, as if its share were not mounted; its jobs are left to other machines"),
    RootState.UNMARKED: say("it lacks the team's mark, so it is another folder; its jobs are left to other machines"),
    RootState.ANOTHER: say("it is another folder than the team's; its jobs are left to other machines"),
    RootState.UNREADABLE: say("it cannot be read; its jobs are left to other machines"),
    RootState.SILENT: say("it does not answer; its jobs are left to other machines"),
}


_REASONS = {
    RootState.MISSING: say("it is not there"),
    RootState.EMPTY: say("it is empty, as if its share were not mounted"),
    RootState.UNMARKED: say("it lacks the team's mark, so it is another folder"),
    RootState.ANOTHER: say("it is another folder than the team's"),
    RootState.UNREADABLE: say("it cannot be read"),
    RootState.SILENT: say("it does not answer"),
}


def look(folder: Path, mark: str | None) -> RootState:
    """Return how a folder is; without a `mark`, a folder that has something in it is taken for the right one. Blocks.

    A share whose server is gone may hold the caller up for ever.
    """
    try:
        found = read(folder)
        if found is None and not folder.is_dir():
            return RootState.MISSING
        if found is None and is_empty(folder):
            return RootState.EMPTY
        is_read_only = _is_read_only(folder)
    except FileNotFoundError:
        return RootState.MISSING
    except OSError:
        return RootState.UNREADABLE
    if mark is not None and found != mark:
        return RootState.UNMARKED if found is None else RootState.ANOTHER
    return RootState.READ_ONLY if is_read_only else RootState.THERE


def read(folder: Path) -> str | None:
    """Return the mark of a folder, "" for one that cannot be understood, None without one. Raises OSError. Blocks."""
    try:
        with (folder / FILE).open("rb") as file:
            match = _SHAPE.match(file.read(_MOST_BYTES).decode("ascii", "replace"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return match[1] if match else ""


def write(folder: Path, mark: str = "") -> str:
    """Give a folder a mark, unless it has one by now; return the one that it has. Raises OSError. Blocks.

    The file appears whole, and everybody may read it, whatever this program's own files are like.
    """
    part = folder / f"{FILE}-{secrets.token_hex(6)}"
    try:
        with part.open("x", encoding="ascii") as file:
            file.write(f"topazdesk root {mark or secrets.token_hex(16)}\n{_ABOUT}\n")
        with suppress(OSError):  # a share without rights of its own
            part.chmod(0o644)
        with suppress(FileExistsError):  # another machine was first
            rename_free(part, folder / FILE)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return read(folder) or ""


def is_empty(folder: Path) -> bool:
    """Tell whether nothing is in a folder. Raises OSError. Blocks."""
    with os.scandir(folder) as entries:
        return next(entries, None) is None


def _is_read_only(folder: Path) -> bool:
    return sys.platform != "win32" and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
