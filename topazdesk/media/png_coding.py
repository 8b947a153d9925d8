"""Tell PNGs of kinds that are not decoded here from damaged ones: they have chunks that must be understood."""

from __future__ import annotations

from topazdesk.language import say
from topazdesk.media.byte_ranges import Read
from topazdesk.media.opening import unsupported
from topazdesk.media.png_chunks import before_pixels

_KNOWN = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_APPLE = b"CgBI"
#: The bit of a kind's first letter that makes it small: such a chunk may be passed over (PNG specification, 5.4).
_ANCILLARY = 0x20


def require_usual(read: Read) -> None:
    """Raise InputError (`input.unsupported`) when a PNG has a chunk that must be understood and is not."""
    for chunk in before_pixels(read):
        if chunk.kind == _APPLE:
            raise unsupported("PNG", say("the coding of programs for Apple's phones (CgBI)"))
        if chunk.kind.isalpha() and not chunk.kind[0] & _ANCILLARY and chunk.kind not in _KNOWN:
            raise unsupported("PNG", say("a part that no reader here knows ({kind})", kind=chunk.kind.decode("ascii")))
