"""Find where the coded data of a JPEG begins (ITU-T T.81, B.1); its marks may also occur in thumbnails and profiles."""

from __future__ import annotations

import struct
from collections.abc import Callable

_WINDOW = 1024


def first_scan(read: Callable[[int, int], bytes], length: int) -> int | None:
    """Return the offset after the first start-of-scan segment, or None when the header is cut off.

    `read` returns so many bytes from a place in the file, which has `length` bytes.
    """
    place, start, window = 2, 0, b""
    while place + 4 <= length:
        if not start <= place <= start + len(window) - 4:
            start, window = place, read(place, _WINDOW)  # one read serves several small segments
        head = window[place - start : place - start + 4]
        if len(head) < 4 or head[0] != 0xFF:
            return place if len(head) == 4 else None  # judging odd headers is left to the decoder
        if head[1] == 0xFF or head[1] == 0x01 or 0xD0 <= head[1] <= 0xD8:
            place += 1 if head[1] == 0xFF else 2
            continue
        segment: int = struct.unpack(">H", head[2:])[0]
        if head[1] == 0xDA:
            return place + 2 + segment
        place += 2 + max(2, segment)
    return None
