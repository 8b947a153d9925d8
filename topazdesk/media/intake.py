"""From what a user drops (files, folders, mixtures) to files that may be pictures. Names decide; content is for `probe`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from topazdesk.domain.intake import Found, Refusal
from topazdesk.errors import Code, InputError
from topazdesk.media.opening import refusal, refuse_special
from topazdesk.media.sniff import RAW_SUFFIXES

__all__ = ["Found", "Refusal", "collect", "scan"]

#: Endings that are taken from folders. Those that turn out not to be supported get their sentence from `probe`.
_SUFFIXES = RAW_SUFFIXES | {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".dib", ".gif", ".avif"),
    *(".heic", ".heif", ".hif", ".jxl", ".jp2", ".psd"),
}
#: Folders that other programs keep their own previews in.
_SKIPPED_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"})


#: Entries of a folder that are read between two looks whether anybody still waits.
_LOOK_UP = 512


def collect(paths: Iterable[Path]) -> Found:
    """All that `scan` finds, at once."""
    files: list[Path] = []
    refused: list[Refusal] = []
    for item in scan(paths):
        if isinstance(item, Refusal):
            refused.append(item)
        else:
            files.append(item)
    return Found(tuple(files), tuple(refused))


def scan(paths: Iterable[Path], *, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[Path | Refusal]:
    """Absolute paths of files that may be pictures, lazily, with a refusal in the place of what cannot be taken.

    A file that is named itself is always taken; from folders, at any depth, those whose name ends like a picture's. Files
    come before sub-folders, both in natural order (2 before 10). Hidden files are skipped. Links are followed; a link
    in a circle is refused, the same file reached twice comes once. A folder without any picture is refused as such.

    Ends early once `is_wanted` says no: it is asked in the middle of a large folder, too, from the thread that scans.
    """
    walk = _Walk(is_wanted)
    try:
        for path in paths:
            yield from walk.given(path)
    except _UnwantedError:
        return


class _UnwantedError(Exception):
    """Nobody waits for what is found any more."""


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A folder on the way down: its path, its real name, and the folder that it was come to from."""

    path: str
    real: str
    above: _Way | None

    def is_circle(self) -> bool:
        """Whether it lies in itself."""
        above = self.above
        while above is not None:
            if above.real == self.real:
                return True
            above = above.above
        return False


class _Walk:
    """One scan; remembers the real names of what it has seen."""

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._is_wanted = is_wanted
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._filled: set[str] = set()  # folders with a picture in them, at any depth

    def given(self, path: Path) -> Iterator[Path | Refusal]:
        """What becomes of a path that the user named."""
        try:
            # Not Path.resolve: a link keeps the name the user knows.
            absolute = Path(os.path.abspath(path))  # noqa: PTH100
            mode = os.stat(absolute).st_mode  # noqa: PTH116 - names of any bytes
            if not stat.S_ISDIR(mode):
                refuse_special(mode)
                yield from self._file(absolute)
                return
        except (OSError, ValueError) as error:
            yield Refusal.of(path, refusal(error))
            return
        except InputError as error:
            yield Refusal.of(path, error)
            return
        anything = False
        top = str(absolute)
        real = os.path.realpath(top)
        for item in self._folder(_Way(top, real, None)):
            anything = True
            yield item
        if not anything and real not in self._filled:  # else all of it had come before
            yield Refusal(
                absolute,
                "There are no pictures in this folder",
                "JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF, HEIC and raw files are looked for.",
                Code.INPUT_NO_PICTURES,
            )

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
        # A stack of our own: folders may be nested deeper than Python's calls.
        todo = [top]
        while todo:
            here = todo.pop()
            if here.real in self._folders:
                # Only one that was seen can be a circle; of the others the way up need not be looked at.
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
            # Of a folder that is no link the real name is known: asking for it takes as long as the way is deep.
            for name, link in reversed(folders):
                path = os.path.join(here.path, name)  # noqa: PTH118
                real = os.path.realpath(path) if link else os.path.join(here.real, name)  # noqa: PTH118
                todo.append(_Way(path, real, here))

    def _entry(self, folder: _Way, name: str, link: bool) -> Iterator[Path | Refusal]:
        path = os.path.join(folder.path, name)  # noqa: PTH118
        if not link:
            # The folder's real name is known, which saves asking the disk for every file's.
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
        """Names of files that may be pictures, and of folders, with whether they are links, in natural order.

        Raises OSError; _UnwantedError.
        """
        files: list[tuple[str, bool]] = []
        folders: list[tuple[str, bool]] = []
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number % _LOOK_UP == 0 and not self._is_wanted():
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
        if not self._is_wanted():
            raise _UnwantedError
        files.sort(key=lambda item: _natural(item[0]))
        folders.sort(key=lambda item: _natural(item[0]))
        return files, folders


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link in a circle; it is a folder to nobody.
        return False


def _is_circle(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    # Numbers and words never meet at the same place: words stand at even places, numbers at odd ones.
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)], name


def _circle() -> InputError:
    return InputError(
        "The link leads in a circle",
        "It points to a folder that it lies in. Its pictures are taken once.",
        code=Code.INPUT_LINK_LOOP,
    )


def _closed_folder(error: OSError) -> InputError:
    if isinstance(error, PermissionError):
        return InputError(
            "The folder may not be opened",
            "Change its rights so that you can read it.",
            details=error.strerror or "",
            code=Code.INPUT_NO_RIGHTS,
        )
    return refusal(error)
