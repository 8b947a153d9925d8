"""Compare two files pixel by pixel: what was added to one of them must not have changed the picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.media.icc import profile_in
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened, pixels

if TYPE_CHECKING:
    import pyvips


def have_same_pixels(one: Path, other: Path) -> bool:
    """Return whether both decode in full to the same numbers, of one kind, under the same colour profile.

    Raises InputError when one cannot be opened. Memory stays bounded: both are decoded in strips.
    """
    with opened(one) as first, opened(other) as second:
        try:
            left, right = (pixels(each, access="sequential", fail_on="error") for each in (first, second))
            if _kind(left) != _kind(right):
                return False
            different: pyvips.Image = left.relational(right, "noteq")
            return bool(different.max() == 0)
        except vips().Error:
            return False


def _kind(image: pyvips.Image) -> tuple[object, ...]:
    return image.width, image.height, image.bands, image.format, image.interpretation, profile_in(image)
