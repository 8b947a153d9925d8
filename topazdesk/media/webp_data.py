"""Find out whether the coded pixels of a WebP are whole. The format has no checksum, and its decoder goes on for ever.

Whatever byte is wrong, every byte after it makes pixels of some kind. But a decoder that lost its way comes to the last
pixel too early or too late. Too late is an error for it. Too early is none, and shows itself here: without its last
bytes a whole picture can no longer be decoded, and one with bytes to spare can.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from topazdesk.media.byte_ranges import Read
from topazdesk.media.jpeg_data import LEFT_OVER

#: Encoders leave up to 3 bytes that are not needed.
_SPARE = 32
#: Chunks of pixels: lossy and lossless. The other may hold them: a frame, after 16 bytes of its own.
_PIXELS = (b"VP8 ", b"VP8L")
_FRAME = b"ANMF"
#: Parts at the top of a file that are looked at, and the most bytes of EXIF.
_MOST_CHUNKS = 10_000
_MOST_EXIF = 1_000_000
#: Less data is not looked at.
_LEAST = 4 * _SPARE


def webp_fault(file: bytes, page: int = 0) -> str:
    """Return what is wrong with the coded pixels of a WebP file, up to a frame, or "". Frames build upon each other."""
    frames = list(islice(_pixels(file, 12), page + 1))
    return "no pixels" if not frames else next(filter(None, (_fault(*frame) for frame in frames)), "")


def webp_exif(read: Read, length: int) -> Iterator[bytes]:
    """Yield the blocks of EXIF in a file of `length` bytes, as far as they are short."""
    place = 12
    for _ in range(_MOST_CHUNKS):
        head = read(place, 8)
        if place >= length or len(head) < 8:
            return
        kind, size = struct.unpack("<4sI", head)
        if kind == b"EXIF" and size <= _MOST_EXIF:
            yield read(place + 8, size)
        place += 8 + size + size % 2


def _fault(kind: bytes, data: bytes) -> str:
    import imagecodecs

    if len(data) < _LEAST:
        return ""
    try:
        imagecodecs.webp_decode(_alone(kind, data[:-_SPARE]))
    except Exception:  # noqa: BLE001 - as it should be: each decoder has exceptions of its own
        return ""
    return LEFT_OVER


def _pixels(file: bytes, place: int) -> Iterator[tuple[bytes, bytes]]:
    while place + 8 <= len(file):
        kind, size = struct.unpack_from("<4sI", file, place)
        if kind in _PIXELS:
            yield kind, file[place + 8 : place + 8 + size]
        elif kind == _FRAME:
            yield from _pixels(file[: place + 8 + size], place + 24)
        place += 8 + size + size % 2


def _alone(kind: bytes, data: bytes) -> bytes:
    """Return a WebP file of nothing but pixels."""
    padded = data + b"\0" * (len(data) % 2)
    return struct.pack("<4sI4s4sI", b"RIFF", 12 + len(padded), b"WEBP", kind, len(data)) + padded
