"""One job's pixels: blocking, called on the workshop's threads."""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.image import FileFormat
from topazdesk.media.decoding import to_rgb, upright
from topazdesk.media.opening import opened
from topazdesk.media.probe import read_header
from topazdesk.media.writing import save
from topazdesk.sandbox.jobs import Job


def render_job(job: Job, source: Path, target: Path) -> None:
    """Make the result of `job` from its source picture."""
    with opened(source) as descriptor:
        image = to_rgb(upright(descriptor, read_header(descriptor, source)))
        image = image.resize(job.output_width / image.width, vscale=job.output_height / image.height)
        image = image.gravity("centre", job.output_width, job.output_height)
        save(image, target, FileFormat(job.output_format))
