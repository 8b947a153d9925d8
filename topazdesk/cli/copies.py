"""What is said of the copies of a result in other formats, which are made here for free."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from topazdesk.cli.output import shown
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job
from topazdesk.engine.format_copies import remarks_on, wanted_formats
from topazdesk.language import nsay, say


def copies_fields(job: Job) -> list[dict[str, Any]]:
    """Return the copies of a job's result for programs."""
    return [
        {"format": copy.format.value, "result": str(path), "labelled": copy.is_labelled}
        for copy, path in job.copy_paths
    ]


def copies_text(job: Job, formats: Collection[FileFormat] | None = None) -> str:
    """Return a line for each copy of a job's result, or for those in some formats, with the line break before it."""
    told = (
        path for copy, path in job.copy_paths if not copy.is_labelled and (formats is None or copy.format in formats)
    )
    return "".join(f"\n  {_made(shown(Path(path.name)), job.format)}" for path in told)


def copies_remarks(job: Job, formats: Collection[FileFormat]) -> str:
    """Return a line for each remark on the copies in these formats, with the line break before it."""
    found = remarks_on(job.kept, formats) if job.kept is not None else ()
    return "".join(f"\n  {remark.text}" for remark in found)


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


def missing_of(job: Job) -> list[str]:
    """Return the formats in which a finished job should have a copy of its result and has none."""
    there = {copy.format for copy in job.copies if not copy.is_labelled}
    return [each.value for each in wanted_formats(job) if each not in there]


def missing_fields(job: Job) -> dict[str, Any]:
    """Return these for programs, where there are any."""
    missing = missing_of(job)
    return {"copies_missing": missing} if missing else {}


def missing_text(count: int) -> str:
    """Return how many copies could not be made, as a part of a summary."""
    return nsay(
        "{n} copy could not be made: the same command makes it, free",
        "{n} copies could not be made: the same command makes them, free",
        count,
    )


def result_in(job: Job, wanted: FileFormat) -> Path | None:
    """Return the file in the wanted format, the result itself where there is no such copy."""
    if job.format is wanted:
        return job.result
    found = (path for copy, path in job.copy_paths if copy.format is wanted and not copy.is_labelled)
    return next(found, job.result)
