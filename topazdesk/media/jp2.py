"""Read JPEG 2000, as a file (JP2) or as a bare codestream (ISO 15444-1, annexes A and I)."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.language import say
from topazdesk.media.arrays import image_of, with_profile
from topazdesk.media.boxes import boxes
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.facts import Facts
from topazdesk.media.limits import pillow
from topazdesk.media.opening import damaged, unsupported
from topazdesk.media.sample_range import spread

if TYPE_CHECKING:
    import pyvips

_HEAD = 1_048_576
_START = b"\xff\x4f\xff\x51"
_YCC = 18
#: Colour spaces by number that cannot be converted here.
_OTHER_SPACES = {0: say("two tones"), 12: say("inks (CMYK)"), 14: say("Lab colours")}

#: What profiles for such colours call them.
_OF_PROFILES = {b"CMYK": 12, b"Lab ": 14}


@dataclass(frozen=True, slots=True)
class _Header:
    size: Size
    channels: int
    bits: int
    alpha: int | None
    profile: bytes | None
    by_pillow: bool
    is_file: bool


def header(descriptor: int, _format: FileFormat) -> Facts:
    """Return header facts without decoding."""
    found = _header(descriptor)
    colours = 3 if found.channels >= 3 else 1
    return Facts(
        found.size,
        max(8, found.bits),
        colours + (found.alpha is not None),
        has_alpha=found.alpha is not None,
        has_profile=found.profile is not None,
        extra_bands=found.channels - colours - (found.alpha is not None),
    )


def decode(descriptor: int, _format: FileFormat) -> pyvips.Image:
    """Return the picture, in memory."""
    import numpy as np

    found = _header(descriptor)
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        if found.by_pillow:
            with pillow().open(stream, formats=("JPEG2000",)) as source:
                return image_of(np.asarray(source.convert("RGB")))
        data = stream.read()
    import imagecodecs

    numbers = imagecodecs.jpeg2k_decode(data)
    numbers = numbers[..., np.newaxis] if numbers.ndim == 2 else numbers
    if numbers.shape[:2] != (found.size.height, found.size.width):
        raise damaged(f"decoded to {numbers.shape}")
    colours = list(range(3 if numbers.shape[2] >= 3 else 1))
    kept = numbers[..., colours + ([] if found.alpha is None else [found.alpha])]
    image: pyvips.Image = with_profile(image_of(spread(kept, found.bits)), found.profile)
    return image


def _header(descriptor: int) -> _Header:
    head = read_at(descriptor, 0, _HEAD)
    is_file = not head.startswith(_START)
    parts = list(boxes(head)) if is_file else [(b"jp2c", head)]
    about = dict(parts).get(b"jp2h", b"")
    stream = next((body for kind, body in parts if kind == b"jp2c"), head[max(0, head.find(_START)) :])
    if not stream.startswith(_START):
        raise damaged("no codestream")
    across, down, left, top = struct.unpack_from(">4I", stream, 8)
    (channels,) = struct.unpack_from(">H", stream, 40)
    kinds = [stream[42 + 3 * number : 45 + 3 * number] for number in range(channels)]
    depths = {kind[0] for kind in kinds}
    size = Size(across - left, down - top)
    space, profile = _colours(about)
    has_palette = any(kind == b"pclr" for kind, _ in boxes(about))
    if profile is not None:
        space = _OF_PROFILES.get(profile[16:20], space)
    if space in _OTHER_SPACES:
        raise unsupported("JPEG 2000", _OTHER_SPACES[space])
    by_pillow = has_palette or space == _YCC or any(kind[1:] != b"\1\1" for kind in kinds)
    if by_pillow:
        return _Header(size, 3, 8, None, profile, by_pillow=True, is_file=is_file)
    if len(depths) != 1 or next(iter(depths)) & 0x80 or next(iter(depths)) > 15:
        raise unsupported(say("JPEG 2000"), say("channels of different or rare depths"))
    return _Header(size, channels, depths.pop() + 1, _alpha(about), profile, by_pillow=False, is_file=is_file)


def _colours(about: bytes) -> tuple[int, bytes | None]:
    """Return the number of the colour space (-1 where there is none) and the profile."""
    for kind, body in boxes(about):
        if kind == b"colr" and body[:1] == b"\1":
            return int.from_bytes(body[3:7], "big"), None
        if kind == b"colr" and body[:1] in (b"\2", b"\3"):
            return -1, body[3:]
    return -1, None


def _alpha(about: bytes) -> int | None:
    """Return which channel is the transparency of the whole picture."""
    definition = next((body for kind, body in boxes(about) if kind == b"cdef"), b"")
    for place in range(2, len(definition) - 5, 6):
        channel, meaning, _ = struct.unpack_from(">3H", definition, place)
        if meaning == 1:
            return int(channel)
    return None
