"""Check the chunk checksums of a PNG, the only result format in which every byte can be verified, metadata included.

Decoders verify only the checksums of the pixels. JPEG and TIFF have none; for them the decoder, the length and the
encryption of the connection have to suffice.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_PIECE = 1024 * 1024


def broken_chunk(descriptor: int) -> str:
    """Return the name of the first chunk whose checksum (PNG specification, 5.5) does not match, or "" when all do.

    For a file without the end mark the name is "IEND".
    """
    return next((ascii(kind)[2:-1] for kind in _broken(descriptor)), "")


def broken_chunks(descriptor: int) -> frozenset[bytes]:
    """Return the kinds of all chunks with wrong checksums."""
    return frozenset(_broken(descriptor))


def _broken(descriptor: int) -> Iterator[bytes]:
    # What follows the end mark is ignored: it is not part of the picture. Reads the whole file once, in pieces of a
    # megabyte, whatever length a chunk claims to have.
    with open(descriptor, "rb", closefd=False, buffering=_PIECE) as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            left, kind = struct.unpack(">I4s", head)
            checksum = zlib.crc32(kind)
            while left and (piece := file.read(min(left, _PIECE))):
                checksum = zlib.crc32(piece, checksum)
                left -= len(piece)
            if file.read(4) != struct.pack(">I", checksum):
                yield kind
            elif kind == b"IEND":
                return
    yield b"IEND"
