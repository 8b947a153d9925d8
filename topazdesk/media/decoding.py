"""From an open file to an upright libvips picture, for every format that `probe` accepts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.media import optional
from topazdesk.media.limits import pillow, vips
from topazdesk.media.opening import damaged, pixels

if TYPE_CHECKING:
    import pyvips

#: Orientations that can be undone row by row; the others need the picture as a whole (in memory, or spilled to the disk).
_BY_ROWS = (1, 2)


def upright(descriptor: int, info: ImageInfo, *, any_order: bool = False) -> pyvips.Image:
    """The first page of the picture, turned upright, decoded lazily; faults in the data raise `pyvips.Error` when read.

    Keeps depth, bands, colour space and profile as they are in the file. To be read once from top to bottom, unless
    `any_order`: then it is decoded at once, into memory or, when large, into a temporary file.
    Raises InputError and pyvips.Error.
    """
    if info.format in optional.READERS:
        return optional.decode(descriptor, info.format)
    if info.format is FileFormat.BMP:
        return _bmp(descriptor)
    access = "sequential" if info.orientation in _BY_ROWS and not any_order else "random"
    image = pixels(descriptor, access=access, fail_on="error")
    return image if info.orientation == 1 else image.autorot()


def to_rgb(image: pyvips.Image) -> pyvips.Image:
    """sRGB (8 or 16 bit, alpha kept) of a picture that is not plain: CMYK by its own profile, Lab, floats (taken as
    linear light, 0 to 1, as usual in TIFF), and pictures with several channels beyond colour, which are dropped."""
    if is_signed(image) and image.interpretation in _PLAIN:
        # Whole numbers with a sign: black is 0, and white the largest. libvips would take a half of the range for all of it.
        scaled = (image * (65_535 / _SIGNED[str(image.format)]) + 0.5).cast("ushort")
        image = scaled.copy(interpretation="grey16" if image.bands <= 2 else "rgb16")
    deep = image.format not in ("uchar", "char")
    if image.interpretation == "cmyk":
        # The built-in CMYK profile stands in only where the file brings none.
        inks = image[0:5] if image.bands > 5 else image
        # In the manner in which pictures are shown: else the result would be another picture than the original beside it.
        converted: pyvips.Image = inks.icc_transform(
            "srgb",
            embedded=True,
            input_profile="cmyk",
            intent="relative",
            black_point_compensation=True,
            depth=16 if deep else 8,
        )
        return converted
    if image.interpretation in _PLAIN:
        grey = image.interpretation in ("b-w", "grey16")
        if image.format in ("float", "double"):
            light = image[0].bandjoin([image[0]] * 2) if grey else image[0:3]  # type: ignore[arg-type]
            linear: pyvips.Image = light.copy(interpretation="scrgb").colourspace("rgb16")
            return linear
        if image.bands > (2 if grey else 4):
            # Saved selections and the like: which of them would be the transparency cannot be told.
            image = image[0:1] if grey else image[0:3]
        if is_plain(image):
            return image
    rgb: pyvips.Image = image.colourspace("rgb16" if deep else "srgb")
    return rgb


def is_signed(image: pyvips.Image) -> bool:
    """Whether the picture is of whole numbers with a sign."""
    return image.format in _SIGNED


def is_plain(image: pyvips.Image) -> bool:
    """Whether the picture is 8- or 16-bit grey or RGB with or without alpha, as every reader of PNG understands it."""
    return image.format in ("uchar", "ushort") and image.bands <= _PLAIN.get(str(image.interpretation), 0)


#: Depths with a sign, and their largest numbers.
_SIGNED = {"char": 127, "short": 32_767, "int": 2_147_483_647}
#: Interpretations of libvips, and the bands that they have with alpha.
_PLAIN = {"b-w": 2, "grey16": 2, "srgb": 4, "rgb": 4, "rgb16": 4}


def _bmp(descriptor: int) -> pyvips.Image:
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        try:
            with pillow().open(stream, formats=("BMP",)) as source:
                kept = source.convert("RGBA" if source.mode == "RGBA" else "RGB")
        except (OSError, ValueError, SyntaxError) as error:
            raise damaged(f"{type(error).__name__}: {error}") from error
    memory = kept.tobytes()
    image = vips().Image.new_from_memory(memory, kept.width, kept.height, len(kept.getbands()), "uchar")
    plain: pyvips.Image = image.copy(interpretation="srgb")
    return plain
