"""Read the blocks of fields that stand in segments of a JPEG: EXIF, and the index of further pictures (CIPA DC-007)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from topazdesk.media.byte_ranges import Read, of_bytes
from topazdesk.media.jpeg_segments import APP0, APP1, APP2, segments
from topazdesk.media.tiff_tags import Directories

_MOST_SEGMENTS = 300
#: Entries of the index: 16 bytes each, of the type "undefined".
_ENTRIES = 0xB002


def blocks(read: Read) -> Iterator[bytes]:
    """Yield the contents of the segments in which JFIF, EXIF and the index stand."""
    for segment in islice(segments(read), _MOST_SEGMENTS):
        if segment.marker in (APP0, APP1, APP2):
            yield segment.content(read)


def exif_in(content: bytes) -> Directories | None:
    """Return the directories of an EXIF segment, None when it is something else."""
    if content[:6] != b"Exif\0\0":
        return None
    try:
        return Directories(of_bytes(content[6:]))
    except (ValueError, struct.error):
        return None


def pictures_in(content: bytes) -> int:
    """Return how many pictures of equal standing the index in a segment lists, 0 where it is no such index.

    Previews and gain maps are listed, too, but are no pictures that anybody took.
    """
    if content[:4] != b"MPF\0":
        return 0
    try:
        index = Directories(of_bytes(content[4:]))
        first = index.at(index.first)
    except (ValueError, struct.error):
        return 0
    entries = first.fields.get(_ENTRIES, b"")
    order = "<" if content[4:6] == b"II" else ">"
    if not isinstance(entries, bytes):
        return 0
    kinds = [struct.unpack_from(order + "I", entries, place)[0] & 0xFFFFFF for place in range(0, len(entries), 16)]
    return sum(kind >> 16 == 2 for kind in kinds)
