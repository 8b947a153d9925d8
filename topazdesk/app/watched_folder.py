"""Which files of a folder are new and completely written, seen by looking again and again.

A camera, a scanner or a download writes for a while. A file counts as whole once its length and time have stood still
for some seconds, and no program has it open for writing, where the system tells. One under a temporary name (hidden, or
with another ending) is no picture yet; it is seen when it is renamed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from topazdesk.disk.free_name import rename_first_free
from topazdesk.engine.lock import ProfileLock
from topazdesk.errors import Code, ComputerError, UseError

#: What tells two versions of a file apart: length, time, and its number on the drive.
Version = tuple[int, int, int]
_PROCESSES = Path("/proc")
_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
_MOST_NAMES = 10_000


class WatchedFolder:
    """The pictures in a folder and below it, except those in `but` (results, pictures that are done)."""

    def __init__(
        self, folder: Path, still_s: float, *, but: Collection[Path] = (), now: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder = folder
        self._still_s = still_s
        self._but = tuple(but)
        self._now = now
        self._seen: dict[Path, tuple[Version, float]] = {}
        self._given: dict[Path, Version] = {}
        self._unsettled = 0

    @property
    def waits(self) -> bool:
        """Whether some file was still being written at the last look."""
        return self._unsettled > 0

    def look(self) -> list[Path]:
        """Return the files that are whole now and were not returned before. Blocking.

        Raises OSError when the folder cannot be read, as when its drive is gone; what was seen before is then kept.
        """
        from topazdesk.media.collect_files import scan

        with os.scandir(self.folder):  # a drive that is gone is not an empty folder
            pass
        now, found, still = self._now(), {}, []
        for path in scan([self.folder]):
            if not isinstance(path, Path) or any(path.is_relative_to(other) for other in self._but):
                continue
            version = _version(path)
            if version is None or path.name.startswith("~"):
                continue
            was = self._seen.get(path)
            since = was[1] if was is not None and was[0] == version else now
            found[path] = version, since
            if self._given.get(path) == version or (version[0] == 0 and now - since >= self._still_s):
                continue  # an empty file is a promise; it is looked at when it is kept
            still.append(path)
        self._seen = found
        self._given = {path: version for path, version in self._given.items() if path in found}
        whole = [path for path in still if now - found[path][1] >= self._still_s]
        written = _being_written(whole)
        ready = [path for path in whole if path not in written]
        self._unsettled = len(still) - len(ready)
        return ready

    def take(self, path: Path) -> None:
        """Do not return this version of a file again."""
        if path in self._seen:
            self._given[path] = self._seen[path][0]


def _version(path: Path) -> Version | None:
    try:
        found = path.stat()
    except OSError:
        return None  # gone in the meantime
    return found.st_size, found.st_mtime_ns, found.st_ino


def _being_written(paths: Collection[Path]) -> set[Path]:
    """Return those files that some program has open for writing, as far as the system tells. Blocking."""
    if not paths:
        return set()
    if sys.platform == "win32":
        return {path for path in paths if _is_held(path)}
    wanted = {os.path.realpath(path): path for path in paths}
    return {wanted[name] for name in _open_for_writing() if name in wanted}


def _is_held(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_RDWR))
    except PermissionError:
        return os.access(path, os.W_OK)
    except OSError:
        return False
    return False


def _open_for_writing() -> Iterator[str]:
    """Yield the paths that processes of this user have open for writing (Linux)."""
    if not _PROCESSES.is_dir():
        return
    for process in _PROCESSES.iterdir():
        if not process.name.isdigit():
            continue
        with suppress(OSError):
            for entry in os.scandir(process / "fd"):
                with suppress(OSError, ValueError, IndexError):
                    name = os.readlink(entry.path)  # noqa: PTH115 - the kernel's name of a file
                    if not name.startswith("/"):
                        continue
                    facts = (process / "fdinfo" / entry.name).read_text("ascii", "replace")
                    flags = int(facts.partition("flags:")[2].split()[0], 8)
                    if flags & _ACCESS != os.O_RDONLY:
                        yield name


class WatchLock:
    """Keeps two watchers of one user off the same folder, whatever their profiles."""

    def __init__(self, folder: Path) -> None:
        import hashlib

        from platformdirs import user_cache_path

        name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:32]
        self._folder = folder
        self._file = user_cache_path("topazdesk", appauthor=False) / "watches" / f"{name}.lock"
        self._lock = ProfileLock(self._file)

    def take(self) -> None:
        """Take the lock, until `release` or the end of the process. Blocking. Raises UseError if another has it."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.take()
        except OSError:
            return  # no place for a lock: better to watch without than not at all
        except ComputerError as error:
            if error.code != Code.COMPUTER_PROFILE_IN_USE:
                return
            raise UseError(
                "This folder is watched already",
                "Another topazdesk watch works on it. End that one first, or watch another folder.",
                details=str(self._folder),
                code=Code.USE_WATCHED,
            ) from error

    def release(self) -> None:
        """Free the lock."""
        self._lock.release()


def move_done(picture: Path, watched: Path, done: Path) -> Path:
    """Move a picture that is done into `done`, below its sub-folder; nothing there is replaced. Return its new path.

    Blocking. Raises OSError.
    """
    folder = done / picture.parent.relative_to(watched)
    folder.mkdir(parents=True, exist_ok=True)
    others = (folder / f"{picture.stem} ({number}){picture.suffix}" for number in range(2, _MOST_NAMES))
    return rename_first_free(picture, chain([folder / picture.name], others))
