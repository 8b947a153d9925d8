"""Find the EXIF block and the XMP packet among the items of a HEIC or AVIF file (ISO 14496-12, 8.11; 23008-12, A).

exiv2 reads them in some files only: not where they stand before the picture, as exiftool writes them.
"""

from __future__ import annotations

import os
import struct
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from topazdesk.domain.image import Companion
from topazdesk.media.boxes import box_places, boxes
from topazdesk.media.byte_ranges import Read, of_file

_MOST_BOXES = 64
_MOST_META = 4_000_000
#: Most bytes of one item: EXIF and XMP have some kilobytes, with depth maps in XMP some megabytes.
_MOST_ITEM = 64_000_000
_XMP = b"application/rdf+xml"
#: An item that makes the picture brighter by another (ISO 21496-1), and the box of Samsung's clips.
_TONE_MAP, _CLIP = b"tmap", b"mpvd"
#: Ends of the names of depth maps: of HEVC, of MPEG in general.
_DEPTH = ("auxid:2", "auxiliary:depth", "aux:depth", "aux:disparity")
#: Where the bytes of an item are: in the file, or in a box beside the list of items.
_IN_FILE, _IN_DATA = 0, 1


class Blocks(NamedTuple):
    """EXIF from the head of its TIFF on, and an XMP packet; empty where there is none.

    `masks` are the names of masks that the camera made of the picture.
    """

    exif: bytes = b""
    xmp: bytes = b""
    masks: tuple[str, ...] = ()


def blocks(path: Path) -> Blocks:
    """Return what the file holds. Boxes that make no sense hold nothing. Raises OSError."""
    with path.open("rb") as file:
        read = of_file(file)
        try:
            return _blocks(read, os.fstat(file.fileno()).st_size)
        except (struct.error, IndexError, ValueError):
            return Blocks()


def companions(read: Read, length: int) -> set[Companion]:
    """Return what else goes with the picture. Raises OSError, and errors of several kinds where boxes make no sense."""
    parts, has_clip = _parts(read, length)
    names = _auxiliary(parts.get(b"iprp", b""))
    is_tone_mapped = any(kind == _TONE_MAP for _, kind in _items(parts.get(b"iinf", b"")))
    found = {
        Companion.GAIN_MAP: is_tone_mapped or any("gainmap" in name for name in names),
        Companion.DEPTH: any(name.endswith(_DEPTH) for name in names),
        Companion.MOTION: has_clip,
        Companion.MASKS: any("matte" in name for name in names),
    }
    return {kind for kind, is_there in found.items() if is_there}


def _parts(read: Read, length: int) -> tuple[dict[bytes, bytes], bool]:
    """Return the boxes of the description, and whether the file has a clip."""
    meta, has_clip = b"", False
    for box in islice(box_places(read, length), _MOST_BOXES):
        if box.kind == b"meta" and not meta:
            meta = read(box.start, min(box.end - box.start, _MOST_META))[4:]
        has_clip = has_clip or box.kind == _CLIP
    return dict(boxes(meta)), has_clip


def _blocks(read: Read, length: int) -> Blocks:
    parts, _ = _parts(read, length)
    exif, xmp = b"", b""
    places = _places(parts.get(b"iloc", b""))
    items = _items(parts.get(b"iinf", b""))
    for item, kind in items:
        if (kind == b"Exif" and not exif) or (kind == _XMP and not xmp):
            data = _data(places.get(item, []), read, parts.get(b"idat", b""))
            if kind == _XMP:
                xmp = data
            else:
                start = 4 + struct.unpack_from(">I", data)[0]
                # Some writers count "Exif\0\0" as a part of the block, and some do not.
                exif = data[start:].removeprefix(b"Exif\0\0")
    names = _auxiliary(parts.get(b"iprp", b""))
    masks = tuple(dict.fromkeys(name.rpartition(":")[2] for name in names if "matte" in name))
    return Blocks(exif, xmp, masks)


def _auxiliary(iprp: bytes) -> list[str]:
    """Return the names of the kinds of pictures that go with the main one (ISO 23008-12, 6.5.8)."""
    properties = boxes(dict(boxes(iprp)).get(b"ipco", b""))
    return [data[4:].split(b"\0")[0].decode("latin-1").lower() for kind, data in properties if kind == b"auxC"]


def _items(iinf: bytes) -> list[tuple[int, bytes]]:
    """Return number and kind of each item; of one that is text, the kind of text."""
    found = []
    for kind, data in boxes(iinf[6 if iinf[:1] == b"\0" else 8 :]):
        if kind != b"infe" or data[0] < 2:
            continue
        wide = data[0] > 2
        number = struct.unpack_from(">I" if wide else ">H", data, 4)[0]
        rest = data[10 if wide else 8 :]  # behind number and protection
        name = rest[:4]
        if name == b"mime":
            name = rest[4:].split(b"\0")[1]
        found.append((number, name))
    return found


def _places(iloc: bytes) -> dict[int, list[tuple[int, int, int]]]:
    """Return for each item where its parts are: in the file or beside the list, offset, length."""
    if not iloc:
        return {}
    version = iloc[0]
    offsets, lengths = iloc[4] >> 4, iloc[4] & 15
    bases, indexes = iloc[5] >> 4, iloc[5] & 15 if version else 0
    place = 6

    def number(count: int) -> int:
        nonlocal place
        place += count
        if place > len(iloc):
            raise IndexError("the list of places is cut off")
        return int.from_bytes(iloc[place - count : place], "big")

    found: dict[int, list[tuple[int, int, int]]] = {}
    for _ in range(number(2 if version < 2 else 4)):
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version else _IN_FILE
        number(2)  # the file that it is in: always this one
        base = number(bases)
        parts = []
        for _ in range(number(2)):
            number(indexes)
            offset = number(offsets)
            parts.append((method, base + offset, number(lengths)))
        found[item] = parts
    return found


def _data(parts: list[tuple[int, int, int]], read: Read, idat: bytes) -> bytes:
    if sum(length for _, _, length in parts) > _MOST_ITEM:
        raise ValueError("an item is larger than metadata is")
    joined = b""
    for method, offset, length in parts:
        if method not in (_IN_FILE, _IN_DATA):
            raise ValueError("an item is made of other items")
        data = read(offset, length) if method == _IN_FILE else idat[offset : offset + length]
        if len(data) != length:
            raise ValueError("an item is cut off")
        joined += data
    return joined
