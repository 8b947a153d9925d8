"""Have a worker process build pyramids: once per file however many callers ask, and only while one of them waits."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from topazdesk.domain.image import ImageInfo
from topazdesk.errors import TopazdeskError
from topazdesk.media.opening import damaged
from topazdesk.media.pyramid_file import bytes_needed, is_plain
from topazdesk.media.pyramid_tiles import PyramidTiles
from topazdesk.media.tile_layout import TileLayout
from topazdesk.media.tile_packing import Packing
from topazdesk.media.tilecache import TileCache, cache_unusable
from topazdesk.media.workers import CancelledError, Tell, shared

_POLL_S = 0.05
_END_TIMEOUT_S = 2.0
_numbers = itertools.count()
_lock = threading.Lock()


#: Is given the tiles of a pyramid that is being built, as far as they are there, and the others as they come.
Begun = Callable[[PyramidTiles], None]


class _Build:
    """One build; `waiting` counts the callers that wait for it, and `tiles` are there once it has begun."""

    def __init__(self) -> None:
        self.waiting = 0
        self.begun = threading.Event()
        self.over = threading.Event()
        self.tiles: PyramidTiles | None = None
        self.error: TopazdeskError | CancelledError | None = None


_under_way: dict[Path, _Build] = {}


def build(
    path: Path,
    info: ImageInfo,
    file: Path,
    cache: TileCache,
    cancelled: Callable[[], bool] | None = None,
    begun: Begun | None = None,
) -> PyramidTiles:
    """Write the pyramid of the picture at `path` to `file`, or wait for a build of it that is already running.

    `cancelled` is called 20 times a second, `begun` at most once. Raises InputError, ComputerError, CancelledError.
    """
    is_cancelled = cancelled or (lambda: False)
    with _lock:
        job = _under_way.get(file)
        if job is None or job.waiting == 0:  # a build for which nobody waits is being killed
            job = _under_way[file] = _Build()
            threading.Thread(
                target=_run, args=(job, path, info, file, cache), name="pyramid-build", daemon=True
            ).start()
        job.waiting += 1
    try:
        while not job.begun.wait(_POLL_S):
            if is_cancelled():
                raise CancelledError
        if begun is not None and job.tiles is not None:
            begun(job.tiles)
        while not job.over.wait(_POLL_S):
            if is_cancelled():
                raise CancelledError
    finally:
        with _lock:
            job.waiting -= 1
            last = job.waiting == 0
        if last:
            job.over.wait(_END_TIMEOUT_S)  # so that its files are gone when the caller continues
    if job.error is not None:
        raise job.error
    if job.tiles is None:
        raise damaged("the pyramid cannot be read back")
    return job.tiles


def _run(job: _Build, path: Path, info: ImageInfo, file: Path, cache: TileCache) -> None:
    try:
        _write(job, path, info, file, cache)
    except (TopazdeskError, CancelledError) as error:
        job.error = error
    finally:
        with _lock:
            if _under_way.get(file) is job:
                del _under_way[file]
        job.begun.set()
        job.over.set()


def _write(job: _Build, path: Path, info: ImageInfo, file: Path, cache: TileCache) -> None:
    plain = is_plain(info.grid.shown)
    cache.prepare(bytes_needed(info.grid.shown, has_alpha=info.has_alpha))
    part = file.with_name(f"{file.stem}.{os.getpid()}-{next(_numbers)}.part")
    order = {"job": "pyramid", "source": str(path), "page": info.page, "part": str(part)}
    order |= {"plain": plain, "large": not plain}

    def hear(news: dict[str, Any], tell: Tell) -> None:
        if "packing" in news:
            if job.tiles is None:
                job.tiles = PyramidTiles(part, TileLayout(info.grid.shown), Packing(news["packing"]), news["bands"])
            job.tiles.begin(lambda strips: tell({"wanted": strips}))
            job.begun.set()
        elif job.tiles is not None:
            job.tiles.add(int(news["strip"]), (int(news["at"]), tuple(news["counts"])))

    try:
        shared.run(order, lambda: job.waiting == 0, hear)
        if job.tiles is not None:
            job.tiles.move(file)
    except OSError as error:
        raise cache_unusable(error) from error
    except ValueError as error:
        raise damaged(str(error)) from error
    finally:
        if job.tiles is not None and not job.tiles.is_whole:
            job.tiles.give_up()
        part.unlink(missing_ok=True)
    cache.trim(keep=file)
