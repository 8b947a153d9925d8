"""Walk through what consists of boxes: HEIC, AVIF, JPEG 2000 and JPEG XL (ISO 14496-12, 4.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from topazdesk.media.byte_ranges import Read, of_bytes


class Box(NamedTuple):
    """A box: its kind, where its content begins, and where it ends, which may be beyond the end of the file."""

    kind: bytes
    start: int
    end: int


def box_places(read: Read, length: int) -> Iterator[Box]:
    """Yield the boxes of a file, or of a box, of `length` bytes. Ends where no box can be."""
    place = 0
    while place + 8 <= length:
        head = read(place, 16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        start = place + 8
        if size == 1:
            if len(head) < 16:
                yield Box(kind, place + 16, place + 16)
                return
            size, start = int.from_bytes(head[8:16], "big"), place + 16
        end = length if size == 0 else place + size
        if end < start:
            return
        yield Box(kind, start, end)
        place = end


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each box; the last may be cut off."""
    for box in box_places(of_bytes(data), len(data)):
        if box.start <= len(data):
            yield box.kind, data[box.start : box.end]
