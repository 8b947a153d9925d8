"""Tell JPEGs of kinds that are not decoded here from damaged ones, by the mark of their frame (T.81, B.1; T.87)."""

from __future__ import annotations

from topazdesk.language import say
from topazdesk.media.byte_ranges import Read
from topazdesk.media.jpeg_segments import segments
from topazdesk.media.opening import unsupported

#: The marks between the frames' that are no frame: tables of Huffman and arithmetic coding, and a reserved one.
_NO_FRAMES = frozenset({0xC4, 0xC8, 0xCC})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_IN_STEPS = frozenset({0xC5, 0xC6, 0xCD, 0xCE})
_ARITHMETIC = frozenset({0xC9, 0xCA})
_LS = 0xF7
_USUAL_BITS = 8


def require_usual(read: Read) -> bool:
    """Return whether a JPEG is of a kind that most programs read: its coding is not arithmetic.

    Raises InputError (`input.unsupported`) when its frame is of a kind that is not decoded here.
    """
    for each in segments(read):
        if each.marker != _LS and (not 0xC0 <= each.marker <= 0xCF or each.marker in _NO_FRAMES):
            continue
        head = read(each.start + 4, 3)
        if each.marker == _LS:
            raise unsupported("JPEG", say("lossless coding (JPEG-LS)"))
        if each.marker in _LOSSLESS:
            raise unsupported("JPEG", say("lossless coding"))
        if each.marker in _IN_STEPS:
            raise unsupported("JPEG", say("hierarchical coding"))
        if head and head[0] != _USUAL_BITS:
            raise unsupported("JPEG", say("{bits} bits per channel", bits=head[0]))
        if head[1:] == b"\0\0":
            raise unsupported("JPEG", say("its height behind its pixels (DNL)"))
        return each.marker not in _ARITHMETIC
    return True
