"""Read the segments at the start of a JPEG: density, EXIF and the index of further pictures (CIPA DC-007)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from topazdesk.media.byte_ranges import read_at
from topazdesk.media.tiff_tags import Directories

_FIRST = 8_192
_MOST_SEGMENTS = 300
#: Markers without a length.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def segments(descriptor: int) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of every segment before the pixels."""
    head = read_at(descriptor, 0, _FIRST)
    place = 2
    for _ in range(_MOST_SEGMENTS):
        part = head[place : place + 4] if place + 4 <= len(head) else read_at(descriptor, place, 4)
        if len(part) < 4 or part[0] != 0xFF or part[1] in (0xDA, 0xD9):
            return
        if part[1] == 0xFF or part[1] in _BARE:
            place += 1 if part[1] == 0xFF else 2
            continue
        length = int.from_bytes(part[2:4], "big")
        if part[1] in (0xE0, 0xE1, 0xE2):
            end = place + 2 + length
            yield (
                part[1],
                head[place + 4 : end] if end <= len(head) else read_at(descriptor, place + 4, max(0, length - 2)),
            )
        place += 2 + length


def exif_in(content: bytes) -> Directories | None:
    """Return the directories of an EXIF segment, None when it is something else."""
    if content[:6] != b"Exif\0\0":
        return None
    try:
        return Directories(lambda offset, count: content[6 + offset : 6 + offset + count])
    except (ValueError, struct.error):
        return None


def pictures_in(content: bytes) -> int:
    """Return how many pictures of equal standing the index in a segment lists, 0 where it is no such index.

    Previews and gain maps are listed, too, but are no pictures that anybody took.
    """
    if content[:4] != b"MPF\0":
        return 0
    try:
        index = Directories(lambda offset, count: content[4 + offset : 4 + offset + count])
        first = index.at(index.first)
    except (ValueError, struct.error):
        return 0
    entries = first.fields.get(_ENTRIES, b"")
    order = "<" if content[4:6] == b"II" else ">"
    if not isinstance(entries, bytes):
        return 0
    kinds = [struct.unpack_from(order + "I", entries, place)[0] & 0xFFFFFF for place in range(0, len(entries), 16)]
    return sum(kind >> 16 == 2 for kind in kinds)


#: Entries of the index: 16 bytes each, of the type "undefined".
_ENTRIES = 0xB002
