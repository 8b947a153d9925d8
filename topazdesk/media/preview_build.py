"""First pixels of a very large PNG that has no preview yet: decoded and made small by a worker process, beside its pyramid.

Of 683 MP they are there in half the time that the pyramid takes, and are kept as those of results are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from topazdesk.domain.image import FileFormat
from topazdesk.errors import TopazdeskError
from topazdesk.media import previews
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened, pixels
from topazdesk.media.probe import read_header
from topazdesk.media.tilecache import TileCache
from topazdesk.media.workers import CancelledError, shared

_log = logging.getLogger(__name__)


def ask(path: Path, cache: TileCache, cancelled: Callable[[], bool]) -> bool:
    """Whether a preview was made now. Blocking, some seconds; `cancelled` is asked 20 times a second. Never fails: what is
    wrong with the file is found by its pyramid.
    """
    try:
        with opened(path) as descriptor:
            info = read_header(descriptor, path)
        if info.format is not FileFormat.PNG or not previews.factor_for(info):
            return False
        shared.run({"job": "preview", "source": str(path), "cache": str(cache.folder), "large": True}, cancelled)
    except CancelledError:
        return False
    except (TopazdeskError, OSError) as error:
        _log.info("no preview of a large picture: %s", type(error).__name__)
        return False
    return True


def write(path: Path, cache: TileCache) -> None:
    """Make the preview and keep it in `cache`; in the worker process. Raises InputError, OSError; damage is no fault here."""
    with opened(path) as descriptor:
        factor = previews.factor_for(read_header(descriptor, path))
        try:
            image = pixels(descriptor, access="sequential", fail_on="error")
            small = image.shrink(factor, factor, ceil=True).copy_memory()
        except vips().Error as error:
            _log.info("no preview of a large picture: %s", error)
            return
        previews.keep(descriptor, cache, small)
