"""Guard the folders in which the program deletes files.

A folder that the user chose by mistake may hold somebody's files. So the program deletes only in folders that carry its
marker file, and there only files whose names match its own pattern. A folder gets its marker when it is made, or while
it is still empty; one that held files before it was marked is never ours.
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
#: What file managers and file systems leave in folders that their users would call empty.
NOBODYS = frozenset({".DS_Store", ".directory", ".localized", "Thumbs.db", "desktop.ini", "lost+found"})


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """A folder that the program uses for one purpose.

    `kind` is a word for that purpose and part of the marker's name. The full names of the program's own files match
    `shape`. A marker of another kind does not count: a profile is no place for the state of the sandbox.
    """

    path: Path
    kind: str
    shape: re.Pattern[str]

    @property
    def mark(self) -> Path:
        """The path of the marker file."""
        return self.path / f"{_MARK}{self.kind}"

    def claim(self, *, is_ours: bool = False) -> bool:
        """Make the folder, readable by the user alone, or mark an empty one; return whether it is marked now.

        Returns False when it holds files but no marker of this kind: then nothing in it may be deleted or taken for
        ours. Pass `is_ours` when the files in it are known to be the program's, whose earlier versions made no markers.
        Raises OSError.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.is_marked:
            return True
        if not is_ours and not is_empty(self.path):
            return self.is_marked  # another process of ours may have marked it meanwhile
        put_mark(self.mark)
        return self.is_marked

    @property
    def is_marked(self) -> bool:
        """Whether the folder holds the marker as a regular file, not as a link."""
        try:
            return stat.S_ISREG(self.mark.lstat().st_mode)
        except (OSError, ValueError):
            return False

    @property
    def looks_ours(self) -> bool:
        """Whether everything in the folder looks like the program's own files. Raises OSError."""
        with os.scandir(self.path) as entries:
            return all(self._is_own(entry) or entry.name in NOBODYS or is_mark(entry.name) for entry in entries)

    def files(self) -> Iterator[Path]:
        """Iterate over the program's own files, in no particular order.

        There are none when the marker is missing or the folder cannot be read. A link is never ours, whatever its name
        and target.
        """
        if not self.is_marked:
            return
        with suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                if self._is_own(entry):
                    yield self.path / entry.name

    def remove(self, path: Path) -> bool:
        """Delete a file if it is one of our own in this folder; return whether it is gone. Never raises OSError."""
        if path.parent != self.path or not self.shape.fullmatch(path.name) or not self.is_marked:
            return False
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return False
            path.unlink()
        except FileNotFoundError:
            return True
        except OSError:
            return False  # a leftover only costs space
        return True

    def clear(self) -> None:
        """Delete all of the program's own files."""
        for path in list(self.files()):
            self.remove(path)

    def _is_own(self, entry: os.DirEntry[str]) -> bool:
        return self.shape.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def is_empty(folder: Path) -> bool:
    """Return whether a folder holds nothing that a person put there. Raises OSError."""
    with os.scandir(folder) as entries:
        return all(entry.name in NOBODYS for entry in entries)


def is_mark(name: str) -> bool:
    """Return whether a file name is that of a marker of any kind."""
    return name.startswith(_MARK)


def put_mark(mark: Path) -> None:
    """Write a marker file; keep an existing one. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with suppress(FileExistsError):
        descriptor = os.open(mark, flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_TOLD)
