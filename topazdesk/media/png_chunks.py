"""The checksums of a PNG file: the one format of results that lets every byte be checked, its metadata included.

Decoders check those of the pixels only. JPEG and TIFF carry none; for them the decoder, the length and the encryption of the
connection have to do.
"""

from __future__ import annotations

import struct
import zlib

_PIECE = 1024 * 1024


def broken_chunk(descriptor: int) -> str:
    """The first chunk whose checksum (PNG specification, 5.5) does not fit its bytes, by its name; "" when all do.

    Reads the whole file once; memory stays at a megabyte whatever a chunk says of its length. A file that ends before its end
    mark is named by that, "IEND". What stands behind the end mark is not part of the picture.
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
