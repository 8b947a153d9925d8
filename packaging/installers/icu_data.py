"""Take out of ICU's data what Qt never asks ICU for.

ICU comes with Qt as two libraries of code and a third that holds data alone, 32 MB of them. QtCore asks ICU to sort
texts, to change their case, for time zones and for codings of texts other than Unicode and Latin-1; numbers, dates and
names of languages it has itself. The window uses the first two. So the order of every language stays, and the names of
currencies, units, regions and zones, dictionaries for breaking lines, transliteration and codings go.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import elf
from commands import need, run

_UNUSED = ("brkitr/*", "curr/*", "lang/*", "rbnf/*", "region/*", "translit/*", "unit/*", "zone/*", "*.cnv")


def trim(library: Path) -> None:
    """Make the library (`libicudata.so.73`) anew from what is left of its data."""
    need("icupkg", "icu-devtools")
    need("ld", "binutils")
    file = library.read_bytes()
    version = re.fullmatch(r"libicudata\.so\.(\d+)", library.name)
    if version is None:
        raise SystemExit(f"{library.name} is no library of ICU's data as this build knows it")
    symbol = f"icudt{version[1]}_dat"
    offset, length = elf.Image(file).symbol(symbol)
    with tempfile.TemporaryDirectory(prefix="topazdesk-icu-") as name:
        folder = Path(name)
        # The name of the file stands before those of all data in it, and says how numbers are stored.
        data = folder / f"icudt{version[1]}l.dat"
        data.write_bytes(file[offset : offset + length])
        (folder / "left").mkdir()
        left = folder / "left" / data.name
        listed = run(["icupkg", "-l", data]).split()
        unused = [item for item in listed if any(Path(item).match(pattern) for pattern in _UNUSED)]
        if not unused:
            raise SystemExit(f"nothing is known to be unused in {library.name}")
        (folder / "unused.txt").write_text("\n".join(unused) + "\n", "ascii")
        run(["icupkg", "-r", folder / "unused.txt", data, left])
        run(["ld", "-r", "-b", "binary", "-o", folder / "data.o", left.name], folder=left.parent)
        embedded = "_binary_" + left.name.replace(".", "_")
        run(
            [
                *("objcopy", "--rename-section", ".data=.rodata,alloc,load,readonly,data,contents"),
                *("--set-section-alignment", ".rodata=16", "--redefine-sym", f"{embedded}_start={symbol}"),
                *("--strip-symbol", f"{embedded}_end", "--strip-symbol", f"{embedded}_size", "data.o"),
            ],
            folder=folder,
        )
        made = folder / library.name
        linked = ["-shared", "-s", "-soname", library.name, "-z", "noexecstack", "--hash-style=gnu"]
        run(["ld", *linked, "-o", made, "data.o"], folder=folder)
        shutil.copyfile(made, library)
