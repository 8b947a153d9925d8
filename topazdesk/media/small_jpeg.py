"""Makes a small JPEG of a picture for a sheet or a report: upright, in sRGB, on white. Blocking."""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.errors import InputError
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened
from topazdesk.media.probe import read_header
from topazdesk.media.raster import to_display
from topazdesk.media.thumbnail import scaled


def small_jpeg(path: Path, box: Size, quality: int = 82) -> tuple[bytes, Size] | None:
    """Return the picture as large as fits into `box`, and its size; None if it cannot be read."""
    try:
        with opened(path) as descriptor:
            image = to_display(scaled(descriptor, read_header(descriptor, path), box))
            if image.bands == 4:
                image = image.flatten(background=255)
            data: bytes = image.jpegsave_buffer(Q=quality, keep="none")
    except (InputError, OSError, vips().Error):
        return None
    return data, Size(image.width, image.height)
