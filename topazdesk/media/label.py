"""Write a copy of a result with a caption below the picture that says how it was made. Runs in a worker process.

The picture itself is not covered: the strip is added below it. Metadata and profile come over.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.image import FileFormat
from topazdesk.media import resolution
from topazdesk.media.decoding import is_plain, to_rgb, upright
from topazdesk.media.limits import vips
from topazdesk.media.metadata import density
from topazdesk.media.metadata.library import exiv2, why
from topazdesk.media.opening import damaged, opened
from topazdesk.media.probe import read_header
from topazdesk.media.proportions import to_size
from topazdesk.media.writing import save_new

if TYPE_CHECKING:
    import pyvips

#: Height of the strip as a part of the picture's shorter side, and in pixels at least.
_SHARE, _LEAST_PX = 0.065, 18
#: Size of the letters and the margin before them, as parts of the strip's height.
_LETTERS, _MARGIN = 0.58, 0.45
_GROUND, _INK = 255, 28


def write_labelled(source: Path, target: Path, text: str, encoding: Encoding = USUAL) -> None:
    """Write `target`, in the format of `source`, at its full depth. Blocking. Raises InputError, ComputerError."""
    with opened(source) as descriptor:
        info = read_header(descriptor, source)
        try:
            image = upright(descriptor, info)
            if not is_plain(image):
                image = to_rgb(image)
            labelled = resolution.stating(image, info).join(
                _strip(image, text, info.grid), "vertical", expand=True, background=[_GROUND]
            )
            save_new(labelled, target, info.format, keep="all", encoding=encoding)
            if info.dpi is None:
                _state_no_unit(target, info.format, density.density_without_unit(info.grid))
        except vips().Error as error:
            raise damaged(str(error)) from error


def _state_no_unit(path: Path, image_format: FileFormat, stated: density.Density | None) -> None:
    """Take out the resolution that the encoder invents for a picture that states none; leave proportions.

    Raises OSError.
    """
    if image_format is not FileFormat.TIFF:
        library, before = exiv2(), Path.cwd()
        os.chdir(path.parent)  # a worker process of its own; exiv2 does not take every name of a folder
        try:
            file = library.ImageFactory.open(path.name)
            file.readMetadata()
            density.put_in_exif(file.exifData(), stated)
            file.writeMetadata()
        except library.Exiv2Error as error:
            raise damaged(why(error)) from error
        finally:
            os.chdir(before)
    if image_format is FileFormat.JPEG:
        with path.open("rb+") as head:
            start = head.read(20)
            if density.is_jfif(start[3], start[6:]):
                head.seek(6)
                head.write(density.jfif(start[6:20], stated))
    else:
        resolution.without_unit(path, image_format)


def _strip(image: pyvips.Image, text: str, grid: PixelGrid) -> pyvips.Image:
    """Return the caption, as wide as the picture and in its kind of pixels, whose `grid` gives letters their shape."""
    from PIL import Image, ImageDraw, ImageFont

    shown = grid.shown
    height = max(_LEAST_PX, round(_SHARE * min(shown.width, shown.height)))
    letters = max(8.0, _LETTERS * height)
    margin = round(_MARGIN * height)
    room = max(1, shown.width - 2 * min(margin, shown.width // 20))
    font = ImageFont.load_default(letters)
    wide = font.getlength(text)
    if wide > room:
        font = ImageFont.load_default(max(4.0, letters * room / wide))
        margin = (shown.width - room) // 2
    drawn = Image.new("L", (shown.width, height), _GROUND)
    ImageDraw.Draw(drawn).text((margin, height / 2), text, _INK, font, anchor="lm")
    strip = vips().Image.new_from_memory(drawn.tobytes(), shown.width, height, 1, "uchar")
    if not grid.is_square:
        strip = to_size(strip, Size(image.width, max(1, round(height * image.height / shown.height))))
    has_alpha = image.hasalpha()
    colours = image.bands - has_alpha
    if colours > 1:
        strip = strip.bandjoin([strip] * (colours - 1))
    if has_alpha:
        strip = strip.bandjoin(255)
    if image.format == "ushort":
        strip = (strip * 257).cast("ushort")
    result: pyvips.Image = strip.copy(interpretation=image.interpretation)
    return result
