"""Finds the programs of a Linux desktop that open a kind of file, from its `.desktop` files."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from topazdesk.disk.file_uris import uri_of
from topazdesk.disk.reading import read_text

#: Bounds for what a folder of the desktop may hold, and how many programs a menu has room for.
_LARGEST, _MOST_ENTRIES, _MOST_PROGRAMS = 200_000, 3_000, 12
#: The fields of a command that the desktop fills in; `%%` is a percent sign.
_FIELD = re.compile("%([a-zA-Z%])")


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its name, with its command as the desktop writes it."""

    name: str
    command: tuple[str, ...]

    def with_file(self, path: Path) -> list[str]:
        """Return the command that opens a file."""
        filled = {"f": str(path), "u": uri_of(path).decode("ascii"), "c": self.name, "%": "%"}
        filled |= {"F": filled["f"], "U": filled["u"]}
        words = [_FIELD.sub(lambda field: filled.get(field[1], ""), word) for word in self.command]
        takes_file = any(field in "fFuU" for word in self.command for field in _FIELD.findall(word))
        # A field that stands alone and means nothing here (`%i`) is no empty argument.
        words = [word for word, written in zip(words, self.command, strict=True) if word or not written]
        return words if takes_file else [*words, str(path)]


def programs_for(kind: str) -> list[Program]:
    """Return the programs for a MIME type: the one that the user prefers first, then by name. Blocking.

    There are none where the desktop has no `.desktop` files, as on other systems than Linux.
    """
    preferred = list(_preferred(kind))
    found: dict[str, tuple[int, str, Program]] = {}
    for entry, path in _entries():
        facts = _facts(path)
        is_meant = kind in facts.get("MimeType", "").split(";") or entry in preferred
        program = _program(facts) if is_meant else None
        if program is not None:
            rank = preferred.index(entry) if entry in preferred else len(preferred)
            found.setdefault(program.name, (rank, program.name.casefold(), program))
    return [program for _, _, program in sorted(found.values(), key=lambda each: each[:2])][:_MOST_PROGRAMS]


def _data_folders() -> list[Path]:
    own = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(folder) / "applications" for folder in (own, *shared.split(":")) if folder]


def _preferred(kind: str) -> Iterator[str]:
    """Yield the entries that the user, or the system for all users, chose for a MIME type, the first choice first."""
    own = os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()
    for folder in (Path(own), *_data_folders()):
        for section in ("[Default Applications]", "[Added Associations]"):
            for key, value in _lines(folder / "mimeapps.list", section):
                if key == kind:
                    yield from (entry for entry in value.split(";") if entry)


def _entries() -> Iterator[tuple[str, Path]]:
    """Yield the programs of the desktop by the name of their entry; the user's own come before the system's."""
    seen = set()
    for folder in _data_folders():
        for path in islice(folder.glob("**/*.desktop"), _MOST_ENTRIES):
            entry = "-".join(path.relative_to(folder).parts)
            if entry not in seen:
                seen.add(entry)
                yield entry, path


def _facts(path: Path) -> dict[str, str]:
    facts: dict[str, str] = {}
    for key, value in _lines(path, "[Desktop Entry]"):
        facts.setdefault(key, value)
    return facts


def _program(facts: dict[str, str]) -> Program | None:
    """Return the program of an entry; None if it is not for a desktop, not installed, or this one."""
    name, command = facts.get("Name", ""), facts.get("Exec", "")
    is_there = "TryExec" not in facts or shutil.which(facts["TryExec"]) is not None
    if not is_there or "true" in (facts.get("Hidden"), facts.get("Terminal")):
        return None
    try:
        words = tuple(shlex.split(command.replace(r"\\", "\\")))
    except ValueError:  # an unfinished quotation
        return None
    return Program(name, words) if name and words and Path(words[0]).name != "topazdesk" else None


def _lines(path: Path, section: str) -> Iterator[tuple[str, str]]:
    """Yield the entries in a section of a file in the desktop's format. Nothing if it cannot be read."""
    try:
        text = read_text(path, _LARGEST)
    except (OSError, ValueError):
        return
    is_inside = False
    for line in text.splitlines():
        if line.startswith("["):
            is_inside = line.strip() == section
        key, is_entry, value = line.partition("=")
        if is_entry and is_inside:
            yield key.strip(), value.strip()
