"""One job's pixels: blocking, called on the workshop's threads."""

from __future__ import annotations

from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.media.render import render
from topazdesk.sandbox.jobs import Job
from topazdesk.sandbox.pixelwork import steps_for


def render_job(job: Job, source: Path, target: Path) -> None:
    """Make the result of `job` from its source picture: exactly the promised size and format, marked as the sandbox's.

    Raises InputError for a damaged source, ComputerError when the disk does not take the result.
    """
    size = Size(job.output_width, job.output_height)
    steps = steps_for(job.endpoint, job.model, job.settings, size, crop_to_fill=job.crop_to_fill)
    render(source, target, size, FileFormat(job.output_format), steps, crop_to_fill=job.crop_to_fill)
