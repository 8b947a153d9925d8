"""One job's pixels: blocking, called on the workshop's threads."""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media.render import render
from topazdesk.sandbox.jobs import RUNFLOW, Job
from topazdesk.sandbox.pixelwork import steps_for

#: Sources up to this size are compared by content; larger ones are always worked on.
_COMPARED_BYTES = 1_000_000
_REMEMBERED = 1000


class Renderer:
    """Makes results. The same source with the same settings gives the same bytes, so a small one is not made twice."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, Path] = OrderedDict()

    def make(self, job: Job, source: Path, part: Path, result: Path) -> None:
        """Write the result of `job` to `part`: exactly the promised size and format, marked as the sandbox's.

        `result` is where the caller will put it. Raises InputError for a damaged source, ComputerError when the disk does
        not take the result.
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
        if key:
            self._made[key] = result
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)


def _key(job: Job, source: Path) -> str:
    """What determines the result's bytes, or "" when that is too much to compare."""
    if source.stat().st_size > _COMPARED_BYTES:
        return ""
    recipe = [job.endpoint, job.model, job.settings, job.output_format, job.output_width, job.output_height]
    text = json.dumps([*recipe, job.crop_to_fill], sort_keys=True)
    return hashlib.sha256(source.read_bytes() + text.encode()).hexdigest()


def _linked(earlier: Path, part: Path) -> bool:
    """Whether `part` is now another name of the earlier result; not when that is gone or the disk knows no links."""
    try:
        part.unlink(missing_ok=True)
        os.link(earlier, part)
    except OSError:
        return False
    return True
