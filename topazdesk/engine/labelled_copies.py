"""Puts a copy with a caption, "AI-enhanced", beside a result, where that is wished or demanded. Blocking.

The result itself is as it is without. It is paid for: whatever goes wrong with the copy is said and fails nothing.
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from topazdesk.domain.job import Job
from topazdesk.domain.kept import KeptReport, Remark, RemarkKind
from topazdesk.domain.naming import unique_path
from topazdesk.domain.ports import Pictures
from topazdesk.engine import files
from topazdesk.engine.file_times import set_file_time
from topazdesk.errors import TopazdeskError

_log = logging.getLogger(__name__)
_TEXT = "AI-enhanced"
_ENDING = "_labelled"


def label_text(job: Job) -> str:
    """Return the caption. A result of the sandbox says so."""
    traits = job.recipe.service.traits
    return f"{_TEXT} ({traits.label})" if traits.is_free and traits.is_local else _TEXT


def place_labelled(
    pictures: Pictures, job: Job, part: Path, report: KeptReport | None
) -> tuple[dict[str, Any], KeptReport | None]:
    """Make the labelled copy of the result at `job.target`. Return the job's fields that name it, and what to say.

    `part` is the job's part file, beside which the copy is written. After a crash the same copy is made again, and the
    one that is there already is known by its content.
    """
    copy = part.with_suffix(".label")
    assert job.target is not None  # noqa: S101 set before the download
    try:
        files.remove(copy)
        pictures.label(job.target, copy, label_text(job))
        digest, size = files.digest_of(copy), files.size_of(copy)
        set_file_time(pictures, copy, job)
        target = _placed(copy, job.target, digest)
    except Exception as error:  # noqa: BLE001 not even a bug in it may cost the paid result
        title = error.title if isinstance(error, TopazdeskError) else type(error).__name__
        _log.warning(
            "no labelled copy for %s: %s", job.id, title, exc_info=not isinstance(error, TopazdeskError | OSError)
        )
        files.remove(copy)
        remark = Remark(RemarkKind.FAILED, f"The labelled copy could not be made ({title})")
        report = report or KeptReport()
        return {}, replace(report, remarks=(*report.remarks, remark))
    return {"label": target, "label_bytes": size, "label_digest": digest}, report


def _placed(copy: Path, result: Path, digest: str) -> Path:
    """Give the copy its name beside the result, or the next free one; nothing is replaced."""
    wanted = result.with_name(f"{result.stem}{_ENDING}{result.suffix}")
    while True:
        target = unique_path(wanted, lambda path: os.path.lexists(path) and not _is_it(path, digest))
        if _is_it(target, digest):
            files.remove(copy)
            return target
        try:
            files.publish(copy, target)
        except FileExistsError:
            continue  # somebody took the name just now
        return target


def _is_it(path: Path, digest: str) -> bool:
    return path.is_file() and not path.is_symlink() and files.digest_of(path) == digest
