"""Find a lost sector in a JPEG: zeros amid the coded data, which the decoder takes for squares like any others.

Zeros are the shortest codes. Where the shortest one ends a square, as in drawings, they are plain areas, and nothing is
wrong. Where it is the number -1, as in photos, a hole makes squares of 63 numbers that are all -1: no picture has them.
"""

from __future__ import annotations

import mmap
import re

from topazdesk.media.byte_ranges import Read, of_bytes
from topazdesk.media.jpeg_segments import SCAN, Segment, segments

#: Zeros of 170 numbers or more, which are more than two squares.
_HOLE = b"\0" * 64
_NO_ZERO = re.compile(rb"[^\0]")
_BASELINE = (0xC0, 0xC1)
_TABLES = 0xC4
#: Marks among the coded data; zeros before them are padding.
_RESTARTS = range(0xD0, 0xD8)


def hole(data: bytes | mmap.mmap, start: int, end: int) -> int | None:
    """Return where zeros lie in the coded data of a JPEG, from `start` to `end`, that cannot be a part of its picture.

    None where there are none, and where that is not known: it is for pictures in one scan with Huffman codes.
    """
    place = data.find(_HOLE, start, end)
    if place < 0 or not _zeros_are_numbers(of_bytes(data)):
        return None
    while place >= 0:
        behind = _NO_ZERO.search(data, place, end)
        if behind is None:
            return None
        next_two = data[behind.start() : behind.start() + 2]
        if not (next_two[0] == 0xFF and next_two[1] in _RESTARTS):
            return place
        place = data.find(_HOLE, behind.start(), end)
    return None


def _zeros_are_numbers(read: Read) -> bool:
    first_symbols: dict[int, int] = {}
    components = 0
    for segment in segments(read):
        if segment.marker in _BASELINE:
            components = read(segment.start + 9, 1)[0]
        elif segment.marker == _TABLES:
            first_symbols |= _first_symbols(segment.content(read))
        elif segment.marker == SCAN:
            return _is_of_numbers(segment, read, components, first_symbols)
    return False


def _first_symbols(content: bytes) -> dict[int, int]:
    """Return what the shortest code means, which is all zeros, by the number of each table for AC."""
    found, place = {}, 0
    while place + 17 < len(content):
        if content[place] >> 4 == 1:
            found[content[place] & 15] = content[place + 17]
        place += 17 + sum(content[place + 1 : place + 17])
    return found


def _is_of_numbers(scan: Segment, read: Read, components: int, first_symbols: dict[int, int]) -> bool:
    content = scan.content(read)
    count = content[0] if content else 0
    if not count or count != components or len(content) < 1 + 2 * count:
        return False
    tables = {content[2 + 2 * number] & 15 for number in range(count)}
    # The lower half of a symbol is the number of bits of the value that follows; none: it ends the square, or skips.
    return any(first_symbols.get(table, 0) & 15 for table in tables)
