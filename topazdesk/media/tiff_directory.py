"""Read a directory of a TIFF file: what it says about a picture and where its pixels lie (TIFF 6.0, section 2).

libvips reports what it decodes to, not what the file means: it calls an infrared channel transparency, and reads tiles
that it cannot decode as black. So the facts on which a picture is judged are read here, from a few hundred bytes.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from topazdesk.media.byte_ranges import of_descriptor
from topazdesk.media.tiff_tags import Directories, Entry


class Tag(IntEnum):
    """The fields that are read (TIFF 6.0, section 8 and later)."""

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
    ACROSS = 282
    DOWN = 283
    PLANAR = 284
    RESOLUTION_UNIT = 296
    PREDICTOR = 317
    WHITE_POINT = 318
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
    PROFILE = 34_675


class CutOffError(Exception):
    """The directory, or the numbers in it, lie beyond the end of the file."""


@dataclass(frozen=True, slots=True)
class TiffDirectory:
    """A directory of a file of `length` bytes: its fields, its offset, and that of the next one (0 after the last)."""

    fields: Mapping[Tag, tuple[float, ...] | bytes]
    following: int
    place: int
    length: int
    is_counted: Callable[[], bool]  # whether a decoder that counts the directories of the file comes to it

    def numbers(self, tag: Tag) -> tuple[float, ...]:
        """Return the numbers of a field; none where it is missing."""
        found = self.fields.get(tag, ())
        return tuple(found)

    def number(self, tag: Tag, default: int) -> int:
        """Return the first number of a field."""
        return next((int(value) for value in self.numbers(tag)), default)

    @property
    def segments(self) -> tuple[tuple[int, int], ...]:
        """Where the strips or tiles lie: pairs of offset and number of bytes.

        Some programs leave out the numbers, or write zeros: then they are what the picture needs, or what there is up
        to the next one, as decoders do it.
        """
        if self.lacks_counts:
            offsets = [int(offset) for offset in self._offsets]
            return tuple(zip(offsets, self._counts(offsets), strict=False))
        pairs = zip(self._offsets, self._stated_counts, strict=False)
        return tuple((int(offset), int(count)) for offset, count in pairs)

    @property
    def lacks_counts(self) -> bool:
        """Whether it is not stated how many bytes the strips or tiles have."""
        return not any(self._stated_counts) and bool(self._offsets) and all(self._offsets)

    @property
    def _offsets(self) -> tuple[float, ...]:
        return self.numbers(Tag.STRIP_OFFSETS) or self.numbers(Tag.TILE_OFFSETS)

    @property
    def _stated_counts(self) -> tuple[float, ...]:
        return self.numbers(Tag.STRIP_COUNTS) or self.numbers(Tag.TILE_COUNTS)

    def _counts(self, offsets: list[int]) -> list[int]:
        expected = list(self.unpacked_bytes())
        if self.number(Tag.COMPRESSION, 1) == 1 and len(expected) == len(offsets):
            return expected
        following = sorted({*offsets, self.length})
        behind = [bisect_right(following, offset) for offset in offsets]
        return [
            following[place] - offset if place < len(following) else 0
            for place, offset in zip(behind, offsets, strict=True)
        ]

    def unpacked_bytes(self) -> Iterator[int]:
        """Yield how many bytes each strip or tile has when it is unpacked, in the order of the file."""
        width, height = self.number(Tag.WIDTH, 0), self.number(Tag.HEIGHT, 0)
        bits = [int(value) for value in self.numbers(Tag.BITS)] or [1]
        samples = self.number(Tag.SAMPLES, 1)
        bits = bits if len(bits) == samples else bits[:1] * samples
        planes = [[depth] for depth in bits] if self.number(Tag.PLANAR, 1) == 2 else [bits]
        if not width or not height:
            return
        for depths in planes:
            if self.is_tiled:
                across, down = self.number(Tag.TILE_WIDTH, 0), self.number(Tag.TILE_HEIGHT, 0)
                if not across or not down:
                    return
                for _ in range(-(-width // across) * -(-height // down)):
                    yield -(-across * sum(depths) // 8) * down
            else:
                rows = min(height, self.number(Tag.ROWS_PER_STRIP, height) or height)
                for top in range(0, height, rows):
                    yield -(-width * sum(depths) // 8) * min(rows, height - top)

    @property
    def is_tiled(self) -> bool:
        """Whether the pixels lie in tiles, not strips."""
        return Tag.TILE_WIDTH in self.fields


def read_directory(descriptor: int, length: int, page: int = 0) -> TiffDirectory:
    """Return the directory of a page of an open file of `length` bytes; thumbnails are no pages.

    Raises CutOffError.
    """
    try:
        directories = Directories(of_descriptor(descriptor))
    except ValueError as error:
        raise CutOffError from error
    number, place = directories.page(length, page)
    found = directories.entries(place) if place < length else None
    if found is None:
        raise CutOffError
    entries, following = found
    known = (entry for entry in entries if entry.tag in _KNOWN and entry.kind in _TYPES)
    fields = {Tag(entry.tag): _values(directories, entry) for entry in known}
    return TiffDirectory(
        fields, following, place, length, lambda: number is not None and not directories.is_chain_broken(length)
    )


_KNOWN = frozenset(int(tag) for tag in Tag)
#: The types of fields that are read (TIFF 6.0, page 15; BigTIFF adds 16 and 17), as `struct` names them.
_TYPES = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "s", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 16: "Q", 17: "q"}
#: 4 million strips are 32 MB of numbers: more than any real file has, and a limit for a malicious one.
_MOST_NUMBERS = 4_000_000


def _values(directories: Directories, entry: Entry) -> tuple[float, ...] | bytes:
    kind, count = _TYPES[entry.kind], min(entry.values, _MOST_NUMBERS)
    size = struct.calcsize(directories.order + kind) * count
    data = directories.data(entry, size)
    if len(data) < size:
        raise CutOffError
    if kind in ("II", "ii"):  # numerators and denominators
        return tuple(
            above / below if below else 0.0 for above, below in struct.iter_unpack(directories.order + kind, data)
        )
    return data if kind == "s" else struct.unpack(f"{directories.order}{count}{kind}", data)
