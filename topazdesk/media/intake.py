"""From what a user drops (files, folders, mixtures) to files that may be pictures. Names decide; content is for `probe`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from topazdesk.domain.intake import Found, Refusal
from topazdesk.errors import InputError
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


def scan(paths: Iterable[Path]) -> Iterator[Path | Refusal]:
    """Absolute paths of files that may be pictures, lazily, with a refusal in the place of what cannot be taken.

    A file that is named itself is always taken; from folders, at any depth, those whose name ends like a picture's. Files
    come before sub-folders, both in natural order (2 before 10). Hidden files are skipped. Links are followed; a link
    in a circle is refused, the same file reached twice comes once. A folder without any picture is refused as such.
    """
    walk = _Walk()
    for path in paths:
        yield from walk.given(path)


class _Walk:
    """One scan; remembers the real names of what it has seen."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

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
        for item in self._folder(absolute):
            anything = True
            yield item
        if not anything and not self._inside_is_known(absolute):
            yield Refusal(
                absolute,
                "There are no pictures in this folder",
                "JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF, HEIC and raw files are looked for.",
                "input.no_pictures",
            )

    def _inside_is_known(self, folder: Path) -> bool:
        """Whether the folder gave nothing because all of it had come before."""
        inside = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118
        return any(name.startswith(inside) for name in self._files)

    def _file(self, path: Path) -> Iterator[Path]:
        real = os.path.realpath(path)
        if real not in self._files:
            self._files.add(real)
            yield path

    def _folder(self, top: Path) -> Iterator[Path | Refusal]:
        # A stack of our own: folders may be nested deeper than Python's calls.
        todo: list[tuple[Path, frozenset[str]]] = [(top, frozenset())]
        while todo:
            folder, above = todo.pop()
            real = os.path.realpath(folder)
            if real in above:
                yield Refusal.of(folder, _circle())
                continue
            if real in self._folders:
                continue
            self._folders.add(real)
            try:
                files, folders = _listing(folder)
            except OSError as error:
                yield Refusal.of(folder, _closed_folder(error))
                continue
            for path, link in files:
                yield from self._entry(path, real, link)
            inner = above | {real}
            todo.extend((path, inner) for path in reversed(folders))

    def _entry(self, path: Path, real_folder: str, link: bool) -> Iterator[Path | Refusal]:
        if not link:
            # The folder's real name is known, which saves asking the disk for every file's.
            real = os.path.join(real_folder, path.name)  # noqa: PTH118
            if real not in self._files:
                self._files.add(real)
                yield path
            return
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116
        except OSError as error:
            yield Refusal.of(path, refusal(error))
            return
        if stat.S_ISREG(mode):
            yield from self._file(path)


def _listing(folder: Path) -> tuple[list[tuple[Path, bool]], list[Path]]:
    """Files that may be pictures (with whether they are links), and folders, each in natural order. Raises OSError."""
    files: list[tuple[Path, bool]] = []
    folders: list[Path] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = folder / entry.name
            if _is_folder(entry):
                if entry.name not in _SKIPPED_FOLDERS:
                    folders.append(path)
            elif path.suffix.lower() in _SUFFIXES and (entry.is_symlink() or entry.is_file()):
                files.append((path, entry.is_symlink()))
            elif entry.is_symlink() and _is_circle(path):
                files.append((path, True))
    files.sort(key=lambda item: _natural(item[0].name))
    folders.sort(key=lambda path: _natural(path.name))
    return files, folders


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link in a circle; it is a folder to nobody.
        return False


def _is_circle(path: Path) -> bool:
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
        code="input.link_loop",
    )


def _closed_folder(error: OSError) -> InputError:
    if isinstance(error, PermissionError):
        return InputError(
            "The folder may not be opened",
            "Change its rights so that you can read it.",
            details=error.strerror or "",
            code="input.no_rights",
        )
    return refusal(error)
