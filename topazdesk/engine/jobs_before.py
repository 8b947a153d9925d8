"""Recognises a picture that was already sent with the same recipe, so that it is not paid for again.

People ask again after Ctrl-C or a crash, or by a timer every night.
A picture is identified by its content, a recipe by all that determines the pixels; folder and name of the result do not
count. Only pictures as long as one of an earlier job are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from topazdesk.domain.image import ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.originals import is_version_of
from topazdesk.errors import ComputerError


async def jobs_before(context: EngineContext, drafts: Sequence[Draft]) -> dict[int, Job]:
    """Return, by the draft's index, the job of this profile that does or has done the same.

    Such a job is unfinished; or done, with its result unchanged in place; or failed, with its paid result still at the
    service. Raises ComputerError.
    """
    numbers = [number for number, draft in enumerate(drafts) if draft.trial is None]
    paths = {number: Path(drafts[number].info.path) for number in numbers}
    sizes = {drafts[number].info.bytes_on_disk for number in numbers}
    queued = [job for job in (await context.store.load_open())[0] if not job.source_digest and _is_relevant(job)]
    named = set(paths.values())
    maybe = [job for job in queued if job.source_bytes in sizes or job.source in named]
    # One whose file was changed since will not be sent: whoever asks now means what is there now.
    unread = await asyncio.to_thread(lambda: [job for job in maybe if _has_its_file(job)]) if maybe else []
    known = await context.store.lengths(sizes)
    known |= {job.source_bytes for job in unread}
    alike = {paths[number]: drafts[number].info for number in numbers if drafts[number].info.bytes_on_disk in known}
    read = alike | {job.source: _info_of(job, drafts[0].info) for job in unread if job.source_bytes in sizes}
    digests = await context.digests.of(read[path] for path in sorted(read))
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
                there[job.id] = job.state is not JobState.DONE or await asyncio.to_thread(
                    is_there, context.digests, job
                )
            if there[job.id]:
                found[number] = job
                break
    return found


async def last_results(context: EngineContext, infos: Sequence[ImageInfo]) -> dict[PictureKey, list[Job]]:
    """Return the finished jobs on pictures with the content of these, newest first, by the picture.

    Their results are unchanged in place; whatever the recipe, the name and the folder. Raises ComputerError.
    """
    known = await context.store.lengths(info.bytes_on_disk for info in infos)
    alike = [info for info in infos if info.bytes_on_disk in known]
    if not alike:
        return {}
    digests = await context.digests.of(alike)
    by_content: dict[str, list[Job]] = {}
    jobs = [
        job
        for job in await context.store.of_digests({digest for digest in digests.values() if digest})
        if job.state is JobState.DONE and _is_relevant(job)
    ]
    for job in sorted(jobs, key=lambda job: job.created_at, reverse=True):
        if await asyncio.to_thread(is_there, context.digests, job):
            by_content.setdefault(job.source_digest, []).append(context.job_table.get(job.id) or job)
    found = {
        info.key: [job for job in by_content.get(digests[info.path] or "", ()) if job.page == info.page]
        for info in alike
    }
    return {key: jobs for key, jobs in found.items() if jobs}


async def results_of(context: EngineContext, info: ImageInfo) -> list[Job]:
    """Return the finished jobs on pictures with the content of this one whose result is in place; oldest first.

    Nothing is sent or left out because of them: a result counts as in place if it is as long as it was. Raises
    ComputerError.
    """
    if info.bytes_on_disk not in await context.store.lengths([info.bytes_on_disk]):
        return []
    digest = (await context.digests.of([info]))[info.path]
    jobs = await context.store.of_digests({digest}) if digest is not None else []
    found = [job for job in jobs if job.state is JobState.DONE and _is_relevant(job)]
    there = await asyncio.to_thread(lambda: [_is_as_long(job) for job in found])
    kept = [context.job_table.get(job.id) or job for job, is_there in zip(found, there, strict=True) if is_there]
    return sorted(kept, key=lambda job: job.created_at)


def _is_as_long(job: Job) -> bool:
    try:
        return job.result is not None and job.result.stat().st_size == job.result_bytes
    except OSError:
        return False


def _has_its_file(job: Job) -> bool:
    try:
        state = job.source.stat()
    except (OSError, ValueError):
        return False
    return is_version_of(job, state.st_size, state.st_mtime_ns)


def _info_of(job: Job, like: ImageInfo) -> ImageInfo:
    """Return the facts that identify the version of a picture that is to be read for a job: as it is now."""
    try:
        state = job.source.stat()
    except OSError:
        return replace(like, path=job.source, bytes_on_disk=job.source_bytes, mtime_ns=job.source_mtime_ns)
    return replace(like, path=job.source, bytes_on_disk=state.st_size, mtime_ns=state.st_mtime_ns)


def _is_relevant(job: Job) -> bool:
    if job.trial is not None or job.was_found:
        return False
    is_paid = job.state is JobState.FAILED and job.is_at_service and not job.is_hidden
    return not job.state.is_final or job.state is JobState.DONE or is_paid


def is_there(digests: FileDigests, job: Job) -> bool:
    """Tell whether the result is in place and unchanged; one that cannot be read counts as in place. Blocks."""
    if job.result is None or not job.result_digest:
        return False
    try:
        return digests.check_result(job.result, job.result_bytes, job.result_digest)
    except ComputerError:
        return True
