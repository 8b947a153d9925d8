"""Walk through the image resources of Photoshop, and write some (Adobe Photoshop File Formats Specification, 2019).

They are a section of PSD files, and stand in segments of JPEGs, in a field of TIFFs and in texts of PNGs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_SIGNATURES = (b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa")
_LEAST = 12


class Resource(NamedTuple):
    """One resource: its number, and its content."""

    kind: int
    content: bytes


def resources(data: bytes) -> Iterator[Resource]:
    """Yield the resources as far as they make sense; one that is cut off is not among them."""
    place = 0
    while place + _LEAST <= len(data) and data[place : place + 4] in _SIGNATURES:
        (kind,) = struct.unpack_from(">H", data, place + 4)
        start = place + 6 + (data[place + 6] + 2) // 2 * 2  # behind a name, padded to whole pairs of bytes
        if start + 4 > len(data):
            return
        (size,) = struct.unpack_from(">I", data, start)
        if start + 4 + size > len(data):
            return
        yield Resource(kind, data[start + 4 : start + 4 + size])
        place = start + 4 + (size + 1) // 2 * 2


def resource(kind: int, content: bytes) -> bytes:
    """Return a whole resource, without a name."""
    head = b"8BIM" + struct.pack(">H", kind) + b"\0\0" + struct.pack(">I", len(content))
    return head + content + b"\0" * (len(content) % 2)
