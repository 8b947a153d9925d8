"""Take out of a frozen folder what nobody uses: symbols for debuggers, and libraries that nothing loads any more.

PyInstaller follows the libraries of every plug-in before the plug-ins that are not used are left out, so that GTK, for
example, would stay behind without the plug-in that wanted it. Wheels bring libraries for what the program never does.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import elf
import icu_data
from commands import need, run

#: Libraries that are loaded with another one, each for what the program never asks of that one. The test of what
#: installers are made of looks that it does not.
_NEVER_CALLED = {
    "libheif-*": "libx265-*",  # writes HEIC; the program reads it
    "libexiv2-*": "libcurl-*",  # metadata of web addresses, by an OpenSSL that is not maintained; the program has files
}


def slim(folder: Path) -> None:
    """Slim the folder, on Linux; elsewhere libraries carry no such symbols and are few."""
    if not sys.platform.startswith("linux"):
        return
    need("objdump", "binutils")
    need("patchelf", "patchelf")
    inside = folder / "_internal"
    for user, never in _NEVER_CALLED.items():
        _part(inside, user, never)
    _remove_unreached(inside)
    for library in inside.rglob("libicudata.so.*"):
        if not library.is_symlink():
            icu_data.trim(library)
    for path in _elf_files(inside):
        _forget_builder(path)
        _compact(path)


def _elf_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if elf.is_elf(path)]


def _part(folder: Path, user: str, never: str) -> None:
    """Let a library be loaded without another one, whose functions it then finds nowhere."""
    for library in (path for path in folder.rglob(user) if elf.is_elf(path)):
        for other in (path for path in folder.rglob(never) if elf.is_elf(path)):
            names = {name for name, _, is_here in elf.Image(other.read_bytes()).symbols() if is_here}
            # First, since patchelf moves what it changes.
            library.write_bytes(elf.weaken(library.read_bytes(), names))
            run(["patchelf", "--remove-needed", other.name, library])


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


def _compact(path: Path) -> None:
    """Keep of a library what the dynamic linker maps, which must be the same as before."""
    before = path.read_bytes()
    after = elf.compact(before)
    if elf.Image(after).in_memory() != elf.Image(before).in_memory():
        raise SystemExit(f"{path.name} would not be the same in memory")
    if len(after) < len(before):
        slim = path.with_name(path.name + ".slim")
        slim.write_bytes(after)
        shutil.copymode(path, slim)
        slim.replace(path)
