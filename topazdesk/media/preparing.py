"""Decode and copy pictures in worker processes of their own before they are paid for.

A decoder that crashes or fills the memory then ends that process, never the program. And what a decoder complains about
can be told only there: libvips keeps the messages of all pictures in one place.
"""

from __future__ import annotations

import atexit
from collections.abc import Set
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.ports import Prepared
from topazdesk.errors import Code, ComputerError, InputError
from topazdesk.media.headers import from_row, to_row
from topazdesk.media.opening import damaged
from topazdesk.media.workers import Workers

#: After a picture of more pixels the process ends, so that its memory goes back to the system.
_LARGE_PIXELS = 64_000_000


def prepare_aside(
    info: ImageInfo, accepts: Set[FileFormat], folder: Path, token: str, *, keep_alpha: bool, max_bytes: int
) -> Prepared:
    """Do what `topazdesk.media.prepare.prepare` does, in a worker process. Blocking. Raises what that raises."""
    answer = _run(
        info,
        {
            "job": "prepare",
            "accepts": sorted(accepts),
            "folder": str(folder),
            "token": token,
            "keep_alpha": keep_alpha,
            "max_bytes": max_bytes,
        },
    )
    width, height = answer["size"]
    return Prepared(
        Path(answer["path"]), FileFormat(answer["format"]), Size(width, height), answer["bytes"], answer["is_copy"]
    )


def check_aside(info: ImageInfo) -> None:
    """Decode all of a picture in a worker process. Blocking. Raises InputError when it is damaged or changed."""
    _run(info, {"job": "sound"})


def prepare_here(job: dict[str, Any]) -> dict[str, Any]:
    """Do the job that `prepare_aside` makes. Runs in the worker process."""
    from topazdesk.media.prepare import prepare

    made = prepare(
        _info(job),
        frozenset(FileFormat(word) for word in job["accepts"]),
        Path(job["folder"]),
        str(job["token"]),
        keep_alpha=bool(job["keep_alpha"]),
        max_bytes=int(job["max_bytes"]),
    )
    return {
        "path": str(made.path),
        "format": made.format,
        "size": [made.size.width, made.size.height],
        "bytes": made.bytes_on_disk,
        "is_copy": made.is_copy,
    }


def check_here(job: dict[str, Any]) -> dict[str, Any]:
    """Do the job that `check_aside` makes. Runs in the worker process."""
    from topazdesk.media.decoding import decode_all
    from topazdesk.media.opening import check_unchanged, opened

    info = _info(job)
    with opened(info.path) as descriptor:
        check_unchanged(descriptor, info)
        decode_all(descriptor, info)
    return {}


def _info(job: dict[str, Any]) -> ImageInfo:
    found = from_row(Path(job["source"]), job["facts"])
    if isinstance(found, InputError):
        raise found
    return found


def _run(info: ImageInfo, job: dict[str, Any]) -> dict[str, Any]:
    order = {**job, "source": str(info.path), "facts": to_row(info), "large": info.size.pixels > _LARGE_PIXELS}
    try:
        return _pool.run(order, _never)
    except ComputerError as error:
        if error.code != Code.COMPUTER_WORKER:
            raise
        if not _pool.work():
            raise ComputerError(
                "The picture could not be checked before sending",
                "The process that decodes it did not start. Close other programs. Nothing was sent",
                details=error.details,
                code=Code.COMPUTER_WORKER,
            ) from error
        # The process works; this file ended it, twice.
        raise damaged("the process that decoded it ended") from error


def _never() -> bool:
    return False


#: Not those of the window: it waits for what it shows, and they are shared out two at a time.
_pool = Workers()
atexit.register(_pool.close)
