"""Read JPEG XL. Its header is read here, bit by bit (ISO 18181-1, annex D); the pixels come from libjxl."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.language import say
from topazdesk.media.arrays import from_linear, image_of
from topazdesk.media.bmff import Nclx
from topazdesk.media.boxes import boxes
from topazdesk.media.byte_ranges import read_at
from topazdesk.media.facts import Facts
from topazdesk.media.opening import damaged, unsupported
from topazdesk.media.sample_range import to_16_bits

if TYPE_CHECKING:
    import pyvips

_HEAD = 65_536
_START = b"\xff\x0a"
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_GREY, _RGB = 1, 0
_D65, _SRGB_PRIMARIES, _LINEAR, _SRGB_TRANSFER = 1, 1, 8, 13
#: Its own words for primaries, as code points of H.273: sRGB, BT.2100 and P3, the last with the white of screens.
_PRIMARIES = {_SRGB_PRIMARIES: 1, 9: 9, 11: 12}
#: Code points of transfer functions: linear light, sRGB's, PQ and HLG.
_TRANSFERS = frozenset({_LINEAR, _SRGB_TRANSFER, 16, 18})
_SRGB = Nclx(1, _SRGB_TRANSFER)
_ALPHA = 0


@dataclass(frozen=True, slots=True)
class _Header:
    size: Size
    is_turned: bool
    bits: int
    is_float: bool
    is_grey: bool
    is_linear: bool
    has_alpha: bool
    extra: int
    is_animated: bool = False
    colours: Nclx = _SRGB


def header(descriptor: int, _format: FileFormat) -> Facts:
    """Return header facts, upright, without decoding."""
    found = _header(descriptor)
    size = Size(found.size.height, found.size.width) if found.is_turned else found.size
    bands = (1 if found.is_grey else 3) + found.has_alpha
    return Facts(size, max(8, found.bits), bands, has_alpha=found.has_alpha, extra_bands=found.extra - found.has_alpha)


def is_animated(descriptor: int) -> bool:
    """Return whether further frames follow the picture: only the decoder could count them. Raises InputError."""
    return _header(descriptor).is_animated


def code_points(descriptor: int) -> Nclx:
    """Return the code points of the colours of the decoded picture. Raises InputError."""
    return _header(descriptor).colours


def decode(descriptor: int, _format: FileFormat) -> pyvips.Image:
    """Return the upright picture, in memory."""
    import imagecodecs
    import numpy as np

    found = _header(descriptor)
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        numbers = imagecodecs.jpegxl_decode(stream.read(), index=0)
    numbers = numbers[..., np.newaxis] if numbers.ndim == 2 else numbers
    size = Size(found.size.height, found.size.width) if found.is_turned else found.size
    bands = (1 if found.is_grey else 3) + found.has_alpha
    if numbers.shape[:2] != (size.height, size.width) or numbers.shape[2] < bands:
        raise damaged(f"decoded to {numbers.shape}")
    kept = numbers[..., :bands]
    if kept.dtype.kind == "f":
        kept = to_16_bits(kept, 0.0, 1.0)
    elif found.is_linear and kept.dtype.itemsize == 1:
        kept = kept.astype(np.uint16) * 257
    image = image_of(kept)  # libjxl spreads any number of bits over 8 or 16 by itself
    return from_linear(image, bands - found.has_alpha) if found.is_linear else image


def _header(descriptor: int) -> _Header:
    head = read_at(descriptor, 0, _HEAD)
    stream = head
    if not head.startswith(_START):
        parts = [body if kind == b"jxlc" else body[4:] for kind, body in boxes(head) if kind in (b"jxlc", b"jxlp")]
        stream = b"".join(parts)
    if not stream.startswith(_START):
        raise damaged("no codestream")
    return _parse(_Bits(stream[2:]))


class _Bits:
    """Reads bits, the lowest of a byte first."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data[:4_096], "little")
        self._left = len(data[:4_096]) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise damaged("the header is cut off")
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        return value

    def flag(self) -> bool:
        return bool(self.take(1))

    def choice(self, *options: tuple[int, int]) -> int:
        """Return one of four numbers, with so many bits added to it."""
        base, count = options[self.take(2)]
        return base + self.take(count)

    def word(self) -> int:
        """Return a word of a list (Enum)."""
        return self.choice((0, 0), (1, 0), (2, 4), (18, 6))


def _size(bits: _Bits) -> Size:
    sides = ((1, 9), (1, 13), (1, 18), (1, 30))
    is_small = bits.flag()
    height = (bits.take(5) + 1) * 8 if is_small else bits.choice(*sides)
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return Size(height * across // down, height)
    return Size((bits.take(5) + 1) * 8 if is_small else bits.choice(*sides), height)


def _depth(bits: _Bits) -> tuple[int, bool]:
    if not bits.flag():
        return bits.choice((8, 0), (10, 0), (12, 0), (1, 6)), False
    depth = bits.choice((32, 0), (16, 0), (24, 0), (1, 6))
    bits.take(4)
    return depth, True


def _parse(bits: _Bits) -> _Header:
    size = _size(bits)
    if bits.flag():
        return _Header(size, False, 8, False, False, False, False, 0)
    orientation, is_animated = 1, False
    if bits.flag():
        orientation = bits.take(3) + 1
        if bits.flag():
            _size(bits)
        if bits.flag():
            raise unsupported(say("JPEG XL"), say("a preview inside"))
        is_animated = bits.flag()
        if is_animated:
            bits.choice((100, 0), (1_000, 0), (1, 10), (1, 30))
            bits.choice((1, 0), (1_001, 0), (1, 8), (1, 10))
            bits.choice((0, 0), (0, 3), (0, 16), (0, 32))
            bits.flag()
    depth, is_float = _depth(bits)
    bits.flag()
    extra = bits.choice((0, 0), (1, 0), (2, 4), (1, 12))
    meanings = [_extra_channel(bits) for _ in range(extra)]
    bits.flag()
    is_grey, is_linear, colours = _colours(bits)
    # The transparency comes directly behind the colours only when it is the first of the further channels.
    has_alpha = meanings[:1] == [_ALPHA]
    return _Header(size, orientation >= 5, depth, is_float, is_grey, is_linear, has_alpha, extra, is_animated, colours)


def _extra_channel(bits: _Bits) -> int:
    """Return what a channel beyond the colours is."""
    if bits.flag():
        return _ALPHA
    meaning = bits.word()
    _depth(bits)
    bits.choice((0, 0), (3, 0), (4, 0), (1, 3))
    for _ in range(bits.choice((0, 0), (0, 4), (16, 5), (48, 10))):
        bits.take(8)
    if meaning == _ALPHA:
        if bits.flag():
            raise unsupported(say("JPEG XL"), say("colours that are multiplied by the transparency"))
    elif meaning in (2, 5):  # spot colours, and the raw data of a sensor
        raise unsupported(say("JPEG XL"), say("channels of a rare kind"))
    return meaning


def _colours(bits: _Bits) -> tuple[bool, bool, Nclx]:
    """Return whether the picture is grey, whether its numbers are linear light, and the code points of its colours.

    Linear light becomes sRGB's curve when it is decoded, and the code points say so. Raises InputError for colours that
    only a profile tells, or numbers of their own.
    """
    if bits.flag():
        return False, False, _SRGB
    has_profile = bits.flag()
    space = bits.word()
    if not has_profile and space in (_GREY, _RGB):
        white = bits.word()
        primaries = bits.word() if white == _D65 and space == _RGB else _SRGB_PRIMARIES
        is_known = white == _D65 and primaries in _PRIMARIES
        transfer = bits.word() if is_known and not bits.flag() else -1
        if transfer in _TRANSFERS:
            curve = _SRGB_TRANSFER if transfer == _LINEAR else transfer
            return space == _GREY, transfer == _LINEAR, Nclx(_PRIMARIES[primaries], curve)
    # Their profile cannot be had from the decoder, and without it the colours would be wrong.
    raise unsupported(say("JPEG XL"), say("colours that only a profile describes"))
