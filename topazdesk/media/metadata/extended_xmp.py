"""Put the extended XMP of a JPEG together, which spans many segments and is read by no library here."""

from __future__ import annotations

import struct
from pathlib import Path

from topazdesk.media.byte_ranges import of_file
from topazdesk.media.jpeg_segments import APP1, segments

_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
#: Most bytes of extended XMP put together; there is room for depth maps in it, which are left out anyway.
_MOST_EXTENDED = 64_000_000


def extended_xmp(path: Path) -> str:
    """Return the extended XMP of a JPEG (XMP specification, part 3, 1.1.3.1), "" if it has none or not all of it."""
    parts: dict[bytes, dict[int, bytes]] = {}
    whole: dict[bytes, int] = {}
    with path.open("rb") as file:
        read = of_file(file)
        for segment in segments(read):
            data = segment.content(read) if segment.marker == APP1 else b""
            if not data.startswith(_EXTENDED) or len(data) < len(_EXTENDED) + 40:
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
