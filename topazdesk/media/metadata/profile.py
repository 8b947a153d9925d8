"""Tell whether the colour profile of a file is sRGB, by the name that it carries."""

from __future__ import annotations

from pathlib import Path

from topazdesk.media.icc import profile_in
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened, pixels


def is_srgb(path: Path) -> bool:
    """Return whether the file's profile calls itself sRGB. Raises InputError."""
    with opened(path) as descriptor:
        try:
            profile = profile_in(pixels(descriptor)) or b""
        except vips().Error:
            return False
    # Descriptions are ASCII in profiles of version 2, UTF-16 in those of version 4.
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile
