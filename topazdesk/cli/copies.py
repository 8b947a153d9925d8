"""What is said of the copies of a result in other formats, which are made here for free."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from topazdesk.cli.output import shown
from topazdesk.domain.copies import CopyForm
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job
from topazdesk.engine.format_copies import remarks_on, wanted_copies
from topazdesk.language import nsay, say


def copies_fields(job: Job) -> list[dict[str, Any]]:
    """Return the copies of a job's result for programs."""
    return [
        {
            "format": copy.format.value,
            "result": str(path),
            "labelled": copy.is_labelled,
            **encoding_fields(copy.encoding, copy.format),
        }
        for copy, path in job.copy_paths
    ]


def copies_text(job: Job, forms: Collection[CopyForm] | None = None) -> str:
    """Return a line for each copy of a job's result, or for those in some forms, with the line break before it."""
    told = (path for copy, path in job.copy_paths if not copy.is_labelled and (forms is None or copy.form in forms))
    return "".join(f"\n  {_made(shown(Path(path.name)), job.format)}" for path in told)


def copies_remarks(job: Job, forms: Collection[CopyForm]) -> str:
    """Return a line for each remark on the copies in these forms, with the line break before it."""
    found = remarks_on(job.kept, [form.format for form in forms]) if job.kept is not None else ()
    return "".join(f"\n  {remark.text}" for remark in found)


def encoding_fields(encoding: Encoding | None, format_: FileFormat) -> dict[str, Any]:
    """Return how a file in this format is encoded, for programs; None and nothing where a service writes it."""
    match format_:
        case FileFormat.JPEG if encoding is not None:
            return {"jpeg_quality": encoding.jpeg_quality}
        case FileFormat.TIFF if encoding is not None:
            return {"tiff_compression": encoding.tiff_compression.value}
        case _:
            return {}


def planned_fields(copies: Sequence[tuple[FileFormat, Path]], encoding: Encoding) -> list[dict[str, Any]]:
    """Return the copies that a result is to have, for programs."""
    return [
        {"format": format_.value, "result": str(path), "labelled": False, **encoding_fields(encoding, format_)}
        for format_, path in copies
    ]


def planned_text(copies: Sequence[tuple[FileFormat, Path]], of: FileFormat, encoding: Encoding) -> str:
    """Return a line for each copy that a result is to have, with the line break before it."""
    told = ((_made(shown(Path(path.name)), of), encoding.words_for(format_)) for format_, path in copies)
    return "".join(f"\n  {' · '.join(filter(None, each))}" for each in told)


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
    there = {copy.form for copy in job.copies if not copy.is_labelled}
    return [form.format.value for form in wanted_copies(job) if form not in there]


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


def result_in(job: Job, wanted: CopyForm) -> Path | None:
    """Return the file in the wanted format, best as it is to be encoded; the result itself where there is none."""
    if job.format is wanted.format:
        return job.result
    found = [(copy.form, path) for copy, path in job.copy_paths if not copy.is_labelled]
    alike = [path for form, path in found if form.format is wanted.format]
    return next((path for form, path in found if form == wanted), next(iter(alike), job.result))
