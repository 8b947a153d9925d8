"""Take the blocks of metadata out of a file one by one: exiv2 gives up on all of them when one makes no sense."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from topazdesk.domain.image import FileFormat
from topazdesk.media.byte_ranges import Read, of_file
from topazdesk.media.jpeg_segments import APP1, XMP, segments
from topazdesk.media.metadata import png_text
from topazdesk.media.metadata.photoshop_rights import iptc_block

_EXIF = b"Exif\0\0"
#: Most bytes of one block; depth maps in XMP have some megabytes.
_MOST = 64_000_000
#: Most chunks that are looked at in a WebP: animations have one for each frame.
_MOST_CHUNKS = 100_000


class SingleBlocks(NamedTuple):
    """EXIF from the head of its TIFF on, an XMP packet, and the datasets of IPTC; b"" where there is none."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""


def single_blocks(path: Path, image_format: FileFormat) -> SingleBlocks | None:
    """Return the blocks of a file, None for formats that are not taken apart here. Raises OSError."""
    match image_format:
        case FileFormat.JPEG:
            return _of_jpeg(path)
        case FileFormat.PNG:
            return _of_png(path)
        case FileFormat.WEBP:
            with path.open("rb") as file:
                held = dict(_chunks(of_file(file), os.fstat(file.fileno()).st_size))
            return SingleBlocks(held.get(b"EXIF", b"").removeprefix(_EXIF), held.get(b"XMP ", b""))
        case _:
            return None


def _of_jpeg(path: Path) -> SingleBlocks:
    with path.open("rb") as file:
        read = of_file(file)
        contents = [each.content(read) for each in segments(read) if each.marker == APP1]
    exif = next((each for each in contents if each.startswith(_EXIF)), b"")
    xmp = next((each for each in contents if each.startswith(XMP)), b"")
    return SingleBlocks(exif.removeprefix(_EXIF), xmp.removeprefix(XMP), iptc_block(path, FileFormat.JPEG))


def _of_png(path: Path) -> SingleBlocks:
    exif = png_text.exif_chunk(path, _MOST)
    exif = exif or png_text.raw_profile(path, "exif") or png_text.raw_profile(path, "APP1")
    xmp = png_text.xmp_packet(path).encode("utf-8") or png_text.raw_profile(path, "xmp")
    return SingleBlocks(exif.removeprefix(_EXIF), xmp, iptc_block(path, FileFormat.PNG))


def _chunks(read: Read, length: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of metadata of a WebP (RFC 9649, 2.7)."""
    place = 12
    for _ in range(_MOST_CHUNKS):
        head = read(place, 8)
        if len(head) < 8:
            return
        kind, size = head[:4], int.from_bytes(head[4:], "little")
        if kind in (b"EXIF", b"XMP ") and size <= min(_MOST, length):
            yield kind, read(place + 8, size)
        place += 8 + size + size % 2
