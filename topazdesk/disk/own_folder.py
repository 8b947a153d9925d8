"""Folders in which the program deletes files: only those that carry its mark, and in them only names of its own shape.

A folder that the program was pointed at by mistake may hold anybody's files. So a folder is marked when it is made, or while
it is still empty; what was full before it was marked is somebody else's for good.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MARK = ".topazdesk-"
_TOLD = "This folder belongs to topazdesk, which deletes files of its own in it. Please keep nothing here.\n"
#: What a file manager or a file system leaves in any folder, also in one that its user calls empty.
NOBODYS = frozenset({".DS_Store", ".directory", ".localized", "Thumbs.db", "desktop.ini", "lost+found"})


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """A folder for one purpose. `kind` names it in the mark (a word); `shape` is matched by the whole names of own files.

    The mark of another kind is none: a profile is no place for the state of a practice service.
    """

    path: Path
    kind: str
    shape: re.Pattern[str]

    @property
    def mark(self) -> Path:
        """The file that says whose the folder is."""
        return self.path / f"{_MARK}{self.kind}"

    def claim(self, *, is_ours: bool = False) -> bool:
        """Make the folder, for the user alone, or mark an empty one; whether it carries our mark now. Raises OSError.

        False where it holds something and carries no mark of this kind: nothing in it may be deleted or taken for ours then.
        `is_ours`: the caller knows for certain that the files in it are the program's (it marked none in earlier versions).
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.is_marked:
            return True
        if not is_ours and not is_empty(self.path):
            return self.is_marked  # another program of ours may have been first
        put_mark(self.mark)
        return self.is_marked

    @property
    def is_marked(self) -> bool:
        """Whether the folder carries the mark: a file, no link to one."""
        try:
            return stat.S_ISREG(self.mark.lstat().st_mode)
        except (OSError, ValueError):
            return False

    @property
    def looks_ours(self) -> bool:
        """Whether all that is in the folder has the shape of own files; raises OSError."""
        with os.scandir(self.path) as entries:
            return all(self._is_own(entry) or entry.name in NOBODYS or is_mark(entry.name) for entry in entries)

    def files(self) -> Iterator[Path]:
        """The own files in it, in no order; none where the mark is missing or the folder cannot be read.

        A link is no file of ours, whatever its name and wherever it leads.
        """
        if not self.is_marked:
            return
        with suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                if self._is_own(entry):
                    yield self.path / entry.name

    def remove(self, path: Path) -> bool:
        """Delete one file if it is an own one in this folder; whether it is gone. Never raises for the file system's sake."""
        if path.parent != self.path or not self.shape.fullmatch(path.name) or not self.is_marked:
            return False
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return False
            path.unlink()
        except FileNotFoundError:
            return True
        except OSError:
            return False  # a leftover costs space, no more
        return True

    def clear(self) -> None:
        """Delete all own files in it."""
        for path in list(self.files()):
            self.remove(path)

    def _is_own(self, entry: os.DirEntry[str]) -> bool:
        return self.shape.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def is_empty(folder: Path) -> bool:
    """Whether a folder holds nothing that anybody put there. Raises OSError."""
    with os.scandir(folder) as entries:
        return all(entry.name in NOBODYS for entry in entries)


def is_mark(name: str) -> bool:
    """Whether a file name is that of a mark, of any kind."""
    return name.startswith(_MARK)


def put_mark(mark: Path) -> None:
    """Write a mark; one that is there stays. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with suppress(FileExistsError):
        descriptor = os.open(mark, flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_TOLD)
