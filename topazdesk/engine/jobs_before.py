"""Recognises a picture that was already sent with the same recipe, so that it is not paid for again.

People ask again after Ctrl-C or a crash, or by a timer every night.
A picture is identified by its content, a recipe by all that determines the pixels; folder and name of the result do not
count. Only pictures as long as one of an earlier job are read. Of a result in a lossless format, one in another format
that holds less is made for free (`domain.copies`), and so is one of another quality. A service that writes its results
itself is never paid again for how a file is encoded; where this program writes them, a result that is encoded in
another way is another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from topazdesk.domain.copies import CopyForm, can_be_made
from topazdesk.domain.encoding import USUAL
from topazdesk.domain.image import FileFormat, ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import OnConflict
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.format_copies import wanted_copies
from topazdesk.engine.originals import is_version_of
from topazdesk.errors import ComputerError


class Before(NamedTuple):
    """The job that does or has done what a draft asks for, and the copies that are still to be made of its result.

    What is made of a result costs nothing. `replaces`: a copy of another quality that is there is replaced.
    """

    job: Job
    lacks: tuple[CopyForm, ...] = ()
    replaces: bool = False


async def jobs_before(context: EngineContext, drafts: Sequence[Draft], *, of_better: bool = False) -> dict[int, Before]:
    """Return, by the draft's index, the job of this profile that does or has done the same.

    `of_better`: also one whose result is in a format of which the wanted one can be made.

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
    found: dict[int, Before] = {}
    there: dict[str, bool] = {}
    newest = sorted(jobs.values(), key=lambda job: (job.state is JobState.DONE, job.created_at), reverse=True)
    by_content: dict[str | Path | None, list[tuple[str, Job]]] = {}
    for each in newest:
        for content in (each.source_digest or digests.get(each.source), None if each.source_digest else each.source):
            if content is not None:
                by_content.setdefault(content, []).append((each.recipe.digest_of_any_format, each))

    async def is_in_place(job: Job) -> bool:
        if job.id not in there:
            there[job.id] = job.state is not JobState.DONE or await asyncio.to_thread(is_there, context.digests, job)
        return there[job.id]

    async def first_in_place(jobs: Sequence[Job]) -> Job | None:
        for job in jobs:
            if await is_in_place(job):
                return job
        return None

    for number in numbers:
        draft, path = drafts[number], paths[number]
        alike_jobs = (*by_content.get(digests.get(path), ()), *by_content.get(path, ()))
        if not alike_jobs:
            continue
        recipe = draft.recipe.digest_of_any_format
        likes = [job for of, job in alike_jobs if of == recipe]
        ways = _by_format(draft, likes)
        job: Job | None = None
        for way in (*ways[:2], *([ways[2]] if of_better else [])):
            job = await first_in_place(way)
            if job is not None:
                break
        else:
            if ways[2]:
                job = await asyncio.to_thread(_with_copy, context.digests, draft, ways[2])
        if job is None:
            continue
        lacks: tuple[CopyForm, ...] = ()
        if any(each is not job.format for each in formats_of(draft)):
            others = [each for each in likes if each.id != job.id and await is_in_place(each)]
            lacks = await asyncio.to_thread(_lacks, context.digests, draft, job, others)
        found[number] = Before(job, lacks, draft.recipe.output.on_conflict is OnConflict.OVERWRITE)
    return found


def formats_of(draft: Draft) -> tuple[FileFormat, ...]:
    """Return the formats that a draft makes: the one that is bought, then its copies."""
    return draft.recipe.output.formats_for(draft.info.format, draft.model.formats)


def form_of(draft: Draft) -> CopyForm:
    """Return the format that is bought, encoded as it is wished."""
    return _form(draft, formats_of(draft)[0])


def _form(draft: Draft, format_: FileFormat) -> CopyForm:
    return CopyForm(format_, draft.recipe.output.encoding.only_for((format_,)))


def _by_format(draft: Draft, likes: Sequence[Job]) -> tuple[list[Job], list[Job], list[Job]]:
    """Sort jobs with the same pixels: by the very recipe, in the wanted format, and in one of which it can be made."""
    wanted = formats_of(draft)[0]
    told = draft.recipe.output.format  # what else decides about the pixels is the same
    encoding = draft.recipe.encoding_of(wanted)
    fit = [job for job in likes if job.format is not wanted or job.recipe.encoding_of(wanted) == encoding]
    same = [job for job in fit if job.recipe.output.format is told]
    alike = [job for job in fit if job not in same and job.format is wanted]
    return same, alike, [job for job in fit if job not in same and can_be_made(wanted, job.format)]


def _with_copy(digests: FileDigests, draft: Draft, jobs: Sequence[Job]) -> Job | None:
    """Return the job whose result has a copy in all the wanted formats, even if the result itself is gone. Blocks.

    Where results cost money a copy of another quality will do: a better one would have to be paid.
    """
    writes_here = draft.recipe.service.traits.writes_here
    wanted = {_form(draft, each) if writes_here else each for each in formats_of(draft)}
    for job in jobs:
        forms = _copies_there(digests, job)
        if wanted <= (forms if writes_here else {form.format for form in forms}):
            return job
    return None


def _lacks(digests: FileDigests, draft: Draft, job: Job, others: Sequence[Job]) -> tuple[CopyForm, ...]:
    """Return the wanted copies that are neither there nor promised, and can be made of the job's result. Blocks.

    `others` are other results with the same pixels; what a service wrote counts unless a quality was chosen. Who skips
    results that are there has no copy of another quality made, either.
    """
    forms = set(wanted_copies(job)) if job.state is not JobState.DONE else _copies_there(digests, job)
    has = forms | {CopyForm(each.format, each.recipe.encoding_of(each.format) or USUAL) for each in others}
    if draft.recipe.output.on_conflict is OnConflict.SKIP:
        has |= {_form(draft, form.format) for form in has}
    wanted = (_form(draft, each) for each in formats_of(draft) if can_be_made(each, job.format))
    return tuple(form for form in wanted if form not in has)


def _copies_there(digests: FileDigests, job: Job) -> set[CopyForm]:
    """Return the forms of the copies that lie beside a result, unchanged; one that cannot be read counts. Blocks."""
    found = set()
    for copy, path in job.copy_paths:
        try:
            is_unchanged = digests.check_result(path, copy.size_bytes, copy.digest)
        except ComputerError:
            is_unchanged = True
        if is_unchanged and not copy.is_labelled:
            found.add(copy.form)
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

    Nothing is sent or left out because of them: a result counts as in place if it is as long as it was and no later one
    has taken its name. Raises ComputerError.
    """
    if info.bytes_on_disk not in await context.store.lengths([info.bytes_on_disk]):
        return []
    digest = (await context.digests.of([info]))[info.path]
    jobs = await context.store.of_digests({digest}) if digest is not None else []
    found = [job for job in jobs if job.state is JobState.DONE and _is_relevant(job)]
    there = await asyncio.to_thread(lambda: [_is_as_long(job) for job in found])
    kept = [context.job_table.get(job.id) or job for job, is_there in zip(found, there, strict=True) if is_there]
    # A result that replaced another one is often exactly as long.
    last = {job.result: job for job in sorted(kept, key=lambda job: job.completed_at or job.created_at)}
    return sorted(last.values(), key=lambda job: job.created_at)


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
    is_paid = job.is_paid_and_lacking and not job.is_hidden
    return not job.state.is_final or job.state is JobState.DONE or is_paid


def is_there(digests: FileDigests, job: Job) -> bool:
    """Tell whether the result is in place and unchanged; one that cannot be read counts as in place. Blocks."""
    if job.result is None or not job.result_digest:
        return False
    try:
        return digests.check_result(job.result, job.result_bytes, job.result_digest)
    except ComputerError:
        return True
