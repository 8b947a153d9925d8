"""Read GIFs whose frames do not cover their canvas: what lies around them is transparent, and libvips says black."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ColourSpace, FileFormat
from topazdesk.media.byte_ranges import of_descriptor
from topazdesk.media.facts import Facts
from topazdesk.media.frame_canvas import painted, unpainted_clear
from topazdesk.media.gif_blocks import frames
from topazdesk.media.opening import pixels
from topazdesk.media.pillow_reader import gif_fault
from topazdesk.media.soundness import partly_damaged

if TYPE_CHECKING:
    import pyvips


def header(descriptor: int, _format: FileFormat, page: int = 0) -> Facts:
    """Return header facts without decoding."""
    image = pixels(descriptor, page)
    pages: Any = image.get("n-pages") if image.get_typeof("n-pages") else 1
    grey = image.bands <= 2
    return Facts(
        Size(image.width, image.height),
        8,
        2 if grey else 4,
        has_alpha=True,
        pages=max(1, int(pages)),
        space=ColourSpace.GREY if grey else ColourSpace.RGB,
    )


def decode(descriptor: int, _format: FileFormat, page: int = 0) -> pyvips.Image:
    """Return a frame on its canvas, in memory. Raises InputError."""
    if told := gif_fault(descriptor, page):
        raise partly_damaged(1.0, told)
    image = pixels(descriptor, page, fail_on="error")
    bare = painted(frames(of_descriptor(descriptor), page), Size(image.width, image.height))
    return image if bare is None else unpainted_clear(image, bare)
