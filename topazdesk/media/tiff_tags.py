"""Read the directories that TIFF files and EXIF blocks consist of (TIFF 6.0, section 2).

A directory of a whole TIFF file and one of the EXIF block in a JPEG are the same but for where offsets count from, so
what is read comes from a function.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from topazdesk.media.byte_ranges import Read

Value = tuple[float, ...] | bytes

#: `struct`'s letters for the types of fields; pairs are fractions.
_TYPES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 6: "b", 7: "s", 8: "h", 9: "i", 10: "ii", 13: "I", 16: "Q", 18: "Q"}
_MOST_FIELDS = 4_096
#: Values that are longer (strips, previews) are not read by `Directories.at`.
_MOST_BYTES = 1_024
#: A longer chain is a circle, or no scan.
_MOST_PAGES = 10_000
#: "This is the reduced copy of another picture", or the mask of one: bits 0 and 2 of the field; a reduced copy is 2 in
#: the field that came before it.
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE = 254, 255
_REDUCED, _MASK = 1, 4
#: Room for more fields than most directories have.
_USUAL_BYTES = 768
_WIDTH, _HEIGHT, _INNER = 256, 257, 330
#: Most directories within another one that are looked at.
_MOST_INNER = 64


class Entry(NamedTuple):
    """A field as it stands in a directory: its type, how many `values` it has, and those themselves or their offset."""

    tag: int
    kind: int
    values: int
    inline: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """The short fields of one directory, by their tags, and the offset of the next directory (0 after the last)."""

    fields: Mapping[int, Value]
    following: int

    def number(self, tag: int, default: float = 0) -> float:
        """Return the first number of a field."""
        found = self.fields.get(tag, ())
        return float(found[0]) if found and not isinstance(found, bytes) else default

    def text(self, tag: int) -> str:
        """Return a text field."""
        found = self.fields.get(tag, b"")
        return found.split(b"\0")[0].decode("latin-1") if isinstance(found, bytes) else ""


class _Step(NamedTuple):
    """A directory on the way through all of them: offset, bits that say that it is no page, offset of the next one."""

    place: int
    type: int
    following: int


class Directories:
    """The directories of a TIFF file or an EXIF block. Raises ValueError when it is neither.

    `order` is `struct`'s letter for the order of bytes; `first` is the offset of the first directory.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._walked: tuple[int, list[_Step]] | None = None
        head = read(0, 16)
        if head[:2] not in (b"II", b"MM") or len(head) < 8:
            raise ValueError("no TIFF")
        self.order = "<" if head[:2] == b"II" else ">"
        self._big = head[2:4] in (b"+\0", b"\0+")
        if self._big and len(head) < 16:
            raise ValueError("cut off")
        self._number = self.order + ("Q" if self._big else "I")
        self._marks = [struct.pack(self.order + "H", tag) for tag in (_NEW_SUBFILE_TYPE, _SUBFILE_TYPE)]
        self.first: int = struct.unpack_from(self._number, head, 8 if self._big else 4)[0]

    def entries(self, offset: int) -> tuple[list[Entry], int] | None:
        """Return the fields of the directory at an offset, and the offset of the next one; None where there is none.

        A directory that is cut off has the fields that are there.
        """
        counted, size = (self.order + "Q", 20) if self._big else (self.order + "H", 12)
        raw = self._read(offset, struct.calcsize(counted))
        if len(raw) < struct.calcsize(counted):
            return None
        stated: int = struct.unpack(counted, raw)[0]
        count = min(stated, _MOST_FIELDS)
        ends = struct.calcsize(self._number)
        table = self._read(offset + len(raw), count * size + ends)
        found = [self._entry(table, at, size) for at in range(0, min(count * size, len(table)) - size + 1, size)]
        rest = table[count * size :]
        following = struct.unpack(self._number, rest)[0] if count == stated and len(rest) == ends else 0
        return found, following

    def inline_place(self, offset: int, tag: int) -> int | None:
        """Return where the short value of a field of the directory at an offset stands; None without that field."""
        found = self.entries(offset)
        head, size = (8, 20) if self._big else (2, 12)
        for number, entry in enumerate(found[0] if found else ()):
            if entry.tag == tag:
                return offset + head + (number + 1) * size - len(entry.inline)
        return None

    def data(self, entry: Entry, size: int) -> bytes:
        """Return the first `size` bytes of a field's value; fewer where the file ends."""
        if size <= len(entry.inline):
            return entry.inline[:size]
        return self._read(struct.unpack(self._number, entry.inline)[0], size)

    def at(self, offset: int) -> Directory:
        """Return the directory at an offset; an empty one where there is none."""
        found = self.entries(offset) if offset else None
        return Directory({}, 0) if found is None else self._directory(*found)

    def chain(self, length: int) -> list[tuple[int, bool]]:
        """Return the directories of a file of `length` bytes, as far as they are there: offset, and if it is no page.

        A thumbnail, or another smaller copy, of a picture in the same file is none, nor is a mask.
        """
        return [(step.place, bool(step.type)) for step in self._walk(length)]

    def is_chain_broken(self, length: int) -> bool:
        """Return whether the last directory that is there names a next one, outside of the file."""
        steps = self._walk(length)
        following = steps[-1].following if steps else 0
        return following >= length or (following > 0 and self._step(following) is None)

    def has_mask(self, length: int) -> bool:
        """Return whether one of the directories is the mask of a picture."""
        return any(step.type & _MASK for step in self._walk(length))

    def _walk(self, length: int) -> list[_Step]:
        if self._walked is not None and self._walked[0] == length:
            return self._walked[1]
        steps: list[_Step] = []
        place, seen = self.first, set[int]()
        while 0 < place < length and place not in seen and len(seen) < _MOST_PAGES:
            step = self._step(place)
            if step is None:
                break
            seen.add(place)
            steps.append(step)
            place = step.following
        self._walked = length, steps
        return steps

    def _step(self, place: int) -> _Step | None:
        """Return what the way through the directories needs of one; of most, a single short read has it."""
        heads, size = (8, 20) if self._big else (2, 12)
        data = self._read(place, _USUAL_BYTES)
        if len(data) < heads:
            return None
        stated: int = struct.unpack_from(self.order + ("Q" if self._big else "H"), data)[0]
        end, ends = heads + min(stated, _MOST_FIELDS) * size, struct.calcsize(self._number)
        if end + ends > _USUAL_BYTES:
            data = self._read(place, end + ends)
        last = min(end, len(data)) - size
        kinds = [at for tag in self._marks for at in _found(data, tag, heads, last) if (at - heads) % size == 0]
        is_whole = stated <= _MOST_FIELDS and len(data) >= end + ends
        following = struct.unpack_from(self._number, data, end)[0] if is_whole else 0
        return _Step(place, self._type([self._entry(data, at, size) for at in kinds]), following)

    def _entry(self, table: bytes, at: int, size: int) -> Entry:
        tag, kind = struct.unpack_from(self.order + "HH", table, at)
        amount = struct.unpack_from(self._number, table, at + 4)[0]
        return Entry(tag, kind, amount, table[at + 4 + struct.calcsize(self._number) : at + size])

    def pages(self, length: int) -> list[tuple[int | None, int]]:
        """Return number, from 0, and offset of the directories that are pictures.

        Some programs write a thumbnail first. Where all are reduced copies, the picture may lie within one of them, as
        in DNG, and has no number; else all of them are pictures.
        """
        found = list(enumerate(self.chain(length)))
        own: list[tuple[int | None, int]] = [(number, place) for number, (place, is_other) in found if not is_other]
        if not own:
            inner = [self._inner(place) for _, (place, _) in found]
            own = [(None, place) for place in inner if place]
        return own or [(number, place) for number, (place, _) in found]

    def page(self, length: int, page: int = 0) -> tuple[int | None, int]:
        """Return number and offset of the directory of a picture; where it is missing, those of the first directory."""
        if page == 0:
            first = self._step(self.first) if 0 < self.first < length else None
            if first is not None and not first.type:
                return 0, first.place
        found = self.pages(length)
        return found[page] if page < len(found) else (0, self.first)

    def _inner(self, place: int) -> int:
        """Return where the largest picture within a directory lies, if that is larger than it; else 0."""
        found = self.entries(place)
        entry = next((each for each in found[0] if each.tag == _INNER), None) if found is not None else None
        if found is None or entry is None:
            return 0
        width = 8 if entry.kind in (16, 18) else 4
        count = min(entry.values, _MOST_INNER)
        data = self.data(entry, width * count)
        if len(data) < width * count:
            return 0
        best, size = 0, self._pixels(found[0])
        for offset in struct.unpack(f"{self.order}{count}{'Q' if width == 8 else 'I'}", data):
            inner = self.entries(offset) if offset else None
            if inner is not None and not self._type(inner[0]) and self._pixels(inner[0]) > size:
                best, size = offset, self._pixels(inner[0])
        return best

    def _pixels(self, entries: list[Entry]) -> int:
        told = self._directory([entry for entry in entries if entry.tag in (_WIDTH, _HEIGHT)], 0)
        return int(told.number(_WIDTH) * told.number(_HEIGHT))

    def _type(self, entries: list[Entry]) -> int:
        """Return the bits that say that a directory is no page, 0 where it is one."""
        told = self._directory([entry for entry in entries if entry.tag in (_NEW_SUBFILE_TYPE, _SUBFILE_TYPE)], 0)
        kind = int(told.number(_NEW_SUBFILE_TYPE))
        return kind & (_REDUCED | _MASK) or int(kind == 0 and told.number(_SUBFILE_TYPE) == 2)

    def _directory(self, entries: list[Entry], following: int) -> Directory:
        fields = {entry.tag: value for entry in entries if (value := self._value(entry)) is not None}
        return Directory(fields, following)

    def _value(self, entry: Entry) -> Value | None:
        letters = _TYPES.get(entry.kind)
        size = struct.calcsize(self.order + (letters or "B")) * entry.values
        if letters is None or not 0 < size <= _MOST_BYTES:
            return None
        data = self.data(entry, size)
        if len(data) < size:
            return None
        if letters == "s":
            return data
        numbers = struct.unpack(self.order + letters * entry.values, data)
        if len(letters) == 1:
            return numbers
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return tuple(above / below if below else 0.0 for above, below in pairs)


def _found(data: bytes, part: bytes, start: int, last: int) -> Iterator[int]:
    """Yield where a part begins in the data, from `start` to `last`."""
    at = data.find(part, start, last + len(part))
    while at >= 0:
        yield at
        at = data.find(part, at + 1, last + len(part))
