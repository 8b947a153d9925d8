"""Find holes in the coded data of a HEIC, which its decoder covers up with flat areas and never mentions.

The data of each item is a chain of units, each with its length before it. In a unit three bytes of the kind 00 00 00 to
00 00 02 never occur, because the encoder breaks them up (ITU-T H.265, 7.3.1.1): whatever was overwritten by zeros, or
shifted, shows itself there.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from topazdesk.media.boxes import boxes

#: Bytes that cannot be in a unit.
_BROKEN = re.compile(rb"\x00\x00[\x00-\x02]")
_UNITS = (b"hvc1", b"hev1")


def hevc_fault(file: bytes) -> str:
    """Return what is wrong with the coded pictures in a HEIC file, or "". Boxes that make no sense say nothing."""
    try:
        return next(_faults(file), "")
    except (struct.error, IndexError):
        return ""


def _faults(file: bytes) -> Iterator[str]:
    meta = next((body for kind, body in boxes(file) if kind == b"meta"), b"")[4:]
    parts = dict(boxes(meta))
    kinds = _kinds(parts.get(b"iinf", b""))
    for item, extents in _places(parts.get(b"iloc", b"")):
        if kinds.get(item) not in _UNITS:
            continue
        if any(offset + count > len(file) for offset, count in extents):
            yield f"item {item} lies beyond the end of the file"
            continue
        data = b"".join(file[offset : offset + count] for offset, count in extents)
        told = _units(data)
        if told:
            yield f"item {item}: {told}"


def _units(data: bytes) -> str:
    place = 0
    while place + 4 <= len(data):
        (size,) = struct.unpack_from(">I", data, place)
        unit = data[place + 4 : place + 4 + size]
        if size < 2 or len(unit) < size or unit[0] & 0x80:
            return f"no unit at byte {place}"
        # Zeros behind a unit are allowed (cabac_zero_words come as 00 00 03).
        broken = _BROKEN.search(unit.rstrip(b"\0"))
        if broken is not None:
            return f"a hole at byte {place + 4 + broken.start()}"
        place += 4 + size
    return "" if place == len(data) else f"{len(data) - place} bytes too many"


def _kinds(iinf: bytes) -> dict[int, bytes]:
    """Return the kind of each item (ISO 14496-12, 8.11.6)."""
    if len(iinf) < 6:
        return {}
    found = {}
    for kind, body in boxes(iinf[6 if iinf[0] == 0 else 8 :]):
        if kind == b"infe" and body[0] in (2, 3):
            wide = body[0] == 3
            (item,) = struct.unpack_from(">I" if wide else ">H", body, 4)
            found[item] = body[10 if wide else 8 :][:4]
    return found


def _places(iloc: bytes) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield each item with its extents in the file (ISO 14496-12, 8.11.3); those that lie elsewhere are left out."""
    if len(iloc) < 8:
        return
    version = iloc[0]
    offset_size, length_size = iloc[4] >> 4, iloc[4] & 15
    base_size, index_size = iloc[5] >> 4, iloc[5] & 15 if version in (1, 2) else 0
    place = 6

    def number(size: int) -> int:
        nonlocal place
        place += size
        return int.from_bytes(iloc[place - size : place], "big")

    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version in (1, 2) else 0
        number(2)
        base = number(base_size)
        extents = []
        for _ in range(number(2)):
            number(index_size)
            offset, count = number(offset_size), number(length_size)
            extents.append((base + offset, count))
        if place > len(iloc):
            return
        if method == 0:
            yield item, extents
