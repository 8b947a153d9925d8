"""Read which colours a picture means: by its profile, or by what its format has instead of one.

Cameras declare Adobe RGB in two fields of EXIF (DCF 2.0), which programs take along into other formats. AVIF and HEIC
write code points (ITU-T H.273), PNG has chunks for primaries and gamma, and BMP fields in its header. Without all of
these a picture is sRGB.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topazdesk.domain.image import DeclaredColour, FileFormat, ImageInfo, ProfileFault
from topazdesk.media import bmff, exif_block, icc, jxl, tone_map
from topazdesk.media.byte_ranges import of_descriptor, read_at
from topazdesk.media.icc import Curve, Primaries
from topazdesk.media.png_chunks import before_pixels, short_ones
from topazdesk.media.tiff_tags import Directories
from topazdesk.media.webp_data import webp_exif

if TYPE_CHECKING:
    import pyvips


@dataclass(frozen=True, slots=True)
class Declared:
    """The colours that a file declares without a profile."""

    kind: DeclaredColour
    primaries: Primaries
    curve: Curve = icc.SRGB_CURVE
    #: An embedded profile does not count beside it (PNG's cICP).
    is_first: bool = False


def facts(descriptor: int, info: ImageInfo, profile: tuple[bytes, str] | None) -> tuple[DeclaredColour, ProfileFault]:
    """Return how the open file of `info` declares its colours, and what is wrong with its profile. Raises OSError.

    `profile` is the embedded one, with the kind of picture in libvips' words, where libvips read the header.
    """
    fault, has_sound = ProfileFault.NONE, info.has_profile
    found = embedded_profile(descriptor, info, profile)
    if found is not None:
        sound, fault = icc.sound(*found)
        has_sound = sound is not None
    elif info.format is FileFormat.PNG and not info.has_profile and _has_broken_profile(descriptor):
        fault = ProfileFault.NO_PROFILE  # its decoder passes over it
    told = declared(descriptor, info.format)
    counts = told is not None and (told.is_first or not has_sound)
    return told.kind if told is not None and counts else DeclaredColour.NONE, fault


def embedded_profile(descriptor: int, info: ImageInfo, told: tuple[bytes, str] | None) -> tuple[bytes, str] | None:
    """Return the embedded profile and the kind of picture, as libvips calls it. Raises OSError.

    `told` is what the decoder of the header told; some tell nothing of profiles.
    """
    if told is not None:
        return told
    kind = "b-w" if info.bands <= 2 else "srgb"
    match info.format:
        case FileFormat.BMP:
            profile = bmp_profile(descriptor)
        case FileFormat.HEIC:
            profile = bmff.describe(descriptor).profile
        case _:
            profile = None
    return None if profile is None else (profile, kind)


def coloured(image: pyvips.Image, descriptor: int, info: ImageInfo) -> pyvips.Image:
    """Return the picture with the one profile that says which colours its numbers mean, or with none for sRGB.

    A faulty profile is mended or taken away. Light of a high dynamic range is brought down to what a screen has.
    `image` is as it was decoded, at whatever size.
    """
    if info.format is FileFormat.BMP:
        image = icc.with_profile(image, bmp_profile(descriptor))
    image = _with_sound_profile(image)
    if info.colour is DeclaredColour.NONE:
        return image
    told = declared(descriptor, info.format)
    if told is None or image.interpretation not in _LIGHT:
        return image
    if told.kind.is_hdr:
        return tone_map.to_sdr(image, is_pq=told.kind is DeclaredColour.PQ, primaries=told.primaries)
    return icc.with_profile(image, profile_of(told, is_grey=image.bands <= 2))


def profile_of(told: Declared, *, is_grey: bool) -> bytes:
    """Return the profile that says the same as the file's own words."""
    name = _NAMES.get(told.kind, "Declared by the file")
    return icc.grey_profile(name, told.curve) if is_grey else icc.rgb_profile(name, told.primaries, told.curve)


_NAMES = {
    DeclaredColour.ADOBE_RGB: "Compatible with Adobe RGB (1998)",
    DeclaredColour.DISPLAY_P3: "Display P3",
    DeclaredColour.BT2020: "ITU-R BT.2020",
}
#: Kinds of pictures, in libvips' words, that consist of light and not of inks.
_LIGHT = frozenset({"b-w", "grey16", "srgb", "rgb", "rgb16"})


def _with_sound_profile(image: pyvips.Image) -> pyvips.Image:
    profile = icc.profile_in(image)
    if profile is None:
        return image
    sound, _ = icc.sound(profile, str(image.interpretation))
    return image if sound == profile else icc.with_profile(image, sound)


def declared(descriptor: int, found: FileFormat) -> Declared | None:
    """Return the colours that an open file declares without a profile, None where it means sRGB. Raises OSError."""
    try:
        match found:
            case FileFormat.PNG:
                told = _of_png(descriptor)
            case FileFormat.JPEG | FileFormat.TIFF | FileFormat.WEBP:
                told = _of_exif(_blocks(descriptor, found))
            case FileFormat.AVIF | FileFormat.HEIC:
                told = _of_code_points(bmff.describe(descriptor).nclx)
            case FileFormat.JXL:
                told = _of_code_points(jxl.code_points(descriptor))
            case FileFormat.BMP:
                told = _of_bmp(descriptor)
            case _:
                told = None
        if told is not None:
            told.primaries.to_xyz()  # numbers that make no colours say nothing
    except (struct.error, ValueError):
        return None
    return told


def _of_exif(blocks: Iterable[Directories]) -> Declared | None:
    """Return Adobe RGB where DCF's two fields say so; some cameras write a number of their own instead."""
    for block in blocks:
        exif = block.at(int(block.at(block.first).number(_EXIF)))
        space = exif.number(_COLOUR_SPACE)
        is_adobe = space == 65_535 and block.at(int(exif.number(_INTEROPERABILITY))).text(1) == "R03"
        return Declared(DeclaredColour.ADOBE_RGB, icc.ADOBE_RGB, icc.ADOBE_CURVE) if is_adobe or space == 2 else None
    return None


def _blocks(descriptor: int, found: FileFormat) -> Iterator[Directories]:
    """Yield the blocks of EXIF in a file; a TIFF is one itself."""
    read = of_descriptor(descriptor)
    match found:
        case FileFormat.TIFF:
            contents: Iterable[Directories | None] = (Directories(read),)
        case FileFormat.PNG:
            chunks = (each for each in before_pixels(read) if each.kind == b"eXIf" and each.length <= _MOST_EXIF)
            contents = (exif_block.directories(each.content(read)) for each in chunks)
        case FileFormat.WEBP:
            contents = (exif_block.directories(each) for each in webp_exif(read, os.fstat(descriptor).st_size))
        case _:
            contents = (exif_block.exif_in(each) for each in exif_block.blocks(read))
    yield from filter(None, contents)


#: More in one block is not looked at.
_MOST_EXIF = 1_000_000
#: Fields of EXIF: where its own directory is, the colour space, and where the directory with R98 or R03 is.
_EXIF, _COLOUR_SPACE, _INTEROPERABILITY = 0x8769, 0xA001, 0xA005


def _of_code_points(nclx: bmff.Nclx | None) -> Declared | None:
    if nclx is None:
        return None
    primaries = _PRIMARIES.get(nclx.primaries)
    if nclx.transfer in _HDR:
        return Declared(_HDR[nclx.transfer], primaries or tone_map.USUAL_PRIMARIES)
    if primaries is None or (primaries == icc.BT709 and nclx.transfer not in _CURVES):
        # Video's own curve with sRGB's primaries is what encoders write for pictures that are sRGB.
        return None
    video = icc.BT709_CURVE if primaries == icc.BT2020 else icc.SRGB_CURVE
    kind = _KINDS.get(primaries, DeclaredColour.OWN)
    return Declared(kind, primaries, _CURVES.get(nclx.transfer, video))


_HDR = {16: DeclaredColour.PQ, 18: DeclaredColour.HLG}
#: Code points of primaries (H.273, table 2); 2 is "unspecified".
_PRIMARIES = {
    1: icc.BT709,
    4: Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), (0.3127, 0.3290)),
    6: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), (0.3127, 0.3290)),
    7: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), (0.3127, 0.3290)),
    9: icc.BT2020,
    11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: icc.DISPLAY_P3,
}
_KINDS = {
    icc.ADOBE_RGB: DeclaredColour.ADOBE_RGB,
    icc.DISPLAY_P3: DeclaredColour.DISPLAY_P3,
    icc.BT2020: DeclaredColour.BT2020,
}
#: Code points of transfer functions (H.273, table 3) that are neither sRGB's nor video's.
_CURVES = {4: Curve(2.2), 5: Curve(2.8), 8: Curve(1.0)}


def _of_png(descriptor: int) -> Declared | None:
    chunks = short_ones(of_descriptor(descriptor), _WANTED)
    points = chunks.get(b"cICP", b"")
    if len(points) == 4:
        told = _of_code_points(bmff.Nclx(points[0], points[1]))
        return None if told is None else Declared(told.kind, told.primaries, told.curve, is_first=True)
    if b"sRGB" in chunks:
        return None
    if not chunks:
        return _of_exif(_blocks(descriptor, FileFormat.PNG))
    return _of_numbers(_chromaticities(chunks.get(b"cHRM")), _gamma(chunks.get(b"gAMA")))


def _has_broken_profile(descriptor: int) -> bool:
    """Return whether a PNG in which no profile was found has one that its decoder does not pass over for another word.

    Beside sRGB and cICP a profile does not count, whatever is in it.
    """
    kinds = {chunk.kind for chunk in before_pixels(of_descriptor(descriptor))}
    return b"iCCP" in kinds and not kinds & {b"sRGB", b"cICP"}


def _of_numbers(primaries: Primaries | None, gamma: float | None) -> Declared | None:
    """Return the colours that are given as numbers; those of sRGB, as most are, need no word."""
    is_usual = gamma is None or abs(gamma - 2.2) < 0.02
    if primaries is None or primaries.is_near(icc.BT709):
        return None if is_usual or gamma is None else Declared(DeclaredColour.OWN, icc.BT709, Curve(gamma))
    kind = next((kind for known, kind in _KINDS.items() if primaries.is_near(known)), DeclaredColour.OWN)
    if kind is DeclaredColour.ADOBE_RGB and is_usual:
        return Declared(kind, icc.ADOBE_RGB, icc.ADOBE_CURVE)
    curve = icc.SRGB_CURVE if is_usual or gamma is None else Curve(gamma)
    return Declared(kind, primaries, curve)


def _gamma(chunk: bytes | None) -> float | None:
    value = struct.unpack(">I", chunk)[0] if chunk else 0
    return 100_000 / value if 10_000 <= value <= 1_000_000 else None


def _chromaticities(chunk: bytes | None) -> Primaries | None:
    if chunk is None:
        return None
    white, red, green, blue = (
        (x / 100_000, y / 100_000) for x, y in struct.iter_unpack(">II", chunk[:32].ljust(32, b"\0"))
    )
    return Primaries(red, green, blue, white) if min(red[1], green[1], blue[1], white[1]) > 0 else None


_WANTED = frozenset({b"cICP", b"sRGB", b"cHRM", b"gAMA"})


#: Lengths of the headers of BMP that have fields for colours, versions 4 and 5.
_V4, _V5 = 108, 124


def _of_bmp(descriptor: int) -> Declared | None:
    head = read_at(descriptor, 14, _V5)
    if len(head) < _V4 or int.from_bytes(head[:4], "little") < _V4 or head[56:60] != b"\0\0\0\0":
        return None
    # Red, green and blue as XYZ in 2.30 bits, then three gammas in 16.16 bits. Many programs leave them all at 0.
    numbers = struct.unpack_from("<9I3I", head, 60)
    points = [tuple(value / 2**30 for value in numbers[first : first + 3]) for first in (0, 3, 6)]
    if any(sum(point) <= 0 or point[1] <= 0 for point in points):
        return None
    red, green, blue = ((x / (x + y + z), y / (x + y + z)) for x, y, z in points)
    gamma = numbers[10] / 65_536
    white = icc.BT709.white
    return _of_numbers(Primaries(red, green, blue, white), gamma if 0.5 <= gamma <= 5 else None)


def bmp_profile(descriptor: int) -> bytes | None:
    """Return the profile that is embedded in a BMP of version 5, or None."""
    head = read_at(descriptor, 14, _V5)
    if len(head) < _V5 or int.from_bytes(head[:4], "little") < _V5 or head[56:60] != b"DEBM":  # "MBED", little-endian
        return None
    offset, size = struct.unpack_from("<II", head, 112)
    if not 0 < size <= min(16_000_000, os.fstat(descriptor).st_size):
        return None
    return read_at(descriptor, 14 + offset, size)
