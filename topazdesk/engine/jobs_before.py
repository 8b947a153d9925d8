"""Recognises a picture that was already sent with the same recipe, so that it is not paid for again.

People ask again after Ctrl-C or a crash, or by a timer every night.
A picture is identified by its content, a recipe by all that determines the pixels; folder and name of the result do not
count. Only pictures as long as one of an earlier job are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.engine import files
from topazdesk.engine.engine_context import EngineContext
from topazdesk.errors import ComputerError, TopazdeskError

#: Pictures read at the same time; more would not be faster on one disk.
_READ_AT_ONCE = 4


async def jobs_before(context: EngineContext, drafts: Sequence[Draft]) -> dict[int, Job]:
    """Return, by the draft's index, the job of this profile that does or has done the same.

    Such a job is unfinished; or done, with its result unchanged in place; or failed, with its paid result still at the
    service. Raises ComputerError.
    """
    numbers = [number for number, draft in enumerate(drafts) if draft.trial is None]
    paths = {number: Path(drafts[number].info.path) for number in numbers}
    # Jobs whose picture has not been read yet will send whatever is at its path then, whatever its length was before.
    unread = [job for job in (await context.store.load_open())[0] if not job.source_digest and _is_relevant(job)]
    known = await context.store.lengths(drafts[number].info.bytes_on_disk for number in numbers)
    known |= {job.source_bytes for job in unread}
    alike = {paths[number] for number in numbers if drafts[number].info.bytes_on_disk in known}
    sizes = {drafts[number].info.bytes_on_disk for number in numbers}
    digests = await _digests(context, sorted(alike | {job.source for job in unread if job.source_bytes in sizes}))
    wanted = {digest for path in alike if (digest := digests[path]) is not None}
    saved = [job for job in await context.store.of_digests(wanted) if _is_relevant(job)]
    jobs = {job.id: context.job_table.get(job.id) or job for job in (*saved, *unread)}
    found: dict[int, Job] = {}
    there: dict[str, bool] = {}
    newest = sorted(jobs.values(), key=lambda job: (job.state is JobState.DONE, job.created_at), reverse=True)
    by_content: dict[tuple[str, str | Path | None], list[Job]] = {}
    for job in newest:
        for content in (job.source_digest or digests.get(job.source), None if job.source_digest else job.source):
            if content is not None:
                by_content.setdefault((job.recipe.digest, content), []).append(job)
    for number in numbers:
        recipe, path = drafts[number].recipe.digest, paths[number]
        for job in (*by_content.get((recipe, digests.get(path)), ()), *by_content.get((recipe, path), ())):
            if job.id not in there:
                there[job.id] = job.state is not JobState.DONE or await asyncio.to_thread(_is_there, job)
            if there[job.id]:
                found[number] = job
                break
    return found


def _is_relevant(job: Job) -> bool:
    if job.trial is not None or job.was_found:
        return False
    is_paid = job.state is JobState.FAILED and job.is_at_service and not job.is_hidden
    return not job.state.is_final or job.state is JobState.DONE or is_paid


def _is_there(job: Job) -> bool:
    """Tell whether the result is in place and unchanged; one that cannot be read counts as in place. Blocks."""
    if job.result is None or not job.result_digest:
        return False
    try:
        return files.size_of(job.result) == job.result_bytes and files.digest_of(job.result) == job.result_digest
    except ComputerError:
        return True


async def _digests(context: EngineContext, paths: Sequence[Path]) -> dict[Path, str | None]:
    """Return the digests of pictures; None for one that cannot be read, which whoever sends it will report."""
    room = asyncio.Semaphore(_READ_AT_ONCE)

    async def digest(path: Path) -> str | None:
        async with room:
            try:
                return await asyncio.to_thread(context.pictures.digest, path)
            except TopazdeskError:
                return None

    return dict(zip(paths, await asyncio.gather(*map(digest, paths)), strict=True))
