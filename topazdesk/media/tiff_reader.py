"""Decode the TIFFs that libvips cannot, with tifffile and imagecodecs, into memory."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from topazdesk.domain.image import SampleKind
from topazdesk.language import say
from topazdesk.media.arrays import from_linear, image_of, with_profile
from topazdesk.media.icc import BT709
from topazdesk.media.lab import D50, from_lab
from topazdesk.media.limits import pillow, vips
from topazdesk.media.opening import damaged
from topazdesk.media.sample_range import bounds, spread, to_16_bits
from topazdesk.media.tiff_directory import Tag, TiffDirectory
from topazdesk.media.tiff_kind import Photometric, TiffKind
from topazdesk.media.tiff_segments import Compression, good_share

if TYPE_CHECKING:
    import pyvips
    from numpy.typing import NDArray

#: It tells of all that is odd in a file; of what is wrong it raises.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

_LAB = frozenset({Photometric.CIELAB, Photometric.ICCLAB, Photometric.ITULAB})


def decode_tiff(descriptor: int, directory: TiffDirectory, kind: TiffKind, number: int = 0) -> Any:
    """Return a page as it is stored (not turned), with 8 or 16 bits. Raises InputError when it is damaged.

    `number` is the one by which decoders know it.
    """
    if kind.photometric is Photometric.YCBCR and kind.compression != Compression.JPEG:
        return _by_libtiff(descriptor, number)
    missing = [place for place, (_, count) in enumerate(directory.segments) if count == 0]
    if missing:
        raise damaged(f"{len(missing)} of {len(directory.segments)} strips or tiles are missing")
    found = good_share(descriptor, directory) if kind.compression != Compression.JPEG else None
    if found is not None and found[0]:
        from topazdesk.media.soundness import partly_damaged

        raise partly_damaged(1 - found[1], found[0])
    numbers, profile, colour_map = _numbers(descriptor, directory)
    if numbers.shape[:2] != (kind.size.height, kind.size.width):
        raise damaged(f"decoded to {numbers.shape}")
    if kind.photometric is Photometric.PALETTE:
        if colour_map is None:
            raise damaged("no colour map")
        return with_profile(image_of(colour_map.T[numbers[..., 0]]), profile)
    numbers = numbers[..., list(kind.kept)] if numbers.shape[2] > len(kind.kept) else numbers
    return with_profile(_meaning(numbers, directory, kind, profile is not None), profile)


def stored_numbers(descriptor: int, directory: TiffDirectory, kind: TiffKind) -> pyvips.Image | None:
    """Return a picture with the numbers as they are stored, to be read by people; None where those mean nothing."""
    if kind.photometric in _LAB or kind.photometric in (Photometric.PALETTE, Photometric.YCBCR):
        return None
    numbers, _, _ = _numbers(descriptor, directory)
    module = vips()
    if numbers.dtype.str.lstrip("<>=|") not in ("u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"):
        numbers = numbers.astype("f8")
    space = "cmyk" if kind.photometric is Photometric.INKS else "b-w" if len(kind.kept) <= 2 else "srgb"
    made: pyvips.Image = module.Image.new_from_array(numbers[..., list(kind.kept)].copy(), interpretation=space)
    return made


def _numbers(descriptor: int, directory: TiffDirectory) -> tuple[NDArray[Any], bytes | None, NDArray[Any] | None]:
    """Return the numbers as height × width × channels, the profile and the palette."""
    import numpy as np
    import tifffile

    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        try:
            with tifffile.TiffFile(stream, name="picture") as file:
                file.filehandle.seek(directory.place)
                found: Any = tifffile.TiffPage(file, 0)
                if directory.lacks_counts:
                    found.dataoffsets, found.databytecounts = zip(*directory.segments, strict=True)
                numbers: NDArray[Any] = found.asarray()
                planes = found.planarconfig == 2 and numbers.ndim == 3
                profile = found.iccprofile
                colours = found.colormap
        except Exception as error:
            raise damaged(f"{type(error).__name__}: {error}") from error
    if planes:
        numbers = np.moveaxis(numbers, 0, -1)
    if numbers.ndim == 2:
        numbers = numbers[..., np.newaxis]
    return numbers, profile, colours


def _meaning(numbers: NDArray[Any], directory: TiffDirectory, kind: TiffKind, has_profile: bool) -> pyvips.Image:
    """Return the picture that the numbers mean."""
    import numpy as np

    if kind.photometric in _LAB:
        return _lab(numbers, directory, kind)
    colours = len(kind.kept) - kind.has_alpha
    if kind.samples is SampleKind.PLAIN:
        made = spread(numbers.astype(np.uint8) if numbers.dtype == bool else numbers, kind.bits)
        black, white = 0.0, 0.0
    else:
        stated = _stated(directory)
        black, white = bounds(numbers[..., :colours], kind.samples, stated)
        made = to_16_bits(numbers, black, white)
        if kind.has_alpha:
            full = 1.0 if kind.samples is SampleKind.FLOAT and white <= 1.0 else white
            made[..., -1:] = to_16_bits(numbers[..., -1:], 0.0, full)
    if kind.photometric is Photometric.WHITE_IS_ZERO:
        made[..., 0] = np.iinfo(made.dtype).max - made[..., 0]
    image = image_of(made, inks=kind.photometric is Photometric.INKS)
    # Floats from 0 to 1 without a profile are linear light, as is usual in TIFF.
    if kind.samples is SampleKind.FLOAT and (black, white) == (0.0, 1.0) and not has_profile and colours in (1, 3):
        image = from_linear(image, colours)
    if kind.is_associated:
        space = image.interpretation
        image = image.unpremultiply(max_alpha=65_535 if made.dtype == np.uint16 else 255).cast(image.format)
        image = image.copy(interpretation=space)
    return image


def _stated(directory: TiffDirectory) -> tuple[float, float] | None:
    low, high = directory.numbers(Tag.SMALLEST), directory.numbers(Tag.LARGEST)
    return (min(low), max(high)) if low and high else None


def _lab(numbers: Any, directory: TiffDirectory, kind: TiffKind) -> pyvips.Image:
    """Return CIE L*a*b* (TIFF 6.0, section 23; Adobe's and ITU's kinds, technical notes of 1998) as sRGB."""
    import numpy as np

    deep = numbers.dtype.itemsize == 2
    stated = directory.numbers(Tag.WHITE_POINT)
    white = (stated[0], stated[1]) if len(stated) == 2 and stated[1] > 0 else D50
    if kind.samples is SampleKind.FLOAT and kind.photometric is Photometric.CIELAB:
        # libvips writes these: under its own white, which is that of sRGB, and it does not say so.
        return from_lab(numbers.astype(np.float32), white if stated else BT709.white, deep=True)
    if numbers.dtype.itemsize > 2 or kind.bits not in (8, 16) or kind.photometric is Photometric.ITULAB:
        from topazdesk.media.opening import unsupported

        raise unsupported("TIFF", say("Lab colours of a rare kind ({bits} bits)", bits=kind.bits))
    values = np.empty((*numbers.shape[:2], 3), np.float32)
    if kind.photometric is Photometric.CIELAB:  # a and b with a sign
        values[..., 0] = numbers[..., 0].view(np.uint16 if deep else np.uint8) * (100 / (65_535 if deep else 255))
        signed = numbers[..., 1:3].view(np.int16 if deep else np.int8)
        values[..., 1:] = signed / (256.0 if deep else 1.0)
    else:  # a and b moved by half of their range; 16 bits: 0xff00 is 100
        values[..., 0] = numbers[..., 0] * (100 / (65_280 if deep else 255))
        values[..., 1:] = (numbers[..., 1:3].astype(np.float32) - (32_768 if deep else 128)) / (256.0 if deep else 1.0)
    return from_lab(values, white, deep=deep)


def _by_libtiff(descriptor: int, page: int) -> Any:
    """Return a picture in YCbCr, which Pillow's libtiff converts."""
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        try:
            with pillow().open(stream, formats=("TIFF",)) as source:
                source.seek(page)
                kept = source.convert("RGB")
                profile = source.info.get("icc_profile")
        except Exception as error:
            raise damaged(f"{type(error).__name__}: {error}") from error
    import numpy as np

    return with_profile(image_of(np.asarray(kept)), profile)
