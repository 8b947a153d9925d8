"""Tell profiles that only say sRGB from those that mean other colours."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from topazdesk.media import icc
from topazdesk.media.limits import vips
from topazdesk.media.raster import to_display

if TYPE_CHECKING:
    import pyvips

_STEPS = (0, 32, 64, 96, 128, 160, 192, 224, 255)
#: Rounding alone may move a colour by this much.
_MOST = 1


def is_srgb(image: pyvips.Image) -> bool:
    """Tell whether an RGB picture may be shown as it is: its profile, if it has one, changes no colour.

    Most cameras and programs embed a profile of sRGB; to apply it to 24 MP takes longer than to decode them.
    """
    profile = icc.profile_in(image)
    return profile is None or _changes_nothing(profile)


@lru_cache(maxsize=16)
def _changes_nothing(profile: bytes) -> bool:
    colours = bytes(value for colour in product(_STEPS, repeat=3) for value in colour)
    sample = vips().Image.new_from_memory(colours, len(colours) // 3, 1, 3, "uchar").copy(interpretation="srgb")
    try:
        shown = to_display(icc.with_profile(sample, profile)).write_to_memory()
    except vips().Error:
        return False
    return all(abs(was - now) <= _MOST for was, now in zip(colours, bytes(shown), strict=True))
