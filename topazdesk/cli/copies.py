"""What is said of the copies of a result in other formats, which are made here for free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from topazdesk.cli.output import shown
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job
from topazdesk.language import nsay, say


def copies_fields(job: Job) -> list[dict[str, Any]]:
    """Return the copies of a job's result for programs."""
    return [
        {"format": copy.format.value, "result": str(path), "labelled": copy.is_labelled}
        for copy, path in job.copy_paths
    ]


def copies_text(job: Job) -> str:
    """Return a line for each copy of a job's result, with the line break before it."""
    return "".join(
        f"\n  {_made(shown(Path(path.name)), job.format)}" for copy, path in job.copy_paths if not copy.is_labelled
    )


def planned_fields(copies: Sequence[tuple[FileFormat, Path]]) -> list[dict[str, Any]]:
    """Return the copies that a result is to have, for programs."""
    return [{"format": format_.value, "result": str(path), "labelled": False} for format_, path in copies]


def planned_text(copies: Sequence[tuple[FileFormat, Path]], of: FileFormat) -> str:
    """Return a line for each copy that a result is to have, with the line break before it."""
    return "".join(f"\n  {_made(shown(Path(path.name)), of)}" for _, path in copies)


def _made(name: str, of: FileFormat) -> str:
    return say("{name} is made here from the {format}, free", name=name, format=of.upper())


def count_text(count: int) -> str:
    """Return how many copies there are, as a part of a summary."""
    return nsay("{n} copy made here, free", "{n} copies made here, free", count)


def count_of(jobs: Iterable[Job]) -> int:
    """Count the copies of the results in other formats."""
    return sum(not copy.is_labelled for job in jobs for copy in job.copies)


def result_in(job: Job, wanted: FileFormat) -> Path | None:
    """Return the file in the wanted format, the result itself where there is no such copy."""
    if job.format is wanted:
        return job.result
    found = (path for copy, path in job.copy_paths if copy.format is wanted and not copy.is_labelled)
    return next(found, job.result)
