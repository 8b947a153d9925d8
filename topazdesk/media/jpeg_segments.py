"""Walk through the segments of a JPEG, from mark to mark (ITU-T T.81, B.1).

The marks may also occur in thumbnails and profiles, so none is found by searching for its bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from topazdesk.media.byte_ranges import Read

SCAN, END = 0xDA, 0xD9
APP0, APP1, APP2, APP11, APP13 = 0xE0, 0xE1, 0xE2, 0xEB, 0xED
COMMENT = 0xFE

#: Beginnings of the APP1 segments that hold XMP: the packet, and what did not fit into it (XMP specification, part 3).
XMP, EXTENDED_XMP = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"

#: Marks that stand alone, without a length.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_WINDOW = 4_096
#: Most marks that are looked at; the longest metadata has some thousand segments.
_MOST_MARKS = 200_000


class Segment(NamedTuple):
    """A mark, and where its segment lies: from `start`, where the mark is, to `end`. The content begins 4 bytes on."""

    marker: int
    start: int
    end: int

    def content(self, read: Read) -> bytes:
        """Return the content, as far as the file has it."""
        return read(self.start + 4, self.end - self.start - 4)


def segments(read: Read, start: int = 2) -> Iterator[Segment]:
    """Yield the segments from `start` on, the last of them that of a scan, whose coded data follows, or the end mark.

    Ends without either where no mark stands, at the end of the file, and after more marks than any picture has.
    """
    place, begin, window = start, 0, b""
    for _ in range(_MOST_MARKS):
        if not begin <= place <= begin + len(window) - 4:
            begin, window = place, read(place, _WINDOW)  # one read serves several small segments
        head = window[place - begin : place - begin + 4]
        if len(head) < 2 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == 0xFF:  # padding: what was erased of a memory card may be megabytes of it
            rest = window[place - begin :]
            place += len(rest) - len(rest.lstrip(b"\xff")) - 1
            continue
        if marker in _BARE:
            place += 2
            continue
        if marker == END:
            yield Segment(marker, place, place + 2)
            return
        if len(head) < 4:
            return
        found = Segment(marker, place, place + 2 + max(2, int.from_bytes(head[2:4], "big")))
        yield found
        if marker == SCAN:
            return
        place = found.end


def segment(marker: int, content: bytes) -> bytes:
    """Return a whole segment. Raises struct.error when it is too long for one."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def first_scan(read: Read, length: int) -> int | None:
    """Return the offset after the first start-of-scan segment, or None when the header is cut off.

    In a header that is odd otherwise it is the offset of what is no segment: judging that is left to the decoder.
    `read` reads a file of `length` bytes.
    """
    place = 2
    for each in segments(read):
        if each.marker == SCAN:
            return each.end
        place = each.start if each.marker == END else each.end
    return place if place + 4 <= length else None
