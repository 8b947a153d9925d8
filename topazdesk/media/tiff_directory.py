"""Read a directory of a TIFF file: what it says about a picture and where its pixels lie (TIFF 6.0, section 2).

libvips reports what it decodes to, not what the file means: it calls an infrared channel transparency, and reads tiles
that it cannot decode as black. So the facts on which a picture is judged are read here, from a few hundred bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from topazdesk.media.byte_ranges import read_at


class Tag(IntEnum):
    """The fields that are read (TIFF 6.0, section 8 and later)."""

    NEW_SUBFILE_TYPE = 254
    SUBFILE_TYPE = 255
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    ROWS_PER_STRIP = 278
    STRIP_COUNTS = 279
    PLANAR = 284
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_COUNTS = 325
    INK_SET = 332
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    SMALLEST = 340
    LARGEST = 341
    JPEG_TABLES = 347
    SUBSAMPLING = 530
    PROFILE = 34_675


class CutOffError(Exception):
    """The directory, or the numbers in it, lie beyond the end of the file."""


@dataclass(frozen=True, slots=True)
class TiffDirectory:
    """One directory: its known fields, and the offset of the next one (0 after the last)."""

    fields: Mapping[Tag, tuple[float, ...] | bytes]
    following: int

    def numbers(self, tag: Tag) -> tuple[float, ...]:
        """Return the numbers of a field; none where it is missing."""
        found = self.fields.get(tag, ())
        return tuple(found)

    def number(self, tag: Tag, default: int) -> int:
        """Return the first number of a field."""
        return next((int(value) for value in self.numbers(tag)), default)

    @property
    def segments(self) -> tuple[tuple[int, int], ...]:
        """Where the strips or tiles lie: pairs of offset and number of bytes."""
        offsets = self.numbers(Tag.STRIP_OFFSETS) or self.numbers(Tag.TILE_OFFSETS)
        counts = self.numbers(Tag.STRIP_COUNTS) or self.numbers(Tag.TILE_COUNTS)
        return tuple((int(offset), int(count)) for offset, count in zip(offsets, counts, strict=False))

    @property
    def is_reduced(self) -> bool:
        """Whether it is a thumbnail, or another reduced copy, of a picture in the same file."""
        kind = self.number(Tag.NEW_SUBFILE_TYPE, 0)
        # The predecessor of the field has 2 for reduced copies.
        return bool(kind & 1) or (kind == 0 and self.number(Tag.SUBFILE_TYPE, 0) == 2)

    @property
    def is_tiled(self) -> bool:
        """Whether the pixels lie in tiles, not strips."""
        return Tag.TILE_WIDTH in self.fields


def read_directory(descriptor: int, length: int, offset: int | None = None) -> TiffDirectory:
    """Return the directory at `offset` of an open file of `length` bytes.

    Without `offset` it is the one of the picture: the first that is not the reduced copy of another.
    Raises CutOffError.
    """
    found = _read_directory(descriptor, length, offset)
    if offset is not None or not found.is_reduced:
        return found
    first, seen = found, 0
    while found.is_reduced and 0 < found.following < length and seen < _MOST_REDUCED:
        found, seen = _read_directory(descriptor, length, found.following), seen + 1
    return first if found.is_reduced else found


#: Reduced copies that are passed over in search of the picture.
_MOST_REDUCED = 100


def _read_directory(descriptor: int, length: int, offset: int | None) -> TiffDirectory:
    head = read_at(descriptor, 0, 16)
    if len(head) < 8:
        raise CutOffError
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    if big and len(head) < 16:
        raise CutOffError
    where = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0] if offset is None else offset
    counted, entry = ("Q", 20) if big else ("H", 12)
    raw = read_at(descriptor, where, struct.calcsize(order + counted)) if where < length else b""
    if len(raw) < struct.calcsize(order + counted):
        raise CutOffError
    entries: int = struct.unpack(order + counted, raw)[0]
    table = read_at(descriptor, where + len(raw), min(entries, 4096) * entry + (8 if big else 4))
    found: dict[Tag, tuple[float, ...] | bytes] = {}
    for place in range(0, min(entries * entry, len(table)) - entry + 1, entry):
        tag, kind = struct.unpack_from(order + "HH", table, place)
        if tag in _KNOWN and kind in _TYPES:
            found[Tag(tag)] = _values(descriptor, table[place : place + entry], order, big)
    after = table[entries * entry :]
    size = 8 if big else 4
    following = struct.unpack(order + ("Q" if big else "I"), after[:size])[0] if len(after) >= size else 0
    return TiffDirectory(found, following)


_KNOWN = frozenset(int(tag) for tag in Tag)
#: The types of fields that are read (TIFF 6.0, page 15; BigTIFF adds 16 and 17), as `struct` names them.
_TYPES = {1: "B", 3: "H", 4: "I", 6: "b", 7: "s", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q", 17: "q"}


def _values(descriptor: int, entry: bytes, order: str, big: bool) -> tuple[float, ...] | bytes:
    kind = _TYPES[struct.unpack_from(order + "H", entry, 2)[0]]
    count: int = struct.unpack_from(order + ("Q" if big else "I"), entry, 4)[0]
    inline = entry[12:] if big else entry[8:]
    # 4 million strips are 32 MB of numbers: more than any real file has, and a limit for a malicious one.
    size = struct.calcsize(order + kind) * min(count, 4_000_000)
    if size <= len(inline):
        data = inline[:size]
    else:
        data = read_at(descriptor, struct.unpack(order + ("Q" if big else "I"), inline)[0], size)
        if len(data) < size:
            raise CutOffError
    if kind == "s":
        return data
    return struct.unpack(f"{order}{size // struct.calcsize(order + kind)}{kind}", data)
