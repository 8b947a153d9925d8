"""Headers of many files, read in a process of its own: what Python computes for them there does not hold up the window.

One header costs a quarter of a millisecond of Python. Read by threads of the window's process, ten thousand of them took its
lock away from the window for seconds; they pass through a pipe as a few numbers each.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.errors import ComputerError, InputError
from topazdesk.media.opening import damaged
from topazdesk.media.workers import Worker

_log = logging.getLogger(__name__)

#: So many files are worth processes; each is given so many at once. Fewer are read by threads, for slow drives.
_MANY = 400
_PORTION = 200
_THREADS = 4

#: What a header is, or why the file is not taken.
Found = ImageInfo | InputError


def read(paths: Sequence[Path]) -> list[Found]:
    """The headers of these files, in their order, read in this process. Blocking."""
    from topazdesk.media.probe import probe

    found: list[Found] = []
    for path in paths:
        try:
            found.append(probe(path))
        except InputError as error:
            found.append(error)
    return found


def read_all(paths: Sequence[Path], *, is_wanted: Callable[[], bool] = lambda: True) -> list[Found]:
    """The headers of any number of files, in their order: many of them by a process for each processor. Blocking.

    Ends early, with a shorter answer, once `is_wanted` says no.
    """
    is_many = len(paths) >= _MANY
    count = (os.cpu_count() or 2) if is_many else _THREADS
    portion = _PORTION if is_many else 1
    found: list[Found] = []
    with HeaderProcesses() as processes, ThreadPoolExecutor(count, "headers") as pool:
        reading: deque[Future[list[Found]]] = deque()
        for first in range(0, len(paths), portion):
            if not is_wanted():
                break
            part = paths[first : first + portion]
            reading.append(pool.submit(processes.read if is_many else read, part))
            if len(reading) > 2 * count:
                found += reading.popleft().result()
        while reading and is_wanted():
            found += reading.popleft().result()
        pool.shutdown(cancel_futures=True)
    return found


class HeaderProcesses:
    """A process for each thread that reads."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._all: list[HeaderProcess] = []

    def __enter__(self) -> HeaderProcesses:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._all:
            process.close()

    def read(self, paths: Sequence[Path]) -> list[Found]:
        """As the function `read`, by this thread's process."""
        if not hasattr(self._own, "process"):
            self._own.process = HeaderProcess()
            self._all.append(self._own.process)
        process: HeaderProcess = self._own.process
        return process.read(paths)


class HeaderProcess:
    """One process that reads headers, for one thread. Started by `start`; it leaves by itself when it has had nothing to do
    for a while, and is started anew then. Where no process can be had, the headers are read here.
    """

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._is_useless = False

    def start(self) -> bool:
        """Have the process start beside; returns whether it was there before (or cannot be had)."""
        if self._is_useless or (self._worker is not None and self._worker.is_alive):
            return True
        self.close()
        try:
            self._worker = Worker()
        except ComputerError as error:
            _log.warning("headers are read without a process of their own: %s", error.details)
            self._is_useless = True
        return False

    def read(self, paths: Sequence[Path]) -> list[Found]:
        """As the function `read`. A file that ends the process is refused as damaged."""
        answer = self._ask(paths)
        if answer is None and self._ask([]) is None:
            # Not the fault of a file: it does not work at all.
            self._is_useless = True
            return read(paths)
        if answer is not None:
            return answer
        if len(paths) > 1:
            return [found for path in paths for found in self.read([path])]
        return [damaged("the process that read it ended")]

    def close(self) -> None:
        """End it. Idempotent."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _ask(self, paths: Sequence[Path]) -> list[Found] | None:
        self.start()
        if self._worker is None:
            return None
        line = self._worker.run({"job": "headers", "paths": [str(path) for path in paths]})
        if not line:
            self.close()
            return None
        rows = json.loads(line).get("ok", {}).get("rows")
        return None if rows is None else [_found(path, row) for path, row in zip(paths, rows, strict=True)]


def to_row(found: Found) -> list[Any]:
    """What goes through the pipe: eleven plain values for a header, four words for a refusal. The path is known."""
    if isinstance(found, InputError):
        return [found.title, found.hint, found.details, found.code]
    size = found.stored_size
    return [
        found.format.value, size.width, size.height, found.orientation, found.bits, found.bands, found.has_alpha,
        found.has_profile, found.pages, found.bytes_on_disk, found.mtime_ns,
    ]  # fmt: skip


def _found(path: Path, row: list[Any]) -> Found:
    if len(row) == 4:
        title, hint, details, code = row
        return InputError(title, hint, details=details, code=code)
    word, width, height, *facts = row
    return ImageInfo(path, FileFormat(word), Size(width, height), *facts)
