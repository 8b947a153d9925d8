"""What a run would do, before anything is paid: names of results, what is skipped, what cannot be written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job
from topazdesk.domain.naming import counter_text, filled_in, unique_path, uses
from topazdesk.domain.ports import Draft, Pictures
from topazdesk.domain.recipe import OnConflict
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.format_copies import wanted_copies
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.new_jobs import new_job
from topazdesk.engine.result_paths import ResultPaths, day_of_file, folder_of
from topazdesk.errors import ComputerError, TopazdeskError


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft, with the path its result will get or the reason why it would not be sent.

    `target` is None where names were not asked for. `copies` are the formats that are made of the result, with their
    paths. `refusal`: its folder cannot be written, or a team
    cannot do it. `is_skipped`: its result
    exists already, and the recipe says to leave it.
    """

    draft: Draft
    target: Path | None = None
    copies: tuple[tuple[FileFormat, Path], ...] = ()
    refusal: TopazdeskError | None = None
    is_skipped: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether the draft would be sent."""
        return self.refusal is None and not self.is_skipped


async def previews(
    store: JobStore,
    catalogue: Catalogue,
    digests: FileDigests,
    pictures: Pictures,
    drafts: Sequence[Draft],
    *,
    faults: Mapping[Path, ComputerError],
    names: bool,
    now: float,
    of: int = 0,
) -> tuple[Preview, ...]:
    """Return a preview for each draft, in their order. `now` is the time at which the run would begin.

    `faults`: the folders for results that cannot be written.

    `names` reads the job list and, where results are to be replaced, the existing files. `of`: how many drafts the run
    has, where these are only the first of them.
    """
    result_paths = ResultPaths(catalogue, store, digests)
    jobs = [new_job(draft, "", position, now) for position, draft in enumerate(drafts)]
    jobs = await asyncio.to_thread(fixed, jobs, pictures, max(of, len(jobs)))
    if jobs and (names or any(draft.recipe.output.on_conflict is OnConflict.SKIP for draft in drafts)):
        for job in (await store.load_open())[0]:
            result_paths.learn(job)
        for job in jobs:
            result_paths.learn(job)
        await result_paths.load(*jobs)

    def work() -> tuple[Preview, ...]:
        return tuple(
            _preview(draft, job, result_paths, faults, names=names) for draft, job in zip(drafts, jobs, strict=True)
        )

    return await asyncio.to_thread(work)


def _preview(
    draft: Draft, job: Job, result_paths: ResultPaths, faults: Mapping[Path, ComputerError], *, names: bool
) -> Preview:
    """Preview one draft. Blocks."""
    if faults and (fault := faults.get(folder_of(job.source, job.recipe.output.folder))) is not None:
        return Preview(draft, refusal=fault)
    if (there := result_paths.there(job)) is not None:
        return Preview(draft, there, is_skipped=True)
    if not names:
        return Preview(draft)
    target = result_paths.choose(job)
    return Preview(draft, target, _copies(job, target, result_paths))


def _copies(job: Job, target: Path, result_paths: ResultPaths) -> tuple[tuple[FileFormat, Path], ...]:
    """Return the formats that will be made of the result, with paths that are free now. Blocks."""
    replaces = job.recipe.output.on_conflict is OnConflict.OVERWRITE

    def is_taken(path: Path) -> bool:
        return (not replaces and os.path.lexists(path)) or result_paths.is_promised(job.id, path)

    return tuple(
        (each.format, unique_path(target.with_name(target.stem + each.format.suffix), is_taken))
        for each in wanted_copies(job)
    )


async def with_names(result_paths: ResultPaths, pictures: Pictures, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """Return the jobs of a new run with the paths of their results, in order.

    Fixing the paths now decides which of two jobs gets a name that both want; otherwise the faster one would get it.
    """
    named = [job for job in jobs if not job.state.is_final]
    if not named:
        return tuple(jobs)
    jobs = await asyncio.to_thread(fixed, jobs, pictures, len(jobs))
    await result_paths.load(*named)

    def work() -> tuple[Job, ...]:
        for job in jobs:
            result_paths.learn(job)
        return tuple(
            job
            if job.state.is_final or result_paths.there(job) is not None
            else replace(job, target=result_paths.choose(job, is_early=True))
            for job in jobs
        )

    return await asyncio.to_thread(work)


def fixed(jobs: Sequence[Job], pictures: Pictures, count: int) -> list[Job]:
    """Return the first jobs of a run of `count` with what their names take from the run and from the pictures. Blocks.

    It is fixed now, once: the place in the run, and the day on which the picture was taken, which it says itself.
    """

    def named(job: Job, number: int) -> Job:
        out = job.recipe.output
        template = filled_in(out.template, counter=counter_text(number, count))
        if uses(template, "taken"):
            template = filled_in(template, taken=_day_taken(job, pictures))
        return (
            job
            if template == out.template
            else replace(job, recipe=replace(job.recipe, output=replace(out, template=template)))
        )

    return [named(job, number) for number, job in enumerate(jobs, 1)]


def _day_taken(job: Job, pictures: Pictures) -> str:
    taken = pictures.taken_at(job.source)
    return (day_of_file(job) if taken is None else taken.date()).isoformat()
