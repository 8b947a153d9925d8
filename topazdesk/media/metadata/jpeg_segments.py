"""The marker segments of JPEG files (ITU-T T.81, B.1.1): walk them, and find what no library reads for us."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

SOS, APP0, APP1, APP2, APP11, COM = 0xDA, 0xE0, 0xE1, 0xE2, 0xEB, 0xFE
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
#: Most bytes of extended XMP put together; there is room for depth maps in it, which are left out anyway.
_MOST_EXTENDED = 64_000_000


def segments(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, content) of each segment before the first scan; leave the file at the marker of that scan."""
    file.seek(2)
    while True:
        place = file.tell()
        head = file.read(2)
        if len(head) < 2 or head[0] != 0xFF:
            file.seek(place)
            return
        marker = head[1]
        if marker == 0xFF:  # padding
            file.seek(place + 1)
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            continue
        if marker == SOS:
            file.seek(place)
            return
        raw = file.read(2)
        if len(raw) < 2:
            return
        yield marker, file.read(max(0, struct.unpack(">H", raw)[0] - 2))


def extended_xmp(path: Path) -> str:
    """Return the extended XMP of a JPEG (XMP specification, part 3, 1.1.3.1), "" if it has none or not all of it."""
    parts: dict[bytes, dict[int, bytes]] = {}
    whole: dict[bytes, int] = {}
    with path.open("rb") as file:
        for marker, data in segments(file):
            if marker != APP1 or not data.startswith(_EXTENDED) or len(data) < len(_EXTENDED) + 40:
                continue
            rest = data[len(_EXTENDED) :]
            guid, (length, offset) = rest[:32], struct.unpack(">II", rest[32:40])
            whole[guid] = length
            parts.setdefault(guid, {})[offset] = rest[40:]
    for guid, pieces in parts.items():
        joined = b"".join(pieces[offset] for offset in sorted(pieces))
        if len(joined) == whole[guid] <= _MOST_EXTENDED:
            return joined.decode("utf-8", "replace")
    return ""


def is_credentials(marker: int, data: bytes) -> bool:
    """Return whether a segment is a part of a C2PA manifest store (JUMBF in APP11; C2PA specification, A.3)."""
    return marker == APP11 and data[:2] == b"JP" and b"jumb" in data[:32]
