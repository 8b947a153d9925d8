"""Make the small preview inside a JPEG's EXIF, of the result itself."""

from __future__ import annotations

from pathlib import Path

from topazdesk.media.limits import vips
from topazdesk.media.opening import opened

#: The size that the EXIF standard (DCF) names for previews.
_WIDTH, _HEIGHT = 160, 120


def thumbnail(path: Path) -> bytes:
    """Return a JPEG of at most 160 × 120 pixels, or b"" when the picture cannot be decoded."""
    try:
        with opened(path) as descriptor:
            source = vips().Source.new_from_descriptor(descriptor)
            small = vips().Image.thumbnail_source(source, _WIDTH, height=_HEIGHT, size="down", no_rotate=True)
            data: bytes = small.jpegsave_buffer(Q=80, keep="none")
    except vips().Error:
        return b""
    return data
