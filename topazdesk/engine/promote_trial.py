"""Turns a trial of a whole picture into an ordinary result, so that what was paid once is not paid again."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from topazdesk.disk import private_file
from topazdesk.domain.job import Job, JobState
from topazdesk.engine import files, packets, replacing
from topazdesk.engine.completing import completed
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.result_paths import ResultPaths, folder_of
from topazdesk.errors import Code, ComputerError, ResultError, UseError


async def take_over(context: EngineContext, result_paths: ResultPaths, job: Job) -> Job:
    """Copy the trial's result to the path that the recipe asks for, then make the job an ordinary one.

    The path is stored before the file is renamed, so that a crash in between leaves no second copy. Raises UseError,
    ComputerError, ResultError.
    """
    trial, result = job.trial, job.result
    if trial is None or trial.patch is not None or job.state is not JobState.DONE or result is None:
        raise UseError(
            "Only a finished trial of the whole picture can become a result",
            "Apply its recipe to the picture instead.",
            code=Code.USE_NOT_A_WHOLE_TRIAL,
        )
    ordinary = replace(job, recipe=trial.recipe, trial=None)
    folder = folder_of(job.source, trial.recipe.output.folder)
    await asyncio.to_thread(files.check_writable, folder)
    target = job.target if job.target is not None and job.target != result else None
    if target is None or await asyncio.to_thread(files.digest_of, target) != job.result_digest:
        target = await _place(context, result_paths, ordinary, result)
    result_paths.release(job.id)
    report = context.job_table[job.id].kept
    if report is not None and report.has_packet:
        report = await asyncio.to_thread(packets.place, files.part_path(target, job.token), target, report)
    done = await context.job_table.update(
        job.id, insist=False, recipe=trial.recipe, trial=None, result=target, target=target, kept=report
    )
    await asyncio.to_thread(files.remove, result)
    return done


async def _place(context: EngineContext, result_paths: ResultPaths, ordinary: Job, result: Path) -> Path:
    await result_paths.load(ordinary)
    model = context.catalogue.by_slug(ordinary.recipe.service, ordinary.recipe.model)
    while True:
        target = await asyncio.to_thread(result_paths.choose, replace(ordinary, target=None))
        ordinary = replace(ordinary, target=target)
        part = files.part_path(target, ordinary.token)
        delivered = ordinary.delivered_digest or ordinary.result_digest
        try:
            await asyncio.to_thread(_copy, result, part, delivered)
            with_delivered = replace(ordinary, delivered_digest=delivered)
            kept = await asyncio.to_thread(completed, context.pictures, with_delivered, model, part)
            digests: dict[str, Any] = {"delivered_digest": delivered, "result_digest": delivered, "kept": kept.report}
            if kept.is_new:
                digests |= {"result_digest": kept.digest, "result_bytes": kept.size_bytes}
            await context.job_table.update(ordinary.id, insist=False, target=target, **digests)
            file = files.kept_path(part) if kept.is_new else part
            await asyncio.to_thread(
                replacing.place, file, target, await asyncio.to_thread(result_paths.known, ordinary)
            )
        except FileExistsError:  # the name was taken meanwhile: use the next free one
            continue
        finally:
            await asyncio.to_thread(files.remove, part)
            await asyncio.to_thread(files.remove, files.kept_path(part))
        return target


def _copy(source: Path, part: Path, digest: str) -> None:
    """Copy the file and read it back. Raises ComputerError; ResultError when the trial's result is gone."""
    try:
        files.remove(part)
        private_file.create(part, b"", 0o666)  # a new file: never through a link of that name
        shutil.copyfile(source, part)
    except FileNotFoundError as error:
        raise ResultError(
            "The result of this trial is gone",
            "It was removed from the profile. You can still apply its recipe.",
            details=str(error),
            code=Code.RESULT_GONE,
        ) from error
    except OSError as error:
        raise files.disk_error(error, part.parent) from error
    if files.digest_of(part) != digest:
        files.remove(part)
        raise ComputerError(
            "The copy differs from the file that was checked",
            "Check the disk, then try again.",
            code=Code.COMPUTER_BAD_COPY,
        )
