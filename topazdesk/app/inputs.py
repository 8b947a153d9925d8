"""Which files a command line means: words, patterns that no shell expanded, lists from a file or from another program.

`--include`, `--exclude` and `--newer-than` choose among the files that were found, wherever they were named.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path

from topazdesk.disk.file_uris import path_of_word
from topazdesk.domain.displayed_text import one_line
from topazdesk.errors import Code, UseError
from topazdesk.language import say

_STDIN = "-"
#: Most bytes of a list of files: a million long names.
_MOST_BYTES = 256_000_000
_AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(min|h|d|w)\s*$")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def named_paths(words: Sequence[Path], files_from: Sequence[str] = ()) -> list[Path]:
    """Return the paths that words and lists name, each once, in their order. Blocking. Raises UseError.

    A word that is "-" stands for a list on standard input.
    """
    found: list[Path] = []
    for word in words:
        text = str(word)
        if text == _STDIN:
            found += _listed(_STDIN)
        elif glob.has_magic(text) and not os.path.lexists(text):
            matches = matching(word)
            if not matches:
                named = one_line(text, 200)
                raise UseError(
                    say("No file has a name like {named}", named=named), "Check the pattern.", code=Code.USE_ARGUMENTS
                )
            found += matches
        else:
            found.append(word)
    for source in files_from:
        found += _listed(source)
    if not found:
        named = say("The list of files is empty") if files_from or words else say("No picture was named")
        raise UseError(named, "Name files or folders, for example photo.jpg or scans/", code=Code.USE_ARGUMENTS)
    return list(dict.fromkeys(found))


def matching(word: Path) -> list[Path]:
    """Return what a pattern stands for, sorted; nothing for a word that has none. Blocking.

    Some shells, such as those of Windows, hand patterns over as they are.
    """
    if not glob.has_magic(str(word)):
        return []
    pattern = os.path.expanduser(str(word))  # noqa: PTH111 - a pattern, no path
    return [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207


def _listed(source: str) -> list[Path]:
    """Return the paths of a list, which has one a line, or ends each with a NUL character (`find -print0`)."""
    try:
        if source == _STDIN:
            data = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UseError(
            say("The list of files cannot be read: {source}", source=one_line(source, 200)),
            "Give a file that has one path a line, or - for standard input.",
            details=error.strerror or str(error),
            code=Code.USE_ARGUMENTS,
        ) from error
    if len(data) > _MOST_BYTES:
        raise UseError("The list of files is too long", "Split it.", code=Code.USE_ARGUMENTS)
    names = data.split(b"\0") if b"\0" in data else [line.rstrip(b"\r") for line in data.split(b"\n")]
    return [path_of_word(os.fsdecode(name)) for name in names if name.strip()]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the found files are taken. Patterns are for names, or with a slash in them for the end of the path."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    newer_than: float | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing was chosen."""
        return not self.include and not self.exclude and self.newer_than is None

    def takes(self, path: Path) -> bool:
        """Tell whether a file is taken. Blocking."""
        if self.include and not any(_is_like(path, pattern) for pattern in self.include):
            return False
        if any(_is_like(path, pattern) for pattern in self.exclude):
            return False
        if self.newer_than is None:
            return True
        try:
            return path.stat().st_mtime > self.newer_than
        except OSError:
            return True  # what is wrong with it is said when it is read


def _is_like(path: Path, pattern: str) -> bool:
    if "/" not in pattern:
        return fnmatch(path.name.lower(), pattern.lower())
    text = path.as_posix().lower()
    return fnmatch(text, pattern.lower()) or fnmatch(text, f"*/{pattern.lower()}")


def read_moment(
    text: str | None, now: Callable[[], datetime] = datetime.now, *, option: str = "--newer-than"
) -> float | None:
    """Return the time that an option means, in Unix seconds: a date, an age such as 2d, or a file's own time.

    Raises UseError.
    """
    if text is None:
        return None
    age = _AGE.match(text)
    try:
        if age is not None:
            return (now() - timedelta(**{_UNITS[age[2]]: float(age[1])})).timestamp()
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        pass
    try:
        return Path(text).stat().st_mtime
    except (OSError, ValueError):
        raise UseError(
            say("{option} {text} cannot be used", option=option, text=one_line(text, 100)),
            "Write a date such as 2026-03-01, an age such as 12h or 2d, or the name of a file.",
            code=Code.USE_OPTIONS,
        ) from None
