"""The Debian packages whose libraries a frozen folder needs and does not bring."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import elf
from commands import need, run


def packages(folder: Path) -> list[str]:
    """Return them as a `Depends` field names them, the C library with the version that the folder was linked with.

    Raises SystemExit for a library that no installed package has.
    """
    need("objdump", "binutils")
    wanted: set[str] = set()
    own: set[str] = set()
    glibc = (2, 0)
    for path in sorted(folder.rglob("*")):
        if not elf.is_elf(path):
            own.add(path.name)
            continue
        own.add(path.name)
        told = run(["objdump", "-p", path])
        wanted.update(re.findall(r"^\s+NEEDED\s+(\S+)", told, re.MULTILINE))
        own.update(re.findall(r"^\s+SONAME\s+(\S+)", told, re.MULTILINE))
        found = [(int(major), int(minor)) for major, minor in re.findall(r"\bGLIBC_(\d+)\.(\d+)", told)]
        glibc = max([glibc, *found])
    places = known_libraries()
    names = {"libc6": f"libc6 (>= {glibc[0]}.{glibc[1]})"}
    for library in sorted(wanted - own):
        place = places.get(library)
        owner = owner_of(place) if place else ""
        if not owner:
            raise SystemExit(f"{library} is needed, and no package here has it")
        names.setdefault(owner, owner)
    return sorted(names.values())


def known_libraries() -> dict[str, Path]:
    """Return where the dynamic linker finds each library, by name."""
    lines = run(["/sbin/ldconfig", "-p"]).splitlines()
    found = (
        re.match(r"\s+(\S+) \(libc6,x86-64\b.*=> (\S+)", line) or re.match(r"\s+(\S+) \(.*=> (\S+)", line)
        for line in lines
    )
    return {each[1]: Path(each[2]) for each in reversed([each for each in found if each])}


def owner_of(library: Path) -> str:
    """Return the package that a library is from; where /lib is a link to /usr/lib, dpkg knows it under either name."""
    real = library.resolve()
    for path in (library, real, Path("/usr") / library.relative_to("/"), Path(str(real).removeprefix("/usr"))):
        asked = subprocess.run(["dpkg-query", "-S", str(path)], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return asked.stdout.partition(":")[0]
    return ""
