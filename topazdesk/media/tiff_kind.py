"""Tell from a TIFF's directory what its channels and numbers mean, and which reader gets them right.

libvips reads the common kinds, row by row. It reads others wrong without a word (tiles in a compression it lacks are
black), and refuses some that are sound (12 bits, Lab); those are decoded by tifffile.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ColourSpace, SampleKind
from topazdesk.errors import InputError
from topazdesk.language import say
from topazdesk.media.facts import Facts
from topazdesk.media.opening import damaged, unsupported
from topazdesk.media.tiff_directory import Tag, TiffDirectory
from topazdesk.media.tiff_segments import Compression


class Photometric(IntEnum):
    """What the colour channels are (TIFF 6.0, page 37, and its supplements)."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2
    PALETTE = 3
    MASK = 4
    INKS = 5
    YCBCR = 6
    CIELAB = 8
    ICCLAB = 9
    ITULAB = 10


#: Number of colour channels.
_COLOURS = {
    Photometric.WHITE_IS_ZERO: 1,
    Photometric.BLACK_IS_ZERO: 1,
    Photometric.RGB: 3,
    Photometric.PALETTE: 1,
    Photometric.MASK: 1,
    Photometric.INKS: 4,
    Photometric.YCBCR: 3,
    Photometric.CIELAB: 3,
    Photometric.ICCLAB: 3,
    Photometric.ITULAB: 3,
}
#: What others are called; their pictures need a program for that kind of data.
_OTHER_COLOURS = {
    32_803: say("the raw data of a camera's sensor"),
    32_844: say("brightness values for high contrast (LogL)"),
    32_845: say("colours for high contrast (LogLuv)"),
    34_892: say("the raw data of a camera's sensor"),
    51_177: say("depths, not a picture"),
}
_STREAMED = frozenset(Compression) - {Compression.OLD_JPEG}
#: Compressions that imagecodecs unpacks: JPEG 2000 (three numbers), LERC, LZMA, PNG, JPEG XR, Zstandard, JPEG XL (two).
_UNPACKED = frozenset({33_003, 33_005, 34_712, 34_887, 34_925, 34_933, 34_934, 50_000, 50_002, 52_546})
_STREAMED_COLOURS = frozenset(
    {
        *(Photometric.WHITE_IS_ZERO, Photometric.BLACK_IS_ZERO, Photometric.RGB, Photometric.PALETTE),
        *(Photometric.INKS, Photometric.YCBCR),
    }
)
_SPACES = {
    **dict.fromkeys((Photometric.WHITE_IS_ZERO, Photometric.BLACK_IS_ZERO, Photometric.MASK), ColourSpace.GREY),
    **dict.fromkeys((Photometric.CIELAB, Photometric.ICCLAB, Photometric.ITULAB), ColourSpace.LAB),
    Photometric.INKS: ColourSpace.CMYK,
}
_ASSOCIATED, _UNASSOCIATED = 1, 2
_SEPARATE = 2


@dataclass(frozen=True, slots=True)
class TiffKind:
    """The meaning of a directory.

    `kept` are the channels that make the picture, in order: the colours and, last, the transparency if there is one
    (`is_associated`: the colours are multiplied by it). `bits` are those of each channel.
    """

    size: Size
    photometric: Photometric
    compression: int
    bits: int
    samples: SampleKind
    kept: tuple[int, ...]
    has_alpha: bool
    is_associated: bool
    extra_bands: int
    is_streamed: bool

    @property
    def facts(self) -> Facts:
        """The header facts; the profile and the pages are found elsewhere."""
        palette = 2 if self.photometric is Photometric.PALETTE else 0
        deep = self.bits if self.bits > 8 or self.samples is not SampleKind.PLAIN else 8
        return Facts(
            self.size,
            deep,
            len(self.kept) + palette,
            has_alpha=self.has_alpha,
            samples=self.samples,
            extra_bands=self.extra_bands,
            is_streamed=self.is_streamed,
            space=_SPACES.get(self.photometric, ColourSpace.RGB),
        )


def kind_of(directory: TiffDirectory) -> TiffKind:
    """Return the meaning of a directory. Raises InputError (`input.unsupported`) when no reader knows it."""
    size = Size(directory.number(Tag.WIDTH, 0), directory.number(Tag.HEIGHT, 0))
    if size.width < 1 or size.height < 1:
        raise damaged(f"size {size.width} x {size.height}")
    channels = directory.number(Tag.SAMPLES, 1)
    compression = directory.number(Tag.COMPRESSION, Compression.NONE)
    photometric = _photometric(directory, channels)
    colours = _COLOURS[photometric]
    if photometric is Photometric.INKS and directory.number(Tag.INK_SET, 1) != 1:
        raise _other_kind(say("inks other than cyan, magenta, yellow and black"))
    if channels < colours:
        raise _other_kind(say("{channels} colour channels where {colours} belong", channels=channels, colours=colours))
    if compression == Compression.OLD_JPEG and directory.is_tiled:
        raise _other_kind(say("old-style JPEG compression in tiles"))
    if compression not in _STREAMED | _UNPACKED | {Compression.OLD_JPEG}:
        raise _other_kind(
            say("a compression that no reader here knows (number {compression})", compression=compression)
        )
    bits = {int(value) for value in directory.numbers(Tag.BITS)} or {1}
    formats = {int(value) for value in directory.numbers(Tag.SAMPLE_FORMAT)} or {1}
    if len(bits) > 1 or len(formats) > 1:
        raise _other_kind(say("channels of different depths"))
    (depth,) = bits
    samples = _samples(formats.pop(), depth)
    meanings = [int(value) for value in directory.numbers(Tag.EXTRA_SAMPLES)][: channels - colours]
    claims = [place for place, meaning in enumerate(meanings) if meaning in (_ASSOCIATED, _UNASSOCIATED)]
    # Where several channels claim to be the transparency, nothing says which of them is.
    alpha = claims[0] if len(claims) == 1 else None
    has_alpha = alpha is not None and photometric is not Photometric.PALETTE
    kept = tuple(range(colours)) + ((colours + alpha,) if alpha is not None and has_alpha else ())
    return TiffKind(
        size,
        photometric,
        compression,
        depth,
        samples,
        kept,
        has_alpha,
        is_associated=has_alpha and meanings[alpha or 0] == _ASSOCIATED,
        extra_bands=channels - len(kept),
        is_streamed=_is_streamed(directory, photometric, compression, depth, channels, samples),
    )


def _is_streamed(
    directory: TiffDirectory,
    photometric: Photometric,
    compression: int,
    depth: int,
    channels: int,
    samples: SampleKind,
) -> bool:
    whole_bytes = depth == 8 or (depth == 16 and compression != Compression.JPEG)
    small = depth in (1, 2, 4) and channels == 1 and photometric not in (Photometric.RGB, Photometric.INKS)
    return (
        samples is SampleKind.PLAIN
        and compression in _STREAMED
        and photometric in _STREAMED_COLOURS
        and Tag.PHOTOMETRIC in directory.fields
        and (photometric is not Photometric.YCBCR or compression == Compression.JPEG)
        and (whole_bytes or small)
        and not (directory.is_tiled and directory.number(Tag.PLANAR, 1) == _SEPARATE)
        # It takes the transparency of inks with 16 bits for one of 8.
        and not (photometric is Photometric.INKS and set(directory.numbers(Tag.EXTRA_SAMPLES)) & {1, 2})
        and _has_common_resolution(directory)
        # With several channels beyond the colours it may take the wrong one for the transparency.
        and (channels <= _COLOURS[photometric] + 1 or not set(directory.numbers(Tag.EXTRA_SAMPLES)) & {1, 2})
        and not (directory.lacks_counts and len(directory.segments) > 1)
        and directory.is_counted()
    )


def _has_common_resolution(directory: TiffDirectory) -> bool:
    """Return whether libvips takes the resolution: for an unknown unit or one below zero it refuses the pixels, too."""
    stated = (*directory.numbers(Tag.ACROSS), *directory.numbers(Tag.DOWN))
    unit = directory.numbers(Tag.RESOLUTION_UNIT)
    return all(value >= 0 for value in stated) and (not unit or unit[0] in (1, 2, 3))


def _photometric(directory: TiffDirectory, channels: int) -> Photometric:
    value = directory.number(Tag.PHOTOMETRIC, Photometric.RGB if channels >= 3 else Photometric.BLACK_IS_ZERO)
    try:
        return Photometric(value)
    except ValueError:
        what = _OTHER_COLOURS.get(
            value, say("colours of a kind that no reader here knows (number {value})", value=value)
        )
        raise _other_kind(what) from None


def _samples(number_format: int, depth: int) -> SampleKind:
    match number_format:
        case 1 | 4:  # 4: the writer did not know
            return SampleKind.WIDE if depth > 16 else SampleKind.PLAIN
        case 2:
            return SampleKind.SIGNED
        case 3:
            return SampleKind.FLOAT
        case _:
            raise _other_kind(say("complex numbers"))


def _other_kind(what: str) -> InputError:
    return unsupported("TIFF", what)
