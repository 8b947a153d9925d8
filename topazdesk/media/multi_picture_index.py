"""Read where the pictures of a JPEG that has several lie (MPO, CIPA DC-007)."""

from __future__ import annotations

import struct
from itertools import islice

from topazdesk.media.byte_ranges import Read, of_bytes
from topazdesk.media.jpeg_segments import APP2, segments
from topazdesk.media.tiff_tags import Directories

_MOST_SEGMENTS = 300
#: Entries of the index: 16 bytes each, of the type "undefined".
_ENTRIES = 0xB002
#: The kind of pictures of equal standing. Previews and gain maps are listed, too, but nobody took them.
_EQUALS = 2


def places(read: Read) -> list[tuple[int, int]]:
    """Return offset and length of the file's own picture and those of equal standing; none where there is no index."""
    for segment in islice(segments(read), _MOST_SEGMENTS):
        if segment.marker == APP2 and (content := segment.content(read))[:4] == b"MPF\0":
            return [
                # Offsets count from behind the mark of the index, but that of the first picture is 0.
                (offset + segment.start + 8 if offset else 0, length)
                for number, (kind, length, offset) in enumerate(_entries(content[4:]))
                if number == 0 or kind >> 16 & 0xFF == _EQUALS
            ]
    return []


def count(index: bytes) -> int:
    """Return how many pictures an index lists, of any kind; it is given from the head of its TIFF on."""
    return len(_entries(index))


def _entries(index: bytes) -> list[tuple[int, int, int]]:
    try:
        directories = Directories(of_bytes(index))
        entries = directories.at(directories.first).fields.get(_ENTRIES, b"")
    except (ValueError, struct.error):
        return []
    if not isinstance(entries, bytes):
        return []
    whole = range(0, len(entries) - 15, 16)
    return [struct.unpack_from(directories.order + "III", entries, place) for place in whole]
