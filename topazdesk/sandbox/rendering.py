"""Make the result of one job. Blocking; runs on the workshop's threads."""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media.metadata.signing import sign
from topazdesk.media.render import render
from topazdesk.sandbox.jobs import RUNFLOW, SandboxJob
from topazdesk.sandbox.pixelwork import steps_for

#: Sources up to this size are compared by content; for larger ones the result is always made.
_COMPARED_BYTES = 1_000_000
#: Number of results that are remembered for reuse.
_REMEMBERED = 1000


class Renderer:
    """A renderer that reuses results: the same source and settings give the same bytes, so small ones are made once."""

    def __init__(self, certificates: Path | None = None) -> None:
        """With `certificates`, the file with the key, results are signed with content credentials."""
        self._certificates = certificates
        self._made: OrderedDict[str, Path] = OrderedDict()

    def make(self, job: SandboxJob, source: Path, part: Path, result: Path) -> None:
        """Write the result of `job` to `part`, in exactly the promised size and format, marked as the sandbox's.

        `result` is the path to which the caller will move it. Raises InputError for a damaged source, ComputerError
        when the result cannot be written.
        """
        key = _key(job, source)
        earlier = self._made.get(key)
        if earlier is not None and _linked(earlier, part):
            return
        size = Size(job.output_width, job.output_height)
        steps = steps_for(
            job.endpoint.removeprefix(RUNFLOW), job.model, job.settings, size, crop_to_fill=job.crop_to_fill
        )
        render(source, part, size, FileFormat(job.output_format), steps, crop_to_fill=job.crop_to_fill)
        if self._certificates is not None:
            sign(part, FileFormat(job.output_format), self._certificates)
        if key:
            self._made[key] = result
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)


def _key(job: SandboxJob, source: Path) -> str:
    """Return a digest of all that determines the result's bytes, or "" when the source is too large for that."""
    if source.stat().st_size > _COMPARED_BYTES:
        return ""
    recipe = [job.endpoint, job.model, job.settings, job.output_format, job.output_width, job.output_height]
    text = json.dumps([*recipe, job.crop_to_fill], sort_keys=True)
    return hashlib.sha256(source.read_bytes() + text.encode()).hexdigest()


def _linked(earlier: Path, part: Path) -> bool:
    """Make `part` a hard link to the earlier result; return False when that is gone or the disk has no links."""
    try:
        part.unlink(missing_ok=True)
        os.link(earlier, part)
    except OSError:
        return False
    return True
