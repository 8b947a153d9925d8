"""Read the chunks of a PNG that stand before its pixels."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from topazdesk.media.byte_ranges import read_at

_FIRST = 1_024
_MOST_CHUNKS = 1_000
_MOST_BYTES = 64


def png_chunks(descriptor: int, wanted: frozenset[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the short chunks that are `wanted`. Raises OSError."""
    head = read_at(descriptor, 0, _FIRST)
    place = 8
    for _ in range(_MOST_CHUNKS):
        part = head[place : place + 8] if place + 8 <= len(head) else read_at(descriptor, place, 8)
        if len(part) < 8:
            return
        length, kind = struct.unpack(">I4s", part)
        if kind in (b"IDAT", b"IEND"):
            return
        if kind in wanted and length <= _MOST_BYTES:
            yield kind, read_at(descriptor, place + 8, length)
        place += 12 + length
