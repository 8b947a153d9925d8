"""Take out of a frozen folder what nobody uses: symbols for debuggers, and libraries that nothing loads any more.

PyInstaller follows the libraries of every plug-in before the plug-ins that are not used are left out, so that GTK, for
example, would stay behind without the plug-in that wanted it.
"""

from __future__ import annotations

import re
import shutil
import struct
import sys
from pathlib import Path
from typing import NamedTuple

from commands import need, run

_ELF = b"\x7fELF"
_ELF_HEADER, _LOAD = 64, 1
_FILLER = re.compile(rb"X{8,}|Z{8,}")


def slim(folder: Path) -> None:
    """Slim the folder, on Linux; elsewhere libraries carry no such symbols and are few."""
    if not sys.platform.startswith("linux"):
        return
    need("objdump", "binutils")
    need("patchelf", "patchelf")
    inside = folder / "_internal"
    _remove_unreached(inside)
    for path in _elf_files(inside):
        _forget_builder(path)
        _strip(path)


def _elf_files(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == _ELF:
                    found.append(path)
    return found


def _remove_unreached(folder: Path) -> None:
    """Remove libraries that no extension module, plug-in or program needs, directly or through others."""
    needs = {path: re.findall(r"NEEDED\s+(\S+)", run(["objdump", "-p", path])) for path in _elf_files(folder)}
    by_name: dict[str, set[Path]] = {}
    for path in folder.rglob("lib*.so*"):
        if path.resolve() in needs:
            by_name.setdefault(path.name, set()).add(path.resolve())
    reached = {path for path in needs if not _is_library(path, folder)}
    waiting = list(reached)
    while waiting:
        for name in needs[waiting.pop()]:
            new = by_name.get(name, set()) - reached
            reached |= new
            waiting += new
    for path in needs.keys() - reached:
        path.unlink()
    for link in [path for path in folder.rglob("*") if path.is_symlink() and not path.exists()]:
        link.unlink()


def _is_library(path: Path, folder: Path) -> bool:
    """Return whether a file is there only because others need it. Python's own library is loaded by the program."""
    if not path.name.startswith("lib") or path.name.startswith("libpython"):
        return False
    return path.parent == folder or path.parent.name.endswith(".libs") or path.parent.parts[-2:] == ("Qt", "lib")


def _forget_builder(path: Path) -> None:
    """Take out where the builder's own Python has its libraries: nobody has that folder, or somebody else's."""
    if re.search(r"(RPATH|RUNPATH)\s+/", run(["objdump", "-p", path])):
        run(["patchelf", "--remove-rpath", path])


def _strip(path: Path) -> None:
    """Take the symbols for debuggers out of a library, if it is the same to a program that loads it.

    It is not always: libraries in wheels are patched after they are linked, and `strip` then loses parts of some. Such
    a library loads, and fails later.
    """
    slim = path.with_name(path.name + ".slim")
    run(["strip", "--strip-unneeded", "-o", slim, path])
    if _is_same(path, slim):
        shutil.copymode(path, slim)
        slim.replace(path)
    else:
        slim.unlink()


def _is_same(library: Path, slim: Path) -> bool:
    """Return whether the dynamic linker maps the same of both: the same segments at the same places, as full as before.

    What patchelf has overwritten with its filler, and the tables for tools, need not be the same: nothing reads them.
    """
    before, after = _Image(library), _Image(slim)
    if [segment.fixed for segment in before.segments] != [segment.fixed for segment in after.segments]:
        return False
    for one, other in zip(before.segments, after.segments, strict=True):
        if one.kind != _LOAD:
            continue
        old, new = bytearray(one.data), bytearray(other.data.ljust(len(one.data), b"\0")[: len(one.data)])
        unread = [match.span() for match in _FILLER.finditer(one.data)]
        for start, end in [*unread, *((start - one.offset, end - one.offset) for start, end in before.tables)]:
            start, end = max(0, start), min(len(old), end)
            if start < end:
                old[start:end] = new[start:end] = bytes(end - start)
        if old != new or (other.offset - other.place) % other.align != 0:
            return False
    return True


class _Segment(NamedTuple):
    """A part of a file that the dynamic linker maps or reads."""

    kind: int
    rights: int
    offset: int
    place: int
    align: int
    data: bytes

    @property
    def fixed(self) -> tuple[int, int, int]:
        """What must not change."""
        return self.kind, self.rights, self.place


class _Image:
    """A library (64 bit) as the dynamic linker sees it; `tables` are the places of what it does not read there."""

    def __init__(self, path: Path) -> None:
        file = path.read_bytes()
        programs, sections = struct.unpack_from("<QQ", file, 32)
        size, count, section_size, section_count = struct.unpack_from("<HHHH", file, 54)
        self.tables = [
            (0, _ELF_HEADER),
            (programs, programs + size * count),
            (sections, sections + section_size * section_count),
        ]
        self.segments = []
        for number in range(count):
            kind, rights, offset, place, _, length, _, align = struct.unpack_from(
                "<IIQQQQQQ", file, programs + number * size
            )
            self.segments.append(_Segment(kind, rights, offset, place, align, file[offset : offset + length]))
