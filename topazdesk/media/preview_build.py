"""Make a preview of a very large PNG that has none yet, in a worker process, while its pyramid is being built.

For 683 MP the preview is ready in half the time that the pyramid takes. It is cached like the previews of results.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from topazdesk.domain.image import FileFormat
from topazdesk.errors import TopazdeskError
from topazdesk.media import previews
from topazdesk.media.colour_facts import coloured
from topazdesk.media.limits import vips
from topazdesk.media.opening import opened, pixels
from topazdesk.media.probe import read_header
from topazdesk.media.tilecache import TileCache
from topazdesk.media.workers import CancelledError, shared

_log = logging.getLogger(__name__)


def ask(path: Path, cache: TileCache, cancelled: Callable[[], bool]) -> bool:
    """Have a worker process make the preview; return whether it did. Blocks for some seconds.

    `cancelled` is called 20 times a second. Never raises: building the pyramid reports what is wrong with the file.
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
    """Make the preview and store it in `cache`. Runs in the worker process.

    Raises InputError and OSError; damage in the pixels is only logged.
    """
    with opened(path) as descriptor:
        info = read_header(descriptor, path)
        factor = previews.factor_for(info)
        try:
            image = pixels(descriptor, access="sequential", fail_on="error")
            small = coloured(image.shrink(factor, factor, ceil=True).copy_memory(), descriptor, info)
        except vips().Error as error:
            _log.info("no preview of a large picture: %s", error)
            return
        previews.keep(descriptor, cache, small)
