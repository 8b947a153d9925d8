"""Expand what a user drops (files, folders or both) into files that may be pictures.

File names decide; `probe` looks at the content later.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from topazdesk.domain.collected_files import CollectedFiles, Refusal
from topazdesk.errors import Code, InputError
from topazdesk.language import say
from topazdesk.media.opening import refusal, refuse_special
from topazdesk.media.sniff import RAW_SUFFIXES

__all__ = ["CollectedFiles", "Refusal", "collect", "scan"]

#: Name endings of the files that are taken from folders. `probe` explains it when one of them is not supported.
_SUFFIXES = RAW_SUFFIXES | {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".dib", ".gif", ".avif"),
    *(".heic", ".heif", ".hif", ".mpo", ".jxl", ".jp2", ".j2k", ".jpx", ".jpf", ".psd", ".psb"),
    *(".pnm", ".pbm", ".pgm", ".ppm", ".tga", ".targa"),
}
#: Folders in which systems and other programs keep their own previews and leftovers.
_SKIPPED_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"})

#: Files that systems put into every folder; nobody misses them.
_OF_SYSTEMS = frozenset({"Thumbs.db", "desktop.ini", "Desktop.ini", "Icon\r"})

#: What lies beside pictures and belongs to them.
_BESIDE = (".topazdesk.json", ".xmp", ".XMP", ".part")

#: In a large folder `is_wanted` is asked once per this many entries.
_ENTRIES_PER_CHECK = 512


def collect(paths: Iterable[Path]) -> CollectedFiles:
    """Return everything that `scan` yields, in one object."""
    files: list[Path] = []
    refused: list[Refusal] = []
    for item in scan(paths):
        if isinstance(item, Refusal):
            refused.append(item)
        else:
            files.append(item)
    return CollectedFiles(tuple(files), tuple(refused))


def scan(
    paths: Iterable[Path], *, is_wanted: Callable[[], bool] = lambda: True, left_out: Counter[str] | None = None
) -> Iterator[Path | Refusal]:
    """Yield the absolute paths of files that may be pictures, and a refusal for each thing that cannot be used.

    A file that the user named is always yielded; from folders, at any depth, those whose name ends like a picture's.
    Files come before sub-folders, both in natural order (2 before 10). Hidden files are skipped. Links are followed,
    but a link to a folder that contains it is refused, and a file that is reached twice comes once. A folder without
    any pictures is refused as a whole.

    `left_out` counts the other files of the folders by the ending of their names, in small letters, hidden ones aside.

    Ends early once `is_wanted` returns False; the scanning thread calls it, also in the middle of a large folder.
    """
    walk = _Walk(is_wanted, Counter() if left_out is None else left_out)
    try:
        for path in paths:
            yield from walk.given(path)
    except _UnwantedError:
        return


class _UnwantedError(Exception):
    """The scan is no longer wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A folder to scan: its path, its real path with links resolved, and the folder that led to it."""

    path: str
    real: str
    above: _Way | None

    def is_circle(self) -> bool:
        """Return whether the folder is inside itself, by way of a link."""
        above = self.above
        while above is not None:
            if above.real == self.real:
                return True
            above = above.above
        return False


class _Walk:
    """One scan; it remembers the real paths of what it has seen."""

    def __init__(self, is_wanted: Callable[[], bool], left_out: Counter[str]) -> None:
        self._is_wanted = is_wanted
        self._left_out = left_out
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._reals: dict[str, str] = {}  # of the folders of files that the user named
        self._filled: set[str] = set()  # folders with a picture in them, at any depth

    def given(self, path: Path) -> Iterator[Path | Refusal]:
        """Yield the files or refusals that a path named by the user leads to."""
        try:
            # Not Path.resolve: a link keeps the name that the user knows.
            top = os.path.abspath(path)  # noqa: PTH100
            mode = os.lstat(top).st_mode  # names of any bytes
            link = stat.S_ISLNK(mode)
            if link:
                mode = os.stat(top).st_mode  # noqa: PTH116
            if not stat.S_ISDIR(mode):
                refuse_special(mode)
                real = os.path.realpath(top) if link else self._real(top)
                if self._is_new(real):
                    yield path if str(path) == top else Path(top)
                return
        except (OSError, ValueError) as error:
            yield Refusal.of(path, refusal(error))
            return
        except InputError as error:
            yield Refusal.of(path, error)
            return
        anything = False
        real = os.path.realpath(top)
        for item in self._folder(_Way(top, real, None)):
            anything = True
            yield item
        if not anything and real not in self._filled:  # else all of its pictures were found before
            yield Refusal(
                Path(top),
                say("There are no pictures in this folder"),
                say(
                    "JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF, HEIC, JPEG XL, JPEG 2000, Photoshop and raw files can be "
                    "added."
                ),
                Code.INPUT_NO_PICTURES,
            )

    def _real(self, path: str) -> str:
        """Return the real path of a file that is no link. That of its folder is asked for once, however many it has."""
        folder, name = os.path.split(path)
        if folder not in self._reals:
            self._reals[folder] = os.path.realpath(folder)
        return os.path.join(self._reals[folder], name)  # noqa: PTH118 - a string, as the others

    def _file(self, path: Path) -> Iterator[Path]:
        real = os.path.realpath(path)
        if self._is_new(real):
            yield path

    def _is_new(self, real: str) -> bool:
        if real in self._files:
            return False
        self._files.add(real)
        folder = os.path.dirname(real)  # noqa: PTH120 - a string, as the others
        while folder not in self._filled:
            self._filled.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120
        return True

    def _folder(self, top: _Way) -> Iterator[Path | Refusal]:
        # An explicit stack: folders may be nested deeper than Python's recursion limit.
        todo = [top]
        while todo:
            here = todo.pop()
            if here.real in self._folders:
                # Only a folder that was seen before can be a circle, so the walk up is needed only here.
                if here.is_circle():
                    yield Refusal.of(Path(here.path), _circle())
                continue
            self._folders.add(here.real)
            try:
                files, folders = self._listing(here.path)
            except OSError as error:
                yield Refusal.of(Path(here.path), _closed_folder(error))
                continue
            for name, link in files:
                yield from self._entry(here, name, link)
            # Asking the system for a real path takes longer the deeper it is; for folders that are no links it is
            # known.
            for name, link in reversed(folders):
                path = os.path.join(here.path, name)  # noqa: PTH118
                real = os.path.realpath(path) if link else os.path.join(here.real, name)  # noqa: PTH118
                todo.append(_Way(path, real, here))

    def _entry(self, folder: _Way, name: str, link: bool) -> Iterator[Path | Refusal]:
        path = os.path.join(folder.path, name)  # noqa: PTH118
        if not link:
            # The folder's real path is known, which saves asking the disk for that of every file.
            if self._is_new(os.path.join(folder.real, name)):  # noqa: PTH118
                yield Path(path)
            return
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116
        except OSError as error:
            yield Refusal.of(Path(path), refusal(error))
            return
        if stat.S_ISREG(mode):
            yield from self._file(Path(path))

    def _listing(self, folder: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Return two lists in natural order: files that may be pictures, and folders, as pairs (name, is a link).

        Raises OSError, _UnwantedError.
        """
        files: list[tuple[str, bool]] = []
        folders: list[tuple[str, bool]] = []
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number % _ENTRIES_PER_CHECK == 0 and not self._is_wanted():
                    raise _UnwantedError
                name = entry.name
                if name.startswith("."):
                    continue
                link = entry.is_symlink()
                if _is_folder(entry):
                    if name not in _SKIPPED_FOLDERS:
                        folders.append((name, link))
                elif os.path.splitext(name)[1].lower() in _SUFFIXES and (link or entry.is_file()):  # noqa: PTH122
                    files.append((name, link))
                elif link and _is_circle(entry.path):
                    files.append((name, True))
                elif name not in _OF_SYSTEMS and not name.endswith(_BESIDE):
                    self._left_out[os.path.splitext(name)[1].lower()] += 1  # noqa: PTH122
        if not self._is_wanted():
            raise _UnwantedError
        files.sort(key=lambda item: _natural(item[0]))
        folders.sort(key=lambda item: _natural(item[0]))
        return files, folders


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that points to itself is not a folder


def _is_circle(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    # Text is always at even indexes and numbers at odd ones, so the two are never compared.
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)], name


def _circle() -> InputError:
    return InputError(
        "The link leads back to itself",
        "It points to a folder that contains it. The pictures there are added only once.",
        code=Code.INPUT_LINK_LOOP,
    )


def _closed_folder(error: OSError) -> InputError:
    if isinstance(error, PermissionError):
        return InputError(
            "You do not have permission to open this folder",
            "Change its permissions so that you can read it.",
            details=error.strerror or "",
            code=Code.INPUT_NO_RIGHTS,
        )
    return refusal(error)
