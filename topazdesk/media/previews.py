"""Small pictures of very large results, made while they are verified: then every pixel is decoded anyway.

A PNG of 683 MP has no short way to its first pixels; with its preview the viewer shows it at once. Kept beside the pyramids, by
what a file is and not where: it gets its name only after it was verified.
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

#: Smaller files show their first pixels within half a second without any.
_FROM_PIXELS = 40_000_000
#: Long edge of a preview: enough for a window of 1920 × 1080.
_EDGE = 2_560
_QUALITY = 90
_BYTES = 4_000_000


def factor_for(info: ImageInfo) -> int:
    """By how much a result is made smaller for its preview; 0 where it needs none, or can have none."""
    if info.size.pixels < _FROM_PIXELS or info.has_alpha:
        return 0
    return max(2, -(-info.size.long_edge // _EDGE))


def keep(descriptor: int, cache: TileCache, small: Any) -> None:
    """Write the preview of an open file. `small` is the picture made smaller, as stored. Never fails: it is a convenience."""
    module = vips()
    try:
        data: bytes = to_display(small.autorot()).jpegsave_buffer(Q=_QUALITY, subsample_mode="off", keep="none")
        place = _place(descriptor, cache)
        cache.prepare(_BYTES)
        private_file.write(place, data)
    except (OSError, ComputerError, module.Error) as error:
        _log.info("no preview of a large result: %s", error)


def find(descriptor: int, cache: TileCache, box: Size) -> Any | None:
    """The preview of an open file, sRGB, at most as large as `box`; None without one."""
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
    word = b"%d %d %d %d" % (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
    return cache.folder / f"{hashlib.sha256(word).hexdigest()[:40]}{PREVIEW_SUFFIX}"
