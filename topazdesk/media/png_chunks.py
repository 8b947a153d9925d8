"""Check the chunk checksums of a PNG, the only result format in which every byte can be verified, metadata included.

Decoders verify only the checksums of the pixels. JPEG and TIFF have none; for them the decoder, the length and the
encryption of the connection have to suffice.
"""

from __future__ import annotations

import struct
import zlib

_PIECE = 1024 * 1024


def broken_chunk(descriptor: int) -> str:
    """Return the name of the first chunk whose checksum (PNG specification, 5.5) does not match, or "" when all do.

    For a file without the end mark the name is "IEND". What follows the end mark is ignored: it is not part of the
    picture. Reads the whole file once, in pieces of a megabyte, whatever length a chunk claims to have.
    """
    with open(descriptor, "rb", closefd=False, buffering=_PIECE) as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            left, kind = struct.unpack(">I4s", head)
            checksum = zlib.crc32(kind)
            while left and (piece := file.read(min(left, _PIECE))):
                checksum = zlib.crc32(piece, checksum)
                left -= len(piece)
            if file.read(4) != struct.pack(">I", checksum):
                return ascii(kind)[2:-1]
            if kind == b"IEND":
                return ""
    return "IEND"
