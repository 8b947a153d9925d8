"""Split what consists of boxes: HEIC, AVIF, JPEG 2000 and JPEG XL (ISO 14496-12, 4.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each box; the last may be cut off. Ends where no box can be."""
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        start = 8
        if size == 1:
            if place + 16 > len(data):
                return
            (size,) = struct.unpack_from(">Q", data, place + 8)
            start = 16
        end = len(data) if size == 0 else place + size
        if end < place + start:
            return
        yield kind, data[place + start : end]
        place = end
