"""Read Windows bitmaps. Where the channels are (bit fields) is read from the header; the rest is left to Pillow."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.errors import Code, InputError
from topazdesk.media.arrays import image_of
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.facts import Facts
from topazdesk.media.limits import pillow
from topazdesk.media.opening import damaged, unsupported

if TYPE_CHECKING:
    import pyvips

_NONE, _BIT_FIELDS, _JPEG, _PNG, _ALPHA_FIELDS = 0, 3, 4, 5, 6
_PLAIN_MASKS = {
    16: (0x7C00, 0x03E0, 0x001F, 0),
    24: (0xFF0000, 0xFF00, 0xFF, 0),
    32: (0xFF0000, 0xFF00, 0xFF, 0),
}


@dataclass(frozen=True, slots=True)
class _Header:
    size: Size
    is_upside_down: bool
    bits: int
    compression: int
    masks: tuple[int, int, int, int]
    offset: int


def header(descriptor: int, _format: FileFormat) -> Facts:
    """Return header facts without decoding."""
    found = _header(descriptor)
    has_alpha = found.masks[3] != 0
    return Facts(found.size, 8, 4 if has_alpha else 3, has_alpha=has_alpha)


def decode(descriptor: int, _format: FileFormat) -> pyvips.Image:
    """Return the picture, in memory."""
    found = _header(descriptor)
    if found.bits in (16, 24, 32) and found.compression in (_NONE, _BIT_FIELDS, _ALPHA_FIELDS):
        return _by_masks(descriptor, found)
    import numpy as np

    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        with pillow().open(stream, formats=("BMP",)) as source:
            return image_of(np.asarray(source.convert("RGB")))


def _header(descriptor: int) -> _Header:
    head = read_at(descriptor, 0, 14 + 124)
    if len(head) < 30:
        raise _cut_off()
    offset, length = struct.unpack_from("<I", head, 10)[0], struct.unpack_from("<I", head, 14)[0]
    compression, masks = _NONE, (0, 0, 0, 0)
    if length == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", head, 18)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", head, 18)
        if length >= 40 and len(head) >= 54:
            (compression,) = struct.unpack_from("<I", head, 30)
    if width < 1 or height == 0:
        raise damaged(f"size {width} x {height}")
    if compression in (_JPEG, _PNG):
        raise unsupported("BMP", "another format inside")
    if compression in (_BIT_FIELDS, _ALPHA_FIELDS):
        # Three masks follow a short header; longer ones contain four.
        count = 4 if length >= 56 or compression == _ALPHA_FIELDS else 3
        if len(head) < 54 + 4 * count:
            raise _cut_off()
        red, green, blue, *rest = struct.unpack_from(f"<{count}I", head, 54)
        masks = (red, green, blue, rest[0] if rest else 0)
    elif bits in _PLAIN_MASKS:
        masks = _PLAIN_MASKS[bits]
    return _Header(Size(width, abs(height)), height > 0, bits, compression, masks, offset)


def _by_masks(descriptor: int, found: _Header) -> pyvips.Image:
    import numpy as np

    width, height = found.size.width, found.size.height
    stride = (width * found.bits + 31) // 32 * 4
    data = read_at(descriptor, found.offset, stride * height)
    if len(data) < stride * height:
        raise _cut_off()
    rows = np.frombuffer(data, np.uint8).reshape(height, stride)
    if found.is_upside_down:
        rows = rows[::-1]
    used = rows[:, : width * found.bits // 8]
    if found.bits == 24:
        return image_of(used.reshape(height, width, 3)[..., ::-1])
    numbers = np.ascontiguousarray(used).view("<u2" if found.bits == 16 else "<u4")
    channels: list[Any] = []
    for mask in found.masks[: 4 if found.masks[3] else 3]:
        if mask == 0:
            channels.append(np.zeros(numbers.shape, np.uint8))
            continue
        shift = (mask & -mask).bit_length() - 1
        largest = mask >> shift
        channels.append((((numbers & mask) >> shift).astype(np.uint64) * 255 + largest // 2) // largest)
    if len(channels) == 4 and not channels[3].any():
        channels[3] += 255  # a channel that nobody filled in: no program shows such a picture as empty
    return image_of(np.stack(channels, -1).astype(np.uint8))


def _cut_off() -> InputError:
    return InputError(
        "The picture is cut off",
        "The file ends before the picture does. It is best to copy it again from the original.",
        code=Code.INPUT_CUT_OFF,
    )
