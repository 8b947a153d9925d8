"""Compare two files pixel by pixel: what was added to one of them must not have changed the picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.image import FileFormat
from topazdesk.media.icc import profile_in
from topazdesk.media.limits import vips
from topazdesk.media.metadata.coded_pixels import coded_alike
from topazdesk.media.opening import opened, pixels

if TYPE_CHECKING:
    import pyvips


def have_same_pixels(one: Path, other: Path, image_format: FileFormat | None = None) -> bool:
    """Return whether both decode in full to the same numbers, of one kind, under the same colour profile.

    With a format, both are of it, and where their coded pixels are equal they need not be decoded. Raises InputError
    when one cannot be opened. Memory stays bounded: both are read or decoded in strips.
    """
    with opened(one) as first, opened(other) as second:
        try:
            left, right = (pixels(each, access="sequential", fail_on="error") for each in (first, second))
            if _kind(left) != _kind(right):
                return False
            if image_format is not None and coded_alike(first, second, image_format):
                return True
            different: pyvips.Image = left.relational(right, "noteq")
            return bool(different.max() == 0)
        except vips().Error:
            return False


def _kind(image: pyvips.Image) -> tuple[object, ...]:
    return image.width, image.height, image.bands, image.format, image.interpretation, profile_in(image)
