"""Read single fields of the directories that TIFF files and EXIF blocks consist of (TIFF 6.0, section 2).

A directory of a whole TIFF file and one of the EXIF block in a JPEG are the same but for where offsets count from, so
what is read comes from a function.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Returns up to that many bytes from that offset.
Read = Callable[[int, int], bytes]
Value = tuple[float, ...] | bytes

#: `struct`'s letters for the types of fields; pairs are fractions.
_TYPES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 6: "b", 7: "s", 8: "h", 9: "i", 10: "ii", 13: "I", 16: "Q", 18: "Q"}
_MOST_FIELDS = 4_096
#: Values that are longer (strips, previews) are not read.
_MOST_BYTES = 1_024


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


class Directories:
    """The directories of a TIFF file or an EXIF block. Raises ValueError when it is neither."""

    def __init__(self, read: Read) -> None:
        self._read = read
        head = read(0, 16)
        if head[:2] not in (b"II", b"MM") or len(head) < 8:
            raise ValueError("no TIFF")
        self._order = "<" if head[:2] == b"II" else ">"
        self._big = head[2:4] in (b"+\0", b"\0+")
        if self._big and len(head) < 16:
            raise ValueError("cut off")
        self.first: int = struct.unpack_from(self._order + ("Q" if self._big else "I"), head, 8 if self._big else 4)[0]

    def at(self, offset: int) -> Directory:
        """Return the directory at an offset; an empty one where there is none."""
        counted, entry, following = ("Q", 20, "Q") if self._big else ("H", 12, "I")
        size = struct.calcsize(self._order + counted)
        raw = self._read(offset, size) if offset else b""
        if len(raw) < size:
            return Directory({}, 0)
        count = min(struct.unpack(self._order + counted, raw)[0], _MOST_FIELDS)
        table = self._read(offset + size, count * entry + struct.calcsize(following))
        fields: dict[int, Value] = {}
        for place in range(0, min(count * entry, len(table) - entry + 1), entry):
            tag, value = self._field(table[place : place + entry])
            if value is not None:
                fields[tag] = value
        rest = table[count * entry :]
        ends = struct.calcsize(self._order + following)
        return Directory(fields, struct.unpack(self._order + following, rest)[0] if len(rest) == ends else 0)

    def _field(self, entry: bytes) -> tuple[int, Value | None]:
        tag, kind = struct.unpack_from(self._order + "HH", entry)
        count = struct.unpack_from(self._order + ("Q" if self._big else "I"), entry, 4)[0]
        inline = entry[12:] if self._big else entry[8:]
        letters = _TYPES.get(kind)
        size = struct.calcsize(self._order + (letters or "B")) * count
        if letters is None or not 0 < size <= _MOST_BYTES:
            return tag, None
        data = inline[:size]
        if size > len(inline):
            data = self._read(struct.unpack(self._order + ("Q" if self._big else "I"), inline)[0], size)
        if len(data) < size:
            return tag, None
        if letters == "s":
            return tag, data
        numbers = struct.unpack(self._order + letters * count, data)
        if len(letters) == 1:
            return tag, numbers
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return tag, tuple(above / below if below else 0.0 for above, below in pairs)
