"""Read what the boxes of an AVIF or HEIC file say about its main picture (ISO 14496-12 and 23008-12).

libvips and libheif decode such files but do not tell which colours the numbers mean, so that is read here.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from itertools import islice

from topazdesk.media.boxes import box_places, boxes
from topazdesk.media.byte_ranges import of_descriptor

#: Real files have some kilobytes; a picture of many tiles some hundred.
_MOST_META = 4_000_000
#: Boxes at the top of a file before the one that describes the picture.
_MOST_BOXES = 64


@dataclass(frozen=True, slots=True)
class Nclx:
    """The code points of ITU-T H.273 for primaries and transfer function."""

    primaries: int
    transfer: int


@dataclass(frozen=True, slots=True)
class Description:
    """What the boxes say: colours and profile (None where there are none), and the bits per channel (or 0).

    `spacing` are width and height of a pixel, in units of nothing, as the picture is shown.
    """

    nclx: Nclx | None = None
    profile: bytes | None = None
    bits: int = 0
    spacing: tuple[int, int] = (1, 1)


def describe(descriptor: int) -> Description:
    """Return the description of the main picture of an open file; boxes that make no sense say nothing.

    Raises OSError.
    """
    try:
        return _describe(_meta(descriptor))
    except (struct.error, IndexError):
        return Description()


def is_premultiplied(descriptor: int) -> bool:
    """Return whether the colours of a picture are multiplied by its transparency (ISO 23008-12, 6.5.8 and `prem`).

    Raises OSError.
    """
    try:
        return any(kind == b"prem" for kind, _ in boxes(dict(boxes(_meta(descriptor))).get(b"iref", b"")[4:]))
    except (struct.error, IndexError):
        return False


def _meta(descriptor: int) -> bytes:
    """Return the content of the box that describes the picture."""
    read = of_descriptor(descriptor)
    for box in islice(box_places(read, os.fstat(descriptor).st_size), _MOST_BOXES):
        if box.kind == b"meta":
            return read(box.start, min(box.end - box.start, _MOST_META))[4:]
    return b""


def _describe(meta: bytes) -> Description:
    found = dict(boxes(meta))
    main = _main_item(found.get(b"pitm", b""))
    parts = dict(boxes(found.get(b"iprp", b"")))
    properties = list(boxes(parts.get(b"ipco", b"")))
    numbers = _associations(parts.get(b"ipma", b""), main)
    own = [properties[number - 1] for number in numbers if 0 < number <= len(properties)]
    # Some writers give the colours to the tiles only; those of all pictures agree then.
    for chosen in (own, properties):
        nclx, profile = _colours(chosen)
        if nclx is not None or profile is not None:
            break
    return Description(nclx, profile, _bits(own) or _bits(properties), _spacing(own) or _spacing(properties) or (1, 1))


def _colours(properties: list[tuple[bytes, bytes]]) -> tuple[Nclx | None, bytes | None]:
    nclx, profile = None, None
    for kind, data in properties:
        if kind != b"colr":
            continue
        if data[:4] == b"nclx":
            nclx = nclx or Nclx(*struct.unpack_from(">HH", data, 4))
        elif data[:4] in (b"prof", b"rICC"):
            profile = data[4:]
    return nclx, profile


def _bits(properties: list[tuple[bytes, bytes]]) -> int:
    for kind, data in properties:
        match kind:
            case b"pixi":
                return data[5]
            case b"hvcC":
                return (data[17] & 7) + 8
            case b"av1C":
                return 12 if data[2] & 0x20 else 10 if data[2] & 0x40 else 8
            case _:
                continue
    return 0


def _spacing(properties: list[tuple[bytes, bytes]]) -> tuple[int, int] | None:
    """Return the shape of pixels (ISO 14496-12, 12.1.4), turned as the picture itself is; None if it is not said."""
    found = dict(properties)
    if b"pasp" not in found:
        return None
    across, down = struct.unpack_from(">II", found[b"pasp"])
    is_turned = bool(found.get(b"irot", b"\0")[0] & 1)
    return (down, across) if is_turned else (across, down)


def _main_item(pitm: bytes) -> int:
    return int(struct.unpack_from(">I" if pitm[0] else ">H", pitm, 4)[0])


def _associations(ipma: bytes, item: int) -> list[int]:
    """Return the numbers, from 1, of the properties of an item."""
    version, wide = ipma[0], ipma[3] & 1
    place = 8
    for _ in range(struct.unpack_from(">I", ipma, 4)[0]):
        found = struct.unpack_from(">H" if version < 1 else ">I", ipma, place)[0]
        place += 2 if version < 1 else 4
        count = ipma[place]
        place += 1
        if found == item:
            step = 2 if wide else 1
            raw = [ipma[place + step * index : place + step * (index + 1)] for index in range(count)]
            return [int.from_bytes(value, "big") & (0x7FFF if wide else 0x7F) for value in raw]
        place += count * (2 if wide else 1)
    return []
