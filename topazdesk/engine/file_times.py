"""Gives a result's file the time that the recipe asks for, before it gets its name. Blocking."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import assert_never

from topazdesk.domain.job import Job
from topazdesk.domain.ports import Pictures
from topazdesk.domain.recipe import FileTime

_log = logging.getLogger(__name__)


def set_file_time(pictures: Pictures, path: Path, job: Job) -> None:
    """Set the time of a file that is about to become the job's result. Never raises: the result matters, not its time.

    A picture that does not say when it was taken lends its file's time.
    """
    wanted = job.recipe.output.file_time
    try:
        match wanted:
            case FileTime.NOW:
                return
            case FileTime.SOURCE:
                time_ns = job.source_mtime_ns  # as it was read: the file may be gone by now
            case FileTime.TAKEN:
                taken = pictures.taken_at(job.picture)
                time_ns = job.source_mtime_ns if taken is None else round(taken.timestamp() * 1e9)
            case _:
                assert_never(wanted)
        if time_ns:
            os.utime(path, ns=(time_ns, time_ns))
    except Exception as error:  # noqa: BLE001 not even a bug in a reader may cost the paid result
        _log.warning("the time of a result could not be set: %s", type(error).__name__)
