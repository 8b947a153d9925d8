"""Write a picture in another format, its pixels as they are as far as the format can hold them. In a worker process.

The colour profile comes over; other metadata is a matter of `media.metadata`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.image import FileFormat
from topazdesk.language import say
from topazdesk.media import resolution
from topazdesk.media.decoding import is_plain, to_rgb, upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened
from topazdesk.media.probe import read_header
from topazdesk.media.writing import save_new

if TYPE_CHECKING:
    import pyvips

_WHITE = 255.0


def write_as(source: Path, target: Path, image_format: FileFormat, encoding: Encoding = USUAL) -> tuple[str, ...]:
    """Write `target`; return what the format could not hold, a sentence each without a full stop. Blocking.

    Raises InputError, ComputerError.
    """
    with opened(source) as descriptor:
        info = read_header(descriptor, source)
        try:
            image, lost = upright(descriptor, info), tuple[str, ...]()
            if not is_plain(image):
                image = to_rgb(image)
            if image_format is FileFormat.JPEG:
                image, lost = _for_jpeg(image)
            save_new(resolution.stating(image, info), target, image_format, encoding=encoding)
        except vips().Error as error:
            raise damaged(str(error)) from error
    if info.dpi is None and image_format is not FileFormat.JPEG:
        resolution.without_unit(target, image_format)
    return lost


def _for_jpeg(image: pyvips.Image) -> tuple[pyvips.Image, tuple[str, ...]]:
    """Return the picture with 8 bits and without transparency, and what that cost."""
    lost = []
    if image.format == "ushort":
        image = image.linear([1 / 257], [0.5], uchar=True).copy(interpretation="b-w" if image.bands < 3 else "srgb")
        lost.append(say("8 bits a channel: JPEG holds no more"))
    if image.hasalpha():
        image = image.flatten(background=[_WHITE])
        lost.append(say("transparent parts are white: JPEG has no transparency"))
    return image, tuple(lost)
