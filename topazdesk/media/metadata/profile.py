"""Tell whether the colour profile of a file is sRGB, by the name that it carries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.media.limits import vips
from topazdesk.media.opening import opened, pixels

if TYPE_CHECKING:
    import pyvips


def bytes_of(image: pyvips.Image) -> bytes:
    """Return the profile embedded in a picture, b"" if it has none."""
    found = image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else b""
    return found if isinstance(found, bytes) else b""


def is_srgb(path: Path) -> bool:
    """Return whether the file's profile calls itself sRGB. Raises InputError."""
    with opened(path) as descriptor:
        try:
            profile = bytes_of(pixels(descriptor))
        except vips().Error:
            return False
    # Descriptions are ASCII in profiles of version 2, UTF-16 in those of version 4.
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile
