"""Puts a copy with a caption, "AI-enhanced", beside a result, where that is wished or demanded. Blocking.

The result itself is as it is without. It is paid for: whatever goes wrong with the copy is said and fails nothing. A
result that replaces an older one has its copy replace the older copy.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from topazdesk.domain.job import Job
from topazdesk.domain.kept import KeptReport, Remark, RemarkKind
from topazdesk.domain.ports import Pictures
from topazdesk.engine import files
from topazdesk.engine.copy_places import placed
from topazdesk.engine.file_times import set_file_time
from topazdesk.errors import TopazdeskError
from topazdesk.language import say

_log = logging.getLogger(__name__)
_TEXT = "AI-enhanced"
_ENDING = "_labelled"


def label_text(job: Job) -> str:
    """Return the caption. A result of the sandbox says so."""
    traits = job.recipe.service.traits
    return f"{_TEXT} ({traits.label})" if traits.is_practice else _TEXT


def labelled_name(path: Path) -> Path:
    """Return the name for the labelled copy of a file."""
    return path.with_name(f"{path.stem}{_ENDING}{path.suffix}")


def place_labelled(
    pictures: Pictures,
    job: Job,
    part: Path,
    report: KeptReport | None,
    older: Mapping[Path, str] = MappingProxyType({}),
) -> tuple[dict[str, Any], KeptReport | None]:
    """Make the labelled copy of the result at `job.target`. Return the job's fields that name it, and what to say.

    `part` is the job's part file, beside which the copy is written. After a crash the same copy is made again, and the
    one that is there already is known by its content. `older` are the copies of the results that this one replaced,
    with their digests: one that nobody changed may be replaced.
    """
    copy = labelled_name(part)
    assert job.target is not None  # noqa: S101 set before the download
    try:
        files.remove(copy)
        pictures.label(job.target, copy, label_text(job), job.recipe.output.encoding)
        digest, size = files.digest_of(copy), files.size_of(copy)
        set_file_time(pictures, copy, job)
        target = placed(copy, labelled_name(job.target), digest, older)
    except Exception as error:  # noqa: BLE001 not even a bug in it may cost the paid result
        title = error.title if isinstance(error, TopazdeskError) else type(error).__name__
        _log.warning(
            "no labelled copy for %s: %s", job.id, title, exc_info=not isinstance(error, TopazdeskError | OSError)
        )
        files.remove(copy)
        remark = Remark(RemarkKind.FAILED, say("The labelled copy could not be made ({title:text})", title=title))
        report = report or KeptReport()
        return {}, replace(report, remarks=(*report.remarks, remark))
    return {"label": target, "label_bytes": size, "label_digest": digest}, report
