"""Find where the frames of an animated PNG are painted (PNG specification, third edition, 11.3.6)."""

from __future__ import annotations

import struct

from topazdesk.media.byte_ranges import Read
from topazdesk.media.frame_canvas import Disposal, Frame
from topazdesk.media.png_chunks import chunks

_DISPOSALS = {1: Disposal.CLEAR, 2: Disposal.PREVIOUS}
_CONTROL = struct.Struct(">4x4I4xB")


def frames(read: Read, page: int) -> list[Frame]:
    """Return the frames up to that of a page: a picture for programs without animation is a page and no frame."""
    found: list[Frame] = []
    left = page + 1
    for chunk in chunks(read):
        if chunk.kind == b"IDAT" and not found and left == page + 1:
            left -= 1
        elif chunk.kind == b"fcTL" and chunk.length == 26:
            width, height, across, down, disposal = _CONTROL.unpack(chunk.content(read)[: _CONTROL.size])
            found.append(Frame(across, down, width, height, _DISPOSALS.get(disposal, Disposal.KEEP)))
            left -= 1
        if not left:
            break
    return found
