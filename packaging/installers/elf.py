"""Shared libraries (ELF, 64 bit) as the dynamic linker sees them: read, rewritten without the rest, and parted.

Libraries in wheels are patched after they are linked (auditwheel), which leaves gaps of up to two megabytes in them,
and `strip` then loses parts of some: such a library loads, and fails later. `compact` copies what the linker maps, byte
for byte, and leaves out the gaps and what only debuggers read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

MAGIC = b"\x7fELF"
_LOAD, _NULL, _NOTE = 1, 0, 4
_X86_64 = 62
_DYNSYM, _NOBITS = 11, 8
_ALLOC, _INFO_LINK = 2, 0x40
_WEAK = 2
_PROGRAM, _SECTION, _SYMBOL = struct.Struct("<IIQQQQQQ"), struct.Struct("<IIQQQQIIQQ"), struct.Struct("<IBBHQQ")


class Segment(NamedTuple):
    """A part of a file that the dynamic linker maps or reads."""

    kind: int
    rights: int
    offset: int
    place: int
    physical: int
    length: int
    memory: int
    align: int

    @property
    def is_mapped(self) -> bool:
        """Whether it comes into memory."""
        return self.kind == _LOAD

    def has(self, place: int, length: int) -> bool:
        """Return whether its part of the file has these places in memory."""
        return self.place <= place and place + length <= self.place + self.length


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    place: int
    offset: int
    length: int
    link: int
    info: int
    align: int
    entry: int


class Image:
    """A library: its segments, its sections, and the symbols that the dynamic linker resolves."""

    def __init__(self, file: bytes) -> None:
        self.file = file
        self.machine = struct.unpack_from("<H", file, 18)[0]
        self.programs, self.section_table = struct.unpack_from("<QQ", file, 32)
        _, count, _, section_count, names = struct.unpack_from("<HHHHH", file, 54)
        self.segments = [Segment(*_PROGRAM.unpack_from(file, self.programs + number * 56)) for number in range(count)]
        self.sections = [
            _Section(*_SECTION.unpack_from(file, self.section_table + number * 64)) for number in range(section_count)
        ]
        self._names = self.sections[names].offset if section_count else 0

    @property
    def mapped(self) -> list[Segment]:
        """The segments that come into memory."""
        return [segment for segment in self.segments if segment.is_mapped]

    def in_memory(self) -> list[tuple[int, int, int, bytes]]:
        """Return what the linker maps, without the tables: rights, place, size and content of each segment."""
        tables = ((0, 64), (self.programs, self.programs + 56 * len(self.segments)))
        found = []
        for segment in self.mapped:
            content = bytearray(self.file[segment.offset : segment.offset + segment.length])
            for start, end in tables:
                start, end = max(0, start - segment.offset), min(len(content), end - segment.offset)
                if start < end:
                    content[start:end] = bytes(end - start)
            found.append((segment.rights, segment.place, segment.memory, bytes(content)))
        return found

    def symbols(self) -> list[tuple[str, int, bool]]:
        """Return the dynamic symbols: name, the place of the entry in the file, and whether it is defined here."""
        found = []
        for table in (section for section in self.sections if section.kind == _DYNSYM):
            names = self.sections[table.link].offset
            for offset in range(table.offset, table.offset + table.length, 24):
                name, _, _, section, _, _ = _SYMBOL.unpack_from(self.file, offset)
                found.append((self._text(names + name), offset, section != 0))
        return found

    def symbol(self, name: str) -> tuple[int, int]:
        """Return where in the file a symbol's data are, and how many bytes. Raises LookupError."""
        offset = next((offset for named, offset, is_here in self.symbols() if named == name and is_here), None)
        if offset is None:
            raise LookupError(name)
        *_, place, length = _SYMBOL.unpack_from(self.file, offset)
        segment = next(segment for segment in self.mapped if segment.has(place, length))
        return place - segment.place + segment.offset, length

    def section_name(self, section: _Section) -> str:
        """Return the name of a section."""
        return self._text(self._names + section.name)

    def _text(self, offset: int) -> str:
        return self.file[offset : self.file.index(0, offset)].decode("utf-8", "replace")


def is_elf(path: Path) -> bool:
    """Return whether a file is a program or a library for Linux."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def compact(file: bytes) -> bytes:
    """Return a library with all that is mapped of it and nothing else; the same bytes where it is built oddly."""
    image = Image(file)
    page = 0x1000 if image.machine == _X86_64 else 0x10000  # of which other processors have some
    made, moved = bytearray(), {}
    for segment in image.mapped:
        made += bytes((segment.place - len(made)) % page)
        moved[segment] = len(made)
        made += file[segment.offset : segment.offset + segment.length]

    def new_offset(place: int, length: int) -> int | None:
        return next(
            (moved[segment] + place - segment.place for segment in image.mapped if segment.has(place, length)), None
        )

    first, size = image.mapped[0], 56 * len(image.segments)
    holder = next((each for each in moved if each.offset <= image.programs <= each.offset + each.length - size), None)
    if first.offset != 0 or holder is None:
        return file
    programs = moved[holder] + image.programs - holder.offset
    for number, segment in enumerate(image.segments):
        offset = moved[segment] if segment.is_mapped else new_offset(segment.place, segment.length)
        if segment.kind == _NOTE and offset is None:  # one for tools only
            segment = segment._replace(kind=_NULL)
        align = min(segment.align, page) if segment.is_mapped else segment.align
        new = segment._replace(offset=offset if segment.length and offset is not None else 0, align=align)
        _PROGRAM.pack_into(made, programs + 56 * number, *new)
    _add_sections(made, image, new_offset)
    struct.pack_into("<Q", made, 32, programs)
    return bytes(made)


def _add_sections(made: bytearray, image: Image, new_offset: Callable[[int, int], int | None]) -> None:
    """Write the table of the sections that are mapped, and their names, behind the rest: tools read libraries by it."""
    kept = [number for number, section in enumerate(image.sections) if number == 0 or section.flags & _ALLOC]
    names, table = bytearray(b"\0"), []
    for number in kept:
        section = image.sections[number]
        offset = section.offset
        if number and section.kind != _NOBITS:
            offset = new_offset(section.place, section.length) or 0
        link = kept.index(section.link) if section.link in kept else 0
        info = section.info
        if section.flags & _INFO_LINK:
            info = kept.index(info) if info in kept else 0
        table.append(section._replace(name=len(names) if number else 0, offset=offset, link=link, info=info))
        if number:
            names += image.section_name(section).encode() + b"\0"
    table.append(_Section(len(names), 3, 0, 0, len(made), len(names) + len(b".shstrtab\0"), 0, 0, 1, 0))
    made += names + b".shstrtab\0"
    made += bytes(-len(made) % 8)
    struct.pack_into("<Q", made, 40, len(made))
    struct.pack_into("<HH", made, 60, len(table), len(table) - 1)
    for section in table:
        made += _SECTION.pack(*section)


def weaken(file: bytes, names: set[str]) -> bytes:
    """Return a library that can be loaded where nobody has these symbols: for each of them it finds nothing then."""
    image, made = Image(file), bytearray(file)
    for name, offset, is_here in image.symbols():
        if name in names and not is_here:
            made[offset + 4] = _WEAK << 4 | made[offset + 4] & 0xF
    return bytes(made)
