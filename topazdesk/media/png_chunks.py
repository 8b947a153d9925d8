"""Walk through the chunks of a PNG (PNG specification, 5.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from topazdesk.media.byte_ranges import Read

_WINDOW = 1_024
#: Most chunks that are looked at: of 4 KB each, 2 GB of picture. A file of empty ones would take minutes.
_MOST_CHUNKS = 500_000
#: Most chunks, and most bytes of one, of which `short_ones` are chosen.
_MOST_SHORT = 1_000
_MOST_BYTES = 64


class Chunk(NamedTuple):
    """A chunk: its kind, where it lies, from `start` to `end`, and how many bytes of content begin 8 bytes on."""

    kind: bytes
    start: int
    length: int

    @property
    def end(self) -> int:
        """Where the next chunk starts, after the checksum."""
        return self.start + 12 + self.length

    def content(self, read: Read) -> bytes:
        """Return the content, as far as the file has it."""
        return read(self.start + 8, self.length)


def chunks(read: Read) -> Iterator[Chunk]:
    """Yield the chunks, the end mark last; ends without it at the end of the file, and after too many."""
    place, begin, window = 8, 0, b""
    for _ in range(_MOST_CHUNKS):
        if not begin <= place <= begin + len(window) - 8:
            begin, window = place, read(place, _WINDOW)  # one read serves several small chunks
        head = window[place - begin : place - begin + 8]
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        found = Chunk(kind, place, length)
        yield found
        if kind == b"IEND":
            return
        place = found.end


def before_pixels(read: Read) -> Iterator[Chunk]:
    """Yield the chunks before those of the pixels."""
    for chunk in chunks(read):
        if chunk.kind in (b"IDAT", b"IEND"):
            return
        yield chunk


def short_ones(read: Read, wanted: frozenset[bytes]) -> dict[bytes, bytes]:
    """Return the contents of the short chunks before the pixels that are `wanted`, by kind. Raises OSError."""
    found = islice(before_pixels(read), _MOST_SHORT)
    return {each.kind: each.content(read) for each in found if each.kind in wanted and each.length <= _MOST_BYTES}
