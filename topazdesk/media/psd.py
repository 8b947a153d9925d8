"""Read the flattened picture of a Photoshop file (Adobe Photoshop File Formats Specification, 2019)."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ColourSpace, FileFormat
from topazdesk.language import say
from topazdesk.media import photoshop_resources
from topazdesk.media.arrays import image_of, with_profile
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.facts import Facts
from topazdesk.media.lab import D50, from_lab
from topazdesk.media.opening import damaged, unsupported

if TYPE_CHECKING:
    import pyvips
    from numpy.typing import NDArray

_PROFILE, _VERSION = 1039, 1057
_RAW, _PACKED = 0, 1
_MODES = {0: say("two tones"), 7: say("channels without a meaning"), 8: say("duotones")}
_GREY, _PALETTE, _RGB, _INKS, _LAB = 1, 2, 3, 4, 9
_SPACES = {_GREY: ColourSpace.GREY, _INKS: ColourSpace.CMYK, _LAB: ColourSpace.LAB}
_CHANNELS = {_GREY: 1, _PALETTE: 1, _RGB: 3, _INKS: 4, _LAB: 3}


@dataclass(frozen=True, slots=True)
class _Header:
    size: Size
    channels: int
    bits: int
    mode: int
    has_alpha: bool
    profile: bytes | None
    is_large: bool
    pixels: int
    palette: Any

    @property
    def colours(self) -> int:
        return _CHANNELS[self.mode]


def header(descriptor: int, _format: FileFormat) -> Facts:
    """Return header facts without decoding. Raises InputError when there is no flattened picture."""
    found = _header(descriptor)
    return Facts(
        found.size,
        found.bits,
        (3 if found.mode == _PALETTE else found.colours) + found.has_alpha,
        has_alpha=found.has_alpha,
        has_profile=found.profile is not None,
        extra_bands=found.channels - found.colours - found.has_alpha,
        space=_SPACES.get(found.mode, ColourSpace.RGB),
    )


def decode(descriptor: int, _format: FileFormat) -> pyvips.Image:
    """Return the flattened picture, in memory."""
    import numpy as np

    found = _header(descriptor)
    planes = _planes(descriptor, found, found.colours + found.has_alpha)
    numbers = np.stack(planes, -1)
    if found.mode == _PALETTE:
        numbers = found.palette[numbers[..., 0]]
    if found.mode == _LAB:
        return _of_lab(numbers)
    if found.mode == _INKS:  # written upside down: 0 is all ink
        numbers[..., :4] = np.iinfo(numbers.dtype).max - numbers[..., :4]
    image: pyvips.Image = with_profile(image_of(numbers, inks=found.mode == _INKS), found.profile)
    return image


def _of_lab(numbers: NDArray[Any]) -> pyvips.Image:
    """Return CIE L*a*b*, a and b moved by half of their range, as sRGB; the transparency stays."""
    import numpy as np

    deep = numbers.dtype.itemsize == 2
    values = numbers[..., :3].astype(np.float32)
    values[..., 0] *= 100 / (65_535 if deep else 255)
    values[..., 1:] = values[..., 1:] / (256 if deep else 1) - 128
    image = from_lab(values, D50, deep=deep)
    if numbers.shape[2] == 3:
        return image
    joined: pyvips.Image = image.bandjoin(image_of(numbers[..., 3]))
    return joined.copy(interpretation=image.interpretation)


def _header(descriptor: int) -> _Header:
    head = read_at(descriptor, 0, 30)
    if len(head) < 30:
        raise damaged("the header is cut off")
    version, channels, height, width, bits, mode = struct.unpack_from(">H6xHIIHH", head, 4)
    if version not in (1, 2) or not width or not height:
        raise damaged(f"version {version}, size {width} x {height}")
    if mode not in _CHANNELS:
        raise unsupported("Photoshop file", _MODES.get(mode, f"colours of a kind that is not known (number {mode})"))
    if bits not in (8, 16) or (mode == _PALETTE and bits != 8):
        raise unsupported(say("Photoshop file"), say("{bits} bits per channel", bits=bits))
    is_large = version == 2
    (colour_bytes,) = struct.unpack_from(">I", head, 26)
    palette = _palette(read_at(descriptor, 30, 768)) if mode == _PALETTE and colour_bytes >= 768 else None
    if palette is None and mode == _PALETTE:
        raise damaged("no palette")
    place = 30 + colour_bytes
    resources = _counted(descriptor, place, 4)
    profile, is_flattened = _resources(read_at(descriptor, place + 4, resources))
    if not is_flattened:
        raise unsupported(say("Photoshop file"), say("layers only: it was saved without “Maximize compatibility”"))
    place += 4 + resources
    wide = 8 if is_large else 4
    layers = _counted(descriptor, place, wide)
    may_have_alpha = mode != _PALETTE and channels > _CHANNELS[mode]
    has_alpha = may_have_alpha and _first_is_alpha(read_at(descriptor, place + wide, min(layers, wide + 2)), wide)
    if mode == _LAB:
        profile = None  # what becomes of it is sRGB
    pixels = place + wide + layers
    return _Header(Size(width, height), channels, bits, mode, has_alpha, profile, is_large, pixels, palette)


def _palette(data: bytes) -> NDArray[Any]:
    """Return the 256 colours, of which all reds come first."""
    import numpy as np

    return np.frombuffer(data, np.uint8).reshape(3, 256).T


def _counted(descriptor: int, place: int, width: int) -> int:
    data = read_at(descriptor, place, width)
    if len(data) < width:
        raise damaged("a section is cut off")
    return int.from_bytes(data, "big")


def _first_is_alpha(data: bytes, wide: int) -> bool:
    """Return whether the first further channel is the transparency: the number of layers is negative then.

    `data` is the beginning of the section of layers; a flattened picture has none.
    """
    info = int.from_bytes(data[:wide], "big")
    return info > 0 and len(data) == wide + 2 and struct.unpack(">h", data[wide:])[0] < 0


def _resources(data: bytes) -> tuple[bytes | None, bool]:
    """Return the profile, and whether the file says that it has a flattened picture (those that say nothing do)."""
    profile, is_flattened = None, True
    for kind, content in photoshop_resources.resources(data):
        if kind == _PROFILE:
            profile = content
        elif kind == _VERSION and len(content) >= 5:
            is_flattened = content[4] != 0
    return profile, is_flattened


def _planes(descriptor: int, found: _Header, count: int) -> list[NDArray[Any]]:
    import imagecodecs
    import numpy as np

    width, height = found.size.width, found.size.height
    kind = np.dtype(">u2" if found.bits == 16 else "u1")
    row = width * kind.itemsize
    packing = int.from_bytes(read_at(descriptor, found.pixels, 2), "big")
    place = found.pixels + 2
    if packing == _RAW:
        data = read_at(descriptor, place, row * height * count)
        if len(data) < row * height * count:
            raise damaged(f"{len(data)} of {row * height * count} bytes")
        return list(np.frombuffer(data, kind).reshape(count, height, width).astype(kind.newbyteorder("=")))
    if packing != _PACKED:
        raise unsupported(say("Photoshop file"), say("a rare compression (number {packing})", packing=packing))
    wide = np.dtype(">u4" if found.is_large else ">u2")
    table = read_at(descriptor, place, wide.itemsize * height * found.channels)
    counts = np.frombuffer(table, wide).astype(np.int64)
    if len(counts) < height * found.channels:
        raise damaged("the table of rows is cut off")
    place += len(table)
    end = int(counts.sum())
    data = read_at(descriptor, place, min(end, os.fstat(descriptor).st_size))
    if len(data) < end:
        raise damaged(f"{len(data)} of {end} bytes")
    starts = np.concatenate([[0], np.cumsum(counts)])
    planes = []
    for plane in range(count):
        made = np.empty((height, row), np.uint8)
        for line in range(height):
            number = plane * height + line
            part = imagecodecs.packbits_decode(data[starts[number] : starts[number + 1]], out=row)
            if len(part) != row:
                raise damaged(f"row {line} has {len(part)} of {row} bytes")
            made[line] = np.frombuffer(part, np.uint8)
        planes.append(made.view(kind).astype(kind.newbyteorder("=")))
    return planes
