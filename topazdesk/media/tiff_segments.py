"""Check the strips or tiles of a TIFF one by one: each must unpack to as many bytes as its part of the picture has.

libtiff does not compare the checksums of Deflate, and libvips shows a tile that it cannot unpack as black without a
word. So every strip and tile is unpacked here, which costs about as much as decoding the picture once.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache

from topazdesk.media import jpeg_data
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.tiff_directory import Tag, TiffDirectory
from topazdesk.media.webp_data import webp_fault


class Compression(IntEnum):
    """Values of the field Compression that the program knows (TIFF 6.0, page 30, and its supplements)."""

    NONE = 1
    CCITT_RLE = 2
    CCITT_T4 = 3
    CCITT_T6 = 4
    LZW = 5
    OLD_JPEG = 6
    JPEG = 7
    DEFLATE = 8
    PACKBITS = 32_773
    OLD_DEFLATE = 32_946
    WEBP = 50_001


#: Strips and tiles that unpack to more are not checked: they would fill the memory.
_MOST_BYTES = 1_000_000_000
_PIECE = 4_194_304
_MOST_KEPT = 16_777_216


def good_share(descriptor: int, directory: TiffDirectory) -> tuple[str, float] | None:
    """Return the first complaint and the share of strips or tiles that are whole; ("", 1.0) where all are.

    None where this module does not know the compression: then only a decoder can tell. Raises OSError.
    """
    unpacks = _UNPACKED.get(directory.number(Tag.COMPRESSION, Compression.NONE))
    expected = list(directory.unpacked_bytes())
    segments = directory.segments
    subsampled = directory.number(Tag.PHOTOMETRIC, 1) == 6 and directory.number(Tag.COMPRESSION, 1) != Compression.JPEG
    if unpacks is None or subsampled or not expected or max(expected) > _MOST_BYTES:
        return None
    found = directory.fields.get(Tag.JPEG_TABLES)
    tables = found if isinstance(found, bytes) else b""
    turned = directory.number(Tag.FILL_ORDER, 1) == 2
    first, good = "", 0
    for number, wanted in enumerate(expected):
        if number >= len(segments):
            told = "missing"
        else:
            offset, count = segments[number]
            data = read_at(descriptor, offset, count)
            told = "missing" if len(data) < count or not data else ""
            told = told or unpacks(data.translate(_TURNED) if turned else data, wanted, tables)
        if told and not first:
            first = f"{'tile' if directory.is_tiled else 'strip'} {number + 1} of {len(expected)}: {told}"
        good += not told
    return first, good / len(expected)


def _stored(data: bytes, wanted: int, _tables: bytes) -> str:
    return "" if len(data) >= wanted else f"{len(data)} of {wanted} bytes"


def _inflated(data: bytes, wanted: int, _tables: bytes) -> str:
    import imagecodecs

    try:
        # Twice as fast as zlib, but only where the size fits exactly.
        if len(imagecodecs.deflate_decode(data, out=_room(wanted))) == wanted:
            return ""
    except Exception:  # noqa: BLE001, S110 - it only says that it did not work
        pass
    return _inflated_slowly(data, wanted)


def _inflated_slowly(data: bytes, wanted: int) -> str:
    unpacker, got = zlib.decompressobj(), 0
    try:
        while not unpacker.eof and data:
            got += len(unpacker.decompress(data, _PIECE))
            data = unpacker.unconsumed_tail
        got += len(unpacker.flush())
    except zlib.error as error:
        return str(error)
    # Some writers leave out the end, and with it the checksum; then at least the size must fit.
    whole = got >= wanted if unpacker.eof else got == wanted
    return "" if whole else f"{got} of {wanted} bytes"


def _room(size: int) -> bytearray | int:
    """Return where to unpack to: the same place again for equal parts, which saves an eighth of the time.

    Nobody reads what is there, so it does not matter that all threads share it.
    """
    return _kept_room(size) if size <= _MOST_KEPT else size


@lru_cache(maxsize=1)
def _kept_room(size: int) -> bytearray:
    return bytearray(size)


def _by_codec(name: str) -> Callable[[bytes, int, bytes], str]:
    def unpacked(data: bytes, wanted: int, _tables: bytes) -> str:
        import imagecodecs

        try:
            got = len(getattr(imagecodecs, name)(data, out=_room(wanted)))
        except Exception as error:  # noqa: BLE001 - each codec has exceptions of its own, all with the same meaning
            return f"{type(error).__name__}: {error}"
        return "" if got >= wanted else f"{got} of {wanted} bytes"

    return unpacked


def _jpeg(data: bytes, _wanted: int, tables: bytes) -> str:
    # The tables are a JPEG without a picture: what lies between its start and end marks belongs behind the start mark.
    whole = data[:2] + tables[2:-2] + data[2:] if len(tables) > 4 else data
    return jpeg_data.fault(whole)[0]


def _webp(data: bytes, _wanted: int, _tables: bytes) -> str:
    import imagecodecs

    try:
        imagecodecs.webp_decode(data)
    except Exception as error:  # noqa: BLE001 - as above
        return f"{type(error).__name__}: {error}"
    return webp_fault(data)


_UNPACKED: dict[int, Callable[[bytes, int, bytes], str]] = {
    Compression.NONE: _stored,
    Compression.LZW: _by_codec("lzw_decode"),
    Compression.JPEG: _jpeg,
    Compression.DEFLATE: _inflated,
    Compression.PACKBITS: _by_codec("packbits_decode"),
    Compression.OLD_DEFLATE: _inflated,
    Compression.WEBP: _webp,
}
_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
