"""XMP of a JPEG that is longer than a segment: put together, and spread, over segments of its own.

Neither libvips nor exiv2 knows of them (XMP specification, part 3, 1.1.3.1).
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_left
from pathlib import Path
from typing import Any

from topazdesk.media.byte_ranges import of_file
from topazdesk.media.jpeg_segments import APP1, EXTENDED_XMP, segment, segments
from topazdesk.media.metadata.library import PREFIX, exiv2, top_of

NOTE = "Xmp.xmpNote.HasExtendedXMP"
#: Most bytes of extended XMP put together; there is room for depth maps in it, which are left out anyway.
_MOST_EXTENDED = 64_000_000
#: Most bytes of a packet in one segment, less what the delivered file may say of its own. A segment has 65,533.
_MOST_PACKET = 60_000
#: Bytes of each part (the specification's own example).
_PART = 65_400
_OWN = (f"Xmp.{PREFIX}.Delivered", f"Xmp.{PREFIX}.Job", f"Xmp.{PREFIX}.Model", "Xmp.iptcExt.Digital", "Xmp.iptcExt.AI")


def extended_xmp(path: Path, guid: str = "") -> str | None:
    """Return the extended XMP of a JPEG, "" if it has none, None if not all of it is there. Raises OSError.

    `guid` is what the packet itself names, if it names one; else what is there is taken.
    """
    parts: dict[bytes, dict[int, bytes]] = {}
    whole: dict[bytes, int] = {}
    with path.open("rb") as file:
        read = of_file(file)
        for each in segments(read):
            data = each.content(read) if each.marker == APP1 else b""
            if not data.startswith(EXTENDED_XMP) or len(data) < len(EXTENDED_XMP) + 40:
                continue
            rest = data[len(EXTENDED_XMP) :]
            name, (length, offset) = rest[:32], struct.unpack(">II", rest[32:40])
            whole[name] = length
            parts.setdefault(name, {})[offset] = rest[40:]
    named = guid.upper().encode("latin-1", "replace")
    chosen = [name for name in parts if name.upper() == named] or list(parts)
    for name in chosen:
        joined = b"".join(parts[name][offset] for offset in sorted(parts[name]))
        if len(joined) == whole[name] <= _MOST_EXTENDED:
            return joined.decode("utf-8", "replace")
    return None if parts or guid else ""


def spread(xmp: Any) -> tuple[Any, list[bytes]]:
    """Return what of `xmp` fits into one segment, and the rest as further segments; `xmp` itself if all fits.

    Whole properties are moved, the longest first. What stays names the rest by its digest.
    """
    library = exiv2()
    if len(_packet(list(xmp))) <= _MOST_PACKET:
        return xmp, []
    groups: dict[str, list[Any]] = {}
    sizes: dict[str, int] = {}
    for datum in xmp:
        top = top_of(datum.key())
        groups.setdefault(top, []).append(datum)
        sizes[top] = sizes.get(top, 0) + len(datum.key()) + len(datum.toString())
    # What says how the result was made stays where every program reads it: by that a result is known again.
    longest_first = sorted(sizes, key=lambda name: (name.startswith(_OWN), -sizes[name]))

    def without(count: int) -> list[Any]:
        gone = set(longest_first[:count])
        return [datum for top, data in groups.items() if top not in gone for datum in data]

    # The fewest that have to go: a packet is written a few times only, however many properties there are.
    count = bisect_left(
        range(len(longest_first)), True, 1, key=lambda some: len(_packet(without(some))) <= _MOST_PACKET
    )
    moved = set(longest_first[:count])
    more = _packet([datum for top, data in groups.items() if top in moved for datum in data])
    guid = hashlib.md5(more, usedforsecurity=False).hexdigest().upper()
    rest = library.XmpData()
    for datum in without(count):
        rest.add(datum)
    rest[NOTE] = guid
    return rest, [
        segment(APP1, EXTENDED_XMP + guid.encode() + struct.pack(">II", len(more), start) + more[start : start + _PART])
        for start in range(0, len(more), _PART)
    ]


def _packet(data: list[Any]) -> bytes:
    """Return the bytes of a packet of these properties, without the wrapper that says where it begins."""
    library = exiv2()
    found = library.XmpData()
    for datum in data:
        found.add(datum)
    image = library.ImageFactory.create(library.ImageType.xmp)
    image.setXmpData(found)
    image.writeMetadata()
    stream = image.io()
    stream.open()
    with stream.mmap() as view:
        packet = bytes(view)
    start, end = packet.find(b"<x:xmpmeta"), packet.find(b"</x:xmpmeta>")
    return packet[start : end + len(b"</x:xmpmeta>")] if 0 <= start < end else packet
