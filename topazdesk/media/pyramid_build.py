"""Building pyramids: once per file however many ask, in a worker process, and only for as long as somebody waits."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path

from topazdesk.domain.image import ImageInfo
from topazdesk.errors import TopazdeskError
from topazdesk.media.pyramid_file import bytes_needed, is_plain
from topazdesk.media.tilecache import TileCache, cache_unusable
from topazdesk.media.workers import CancelledError, shared

_ASK_S = 0.05
_END_S = 2.0
_numbers = itertools.count()
_lock = threading.Lock()


class _Build:
    """One build; `waiting` counts those who want it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.over = threading.Event()
        self.error: TopazdeskError | CancelledError | None = None


_under_way: dict[Path, _Build] = {}


def build(
    path: Path, info: ImageInfo, file: Path, cache: TileCache, cancelled: Callable[[], bool] | None = None
) -> None:
    """Write the pyramid of the picture at `path` to `file`, or wait for whoever does so already.

    `cancelled` is asked 20 times a second. Raises InputError, ComputerError, CancelledError.
    """
    gave_up = cancelled or (lambda: False)
    with _lock:
        job = _under_way.get(file)
        if job is None or job.waiting == 0:  # one that all have left is being killed
            job = _under_way[file] = _Build()
            threading.Thread(
                target=_run, args=(job, path, info, file, cache), name="pyramid-build", daemon=True
            ).start()
        job.waiting += 1
    try:
        while not job.over.wait(_ASK_S):
            if gave_up():
                raise CancelledError
    finally:
        with _lock:
            job.waiting -= 1
            last = job.waiting == 0
        if last:
            job.over.wait(_END_S)  # so that nothing of it is left when the caller goes on
    if job.error is not None:
        raise job.error


def _run(job: _Build, path: Path, info: ImageInfo, file: Path, cache: TileCache) -> None:
    try:
        _write(job, path, info, file, cache)
    except (TopazdeskError, CancelledError) as error:
        job.error = error
    finally:
        with _lock:
            if _under_way.get(file) is job:
                del _under_way[file]
        job.over.set()


def _write(job: _Build, path: Path, info: ImageInfo, file: Path, cache: TileCache) -> None:
    plain = is_plain(info.size)
    cache.prepare(bytes_needed(info.size, has_alpha=info.has_alpha))
    part = file.with_name(f"{file.stem}.{os.getpid()}-{next(_numbers)}.part")
    order = {"job": "pyramid", "source": str(path), "part": str(part), "plain": plain, "large": not plain}
    try:
        shared.run(order, lambda: job.waiting == 0)
        part.replace(file)
    except OSError as error:
        raise cache_unusable(error) from error
    finally:
        # Levels that are not put together yet lie beside it under names of libvips' own.
        for left in file.parent.glob(f"{part.name}*"):
            left.unlink(missing_ok=True)
    cache.trim(keep=file)
