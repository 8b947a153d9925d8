"""Verify results in worker processes of their own, where a decoder's complaints are those of one file.

They are those in which results get their metadata next.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.errors import Code, ComputerError, InputError, ResultError, Retry
from topazdesk.media.headers import from_row, to_row
from topazdesk.media.tilecache import TileCache
from topazdesk.media.verify import verify
from topazdesk.media.workers import LARGE_FILE_BYTES, for_results

_log = logging.getLogger(__name__)


def verify_aside(path: Path, expected: Size | None, image_format: FileFormat, cache: TileCache | None) -> ImageInfo:
    """Do what `verify` does, in a worker process. Blocking. Raises what that raises, and OSError.

    Where no process can be started the result is decoded here: it is paid for and must not wait for a better computer.
    """
    job = {
        "job": "verify",
        "path": str(path),
        "expected": None if expected is None else [expected.width, expected.height],
        "format": image_format,
        "cache": None if cache is None else str(cache.folder),
        "large": _size_of(path) > LARGE_FILE_BYTES,
    }
    try:
        answer = for_results.run(job, lambda: False)
    except ComputerError as error:
        if error.code != Code.COMPUTER_WORKER:
            raise
        if for_results.work():  # but this file ended one, twice
            raise ResultError(
                "The result is damaged",
                "It is still at the service and can be fetched again without paying again.",
                details="the process that decoded it ended",
                code=Code.RESULT_DAMAGED,
                retry=Retry.LATER,
            ) from error
        _log.warning("no process to verify a result in: %s", error.details)
        return verify(path, expected, image_format, cache, alone=False)
    found = from_row(path, answer["facts"])
    if isinstance(found, InputError):
        raise found
    return found


def verify_here(job: dict[str, Any]) -> dict[str, Any]:
    """Do the job that `verify_aside` makes. Runs in the worker process."""
    expected, cache = job["expected"], job["cache"]
    info = verify(
        Path(job["path"]),
        None if expected is None else Size(*expected),
        FileFormat(job["format"]),
        None if cache is None else TileCache(Path(cache)),
    )
    return {"facts": to_row(info)}


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # `verify` says what it is
