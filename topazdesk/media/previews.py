"""Cache small previews of very large results, made while a result is verified and every pixel is decoded anyway.

A PNG cannot be decoded at reduced size, so the first pixels of 683 MP would take long; with a preview the viewer shows
them at once. Previews lie beside the pyramids and are found by inode, size and time instead of the path, because a
result gets its final name only after it was verified.
"""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import Any

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_file
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.errors import ComputerError
from topazdesk.media.limits import vips
from topazdesk.media.raster import to_display
from topazdesk.media.tilecache import PREVIEW_SUFFIX, TileCache

_log = logging.getLogger(__name__)

#: Smaller files show their first pixels within half a second without a preview.
_FROM_PIXELS = 40_000_000
#: Long edge of a preview in pixels: enough for a window of 1920 × 1080.
_EDGE = 2_560
_QUALITY = 90
_BYTES = 4_000_000


def factor_for(info: ImageInfo) -> int:
    """Return the factor by which a result is shrunk for its preview; 0 when it needs none or has alpha."""
    if info.size.pixels < _FROM_PIXELS or info.has_alpha:
        return 0
    return max(2, -(-info.size.long_edge // _EDGE))


def keep(descriptor: int, cache: TileCache, small: Any) -> None:
    """Write the preview of an open file. Errors are only logged: a preview is a convenience.

    `small` is the shrunk picture, not yet turned upright.
    """
    module = vips()
    try:
        data: bytes = to_display(small.autorot()).jpegsave_buffer(Q=_QUALITY, subsample_mode="off", keep="none")
        place = _place(descriptor, cache)
        cache.prepare(_BYTES)
        private_file.write(place, data)
    except (OSError, ComputerError, module.Error) as error:
        _log.info("no preview of a large result: %s", error)


def find(descriptor: int, cache: TileCache, box: Size) -> Any | None:
    """Return the preview of an open file in sRGB, at most as large as `box`, or None."""
    try:
        place = _place(descriptor, cache)
        data = read_file(place, 4 * _BYTES)
        small = vips().Image.thumbnail_buffer(data, box.width, height=box.height, size="down").copy_memory()
    except (OSError, ValueError, vips().Error):
        return None
    cache.touch(place)
    return small


def _place(descriptor: int, cache: TileCache) -> Path:
    state = os.fstat(descriptor)
    key = b"%d %d %d %d" % (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
    return cache.folder / f"{hashlib.sha256(key).hexdigest()[:40]}{PREVIEW_SUFFIX}"
