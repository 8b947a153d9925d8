"""Has a verified file completed with its source's metadata, before it gets its name. Blocking.

The result is paid for: whatever goes wrong here, the file is kept as it was delivered, and that is said.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from topazdesk.domain.catalogue import Model
from topazdesk.domain.job import Job
from topazdesk.domain.kept import Kept, KeptReport, Remark, RemarkKind
from topazdesk.domain.ports import Pictures
from topazdesk.engine import files, packets
from topazdesk.errors import TopazdeskError
from topazdesk.language import say

_log = logging.getLogger(__name__)
_NOT_ADDED = say("Metadata could not be added; the file is as it was delivered")
_NO_PACKET = say("The XMP file with the metadata could not be written")


def completed(pictures: Pictures, job: Job, model: Model | None, part: Path) -> Kept:
    """Return what is to be kept of a verified part file; the part itself is not touched.

    A new file lies at `files.kept_path`, an XMP file under the name that `packets` gives it. Trials are only looked at.
    """
    if job.trial is not None:
        return Kept()
    target = files.kept_path(part)
    files.remove(target)
    try:
        kept = pictures.complete(job, model, part, target)
        if kept.is_new and files.size_of(target) != kept.size_bytes:
            raise OSError("the completed file is not as long as it should be")
    except Exception as error:  # noqa: BLE001 not even a bug in it may cost the paid result
        # Only the kind: the text may hold names.
        title = error.title if isinstance(error, TopazdeskError) else type(error).__name__
        _log.warning("no metadata for %s: %s", job.id, title, exc_info=not isinstance(error, TopazdeskError | OSError))
        files.remove(target)
        return Kept(KeptReport(remarks=(Remark(RemarkKind.FAILED, _NOT_ADDED),)))
    if not kept.packet:
        return kept
    try:
        packets.write(part, kept.packet)
    except OSError as error:
        _log.warning("no XMP file for %s: %s", job.id, type(error).__name__)
        remarks = (*kept.report.remarks, Remark(RemarkKind.FAILED, _NO_PACKET))
        return replace(kept, packet="", report=replace(kept.report, has_packet=False, remarks=remarks))
    return kept
