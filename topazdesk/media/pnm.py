"""Read the Netpbm formats PBM, PGM and PPM with any number of bits (the manual pages pbm, pgm and ppm of Netpbm)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media.arrays import image_of
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.facts import Facts
from topazdesk.media.opening import damaged

if TYPE_CHECKING:
    import pyvips
    from numpy.typing import NDArray

#: A magic number and two or three numbers, separated by blanks and comments.
_WORD = rb"(?:\s|#[^\r\n]*[\r\n])+(\d{1,9})"
_BITMAP = re.compile(rb"P([14])" + _WORD * 2 + rb"\s")
_OTHERS = re.compile(rb"P([2356])" + _WORD * 3 + rb"\s")
_HEAD = 4_096


@dataclass(frozen=True, slots=True)
class _Header:
    kind: int
    size: Size
    largest: int
    start: int

    @property
    def channels(self) -> int:
        return 3 if self.kind in (3, 6) else 1


def header(descriptor: int, _format: FileFormat) -> Facts:
    """Return header facts without decoding."""
    found = _header(descriptor)
    return Facts(found.size, max(8, found.largest.bit_length()), found.channels)


def decode(descriptor: int, _format: FileFormat) -> pyvips.Image:
    """Return the picture, in memory. Raises InputError when numbers are missing."""
    import numpy as np

    found = _header(descriptor)
    data = read_at(descriptor, found.start, os.fstat(descriptor).st_size - found.start)
    width, height, channels = found.size.width, found.size.height, found.channels
    if found.kind == 1:
        return image_of(np.where(_as_digits(data, width * height).reshape(height, width), 0, 255).astype(np.uint8))
    if found.kind == 4:
        stride = (width + 7) // 8
        rows = _enough(np.frombuffer(data, np.uint8), stride * height).reshape(height, stride)
        return image_of(np.where(np.unpackbits(rows, axis=1)[:, :width], 0, 255).astype(np.uint8))
    count = width * height * channels
    if found.kind in (2, 3):
        words = data.split()
        numbers = _enough(np.array(words[:count], dtype=np.uint32), count)
    else:
        kind = np.dtype(">u2" if found.largest > 255 else "u1")
        numbers = _enough(np.frombuffer(data, kind, len(data) // kind.itemsize), count)
    target = np.uint16 if found.largest > 255 else np.uint8
    table = np.rint(np.arange(found.largest + 1) * (np.iinfo(target).max / found.largest)).astype(target)
    return image_of(table[np.minimum(numbers, found.largest)].reshape(height, width, channels))


def _as_digits(data: bytes, count: int) -> NDArray[Any]:
    import numpy as np

    digits = re.sub(rb"[^01]", b"", data)
    return _enough(np.frombuffer(digits, np.uint8), count) - ord("0")


def _enough(numbers: NDArray[Any], count: int) -> NDArray[Any]:
    if len(numbers) < count:
        raise damaged(f"{len(numbers)} of {count} numbers")
    return numbers[:count]


def _header(descriptor: int) -> _Header:
    head = read_at(descriptor, 0, _HEAD)
    found = _BITMAP.match(head) or _OTHERS.match(head)
    if found is None:
        raise damaged("no header of a Netpbm picture")
    kind, width, height, *largest = (int(value) for value in found.groups())
    full = largest[0] if largest else 1
    if not width or not height or not 0 < full < 65_536:
        raise damaged(f"size {width} x {height}, white {full}")
    return _Header(kind, Size(width, height), full, found.end())
