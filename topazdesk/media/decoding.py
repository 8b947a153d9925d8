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
    """sRGB (8 or 16 bit, alpha kept) of a picture that is neither grey nor RGB: CMYK by its own profile, Lab, float."""
    deep = image.format not in ("uchar", "char")
    if image.interpretation == "cmyk":
        # The built-in CMYK profile stands in only where the file brings none.
        converted: pyvips.Image = image.icc_transform(
            "srgb", embedded=True, input_profile="cmyk", depth=16 if deep else 8
        )
        return converted
    rgb: pyvips.Image = image.colourspace("rgb16" if deep else "srgb")
    return rgb


def is_plain(image: pyvips.Image) -> bool:
    """Whether the picture is 8- or 16-bit grey or RGB, as every reader of PNG understands it."""
    return image.format in ("uchar", "ushort") and image.interpretation in _PLAIN


_PLAIN = ("b-w", "grey16", "srgb", "rgb", "rgb16")


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
