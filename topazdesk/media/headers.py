"""Read the headers of many files in separate processes, so that the window stays responsive.

One header costs a quarter of a millisecond of Python. When threads of the window's process read ten thousand of them,
they held the interpreter lock for seconds. From a separate process a header comes back as a few numbers through a pipe.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import (
    ColourSpace,
    Companion,
    DeclaredColour,
    FileFormat,
    ImageInfo,
    PageKind,
    ProfileFault,
    SampleKind,
)
from topazdesk.domain.usage_rights import Reservation
from topazdesk.errors import ComputerError, InputError
from topazdesk.media.opening import damaged
from topazdesk.media.workers import Worker

_log = logging.getLogger(__name__)

#: From this many files on, processes are worth starting. Fewer are read by threads, several because drives can be slow.
_MANY = 400
#: Files that a process is given at a time.
_PORTION = 200
_THREADS = 4

#: The header facts of a file, or why it cannot be used.
Found = ImageInfo | InputError


def read(paths: Sequence[Path]) -> list[Found]:
    """Read the headers of these files in this process; one answer per path, in the same order. Blocking."""
    from topazdesk.media.probe import probe

    found: list[Found] = []
    for path in paths:
        try:
            found.append(probe(path))
        except InputError as error:
            found.append(error)
    return found


def read_pages(path: Path, pages: Sequence[int], *, is_wanted: Callable[[], bool] = lambda: True) -> list[Found]:
    """Read the headers of some pages of a file, each counted from 0, in this process. Blocking.

    Ends early, with a shorter list, once `is_wanted` returns False.
    """
    from topazdesk.media.probe import probe

    found: list[Found] = []
    for page in pages:
        if not is_wanted():
            break
        try:
            found.append(probe(path, page))
        except InputError as error:
            found.append(error)
    return found


def read_all(paths: Sequence[Path], *, is_wanted: Callable[[], bool] = lambda: True) -> list[Found]:
    """Read the headers of any number of files; one answer per path, in the same order. Blocking.

    Many files are spread over one process per processor. Ends early, with a shorter list, once `is_wanted` returns
    False.
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
    """One reading process per calling thread, started on first use."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._all: list[HeaderProcess] = []

    def __enter__(self) -> HeaderProcesses:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._all:
            process.close()

    def read(self, paths: Sequence[Path]) -> list[Found]:
        """Do what the function `read` does, in this thread's process."""
        if not hasattr(self._own, "process"):
            self._own.process = HeaderProcess()
            self._all.append(self._own.process)
        process: HeaderProcess = self._own.process
        return process.read(paths)


class HeaderProcess:
    """One process that reads headers for one thread.

    It exits by itself after a while without work and is started again when needed. If no process can be started, the
    headers are read in this one.
    """

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._is_useless = False

    def start(self) -> bool:
        """Start the process without waiting for it; return whether it was running already (or cannot be started)."""
        if self._is_useless or (self._worker is not None and self._worker.is_alive):
            return True
        self.close()
        try:
            self._worker = Worker()
        except ComputerError as error:
            _log.warning("headers are read in this process, no other could be started: %s", error.details)
            self._is_useless = True
        return False

    def read(self, paths: Sequence[Path]) -> list[Found]:
        """Do what the function `read` does, in the process. A file that crashes it is refused as damaged."""
        answer = self._ask(paths)
        if answer is None and self._ask([]) is None:
            # No file is at fault: the process does not work at all.
            self._is_useless = True
            return read(paths)
        if answer is not None:
            return answer
        if len(paths) > 1:
            return [found for path in paths for found in self.read([path])]
        return [damaged("the process that read it ended")]

    def close(self) -> None:
        """End the process. Idempotent."""
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
        return None if rows is None else [from_row(path, row) for path, row in zip(paths, rows, strict=True)]


def to_row(found: Found) -> list[Any]:
    """Return what goes through the pipe: plain values for a header, four strings for a refusal; no path."""
    if isinstance(found, InputError):
        return [found.title, found.hint, found.details, found.code]
    return [_to_plain(getattr(found, name)) for name in _FACTS]


def from_row(path: Path, row: list[Any]) -> Found:
    """Return what `to_row` was given."""
    if len(row) == 4:
        title, hint, details, code = row
        return InputError(title, hint, details=details, code=code)
    facts = {name: _FROM_PLAIN.get(name, _as_it_is)(value) for name, value in zip(_FACTS, row, strict=False)}
    return ImageInfo(path=path, **facts)


#: All fields but the path, so that a new fact goes along by itself.
_FACTS = tuple(field.name for field in fields(ImageInfo) if field.name != "path")
#: How the fields that are not plain values are made from what went through the pipe.
_FROM_PLAIN: dict[str, Callable[[Any], Any]] = {
    "format": FileFormat,
    "stored_size": lambda value: Size(*value),
    "samples": SampleKind,
    "space": ColourSpace,
    "colour": DeclaredColour,
    "profile_fault": ProfileFault,
    "page_kind": PageKind,
    "dpi": lambda value: None if value is None else tuple(value),
    "beside": lambda value: tuple(Companion(word) for word in value),
    "reservations": lambda value: tuple(Reservation(word) for word in value),
}


def _to_plain(value: Any) -> Any:
    return [value.width, value.height] if isinstance(value, Size) else value


def _as_it_is(value: Any) -> Any:
    return value
