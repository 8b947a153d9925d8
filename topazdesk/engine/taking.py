"""A trial of the whole picture becomes an ordinary result: paid once, it is never paid again."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.domain.job import Job, JobState
from topazdesk.engine import files, replacing
from topazdesk.engine.parts import Parts
from topazdesk.engine.targets import Targets, folder_of
from topazdesk.errors import ComputerError, ResultError, UseError


async def take_over(parts: Parts, targets: Targets, job: Job) -> Job:
    """Copies the result to the name that the recipe asks for, then makes the job an ordinary one.

    The name is written down before the file gets it, so that a crash between the two leaves no second copy.
    """
    trial, result = job.trial, job.result
    if trial is None or trial.patch is not None or job.state is not JobState.DONE or result is None:
        raise UseError(
            "Only a finished trial of the whole picture can be taken as a result.",
            "Apply its recipe to the picture instead.",
            code="use.not_a_whole_trial",
        )
    ordinary = replace(job, recipe=trial.recipe, trial=None)
    folder = folder_of(job.source, trial.recipe.output.folder)
    await asyncio.to_thread(files.check_writable, folder)
    target = job.target if job.target is not None and job.target != result else None
    if target is None or await asyncio.to_thread(files.digest_of, target) != job.result_digest:
        target = await _place(parts, targets, ordinary, result)
    targets.release(job.id)
    done = await parts.book.update(job.id, insist=False, recipe=trial.recipe, trial=None, result=target, target=target)
    await asyncio.to_thread(files.remove, result)
    return done


async def _place(parts: Parts, targets: Targets, ordinary: Job, result: Path) -> Path:
    await targets.load(ordinary)
    while True:
        target = await asyncio.to_thread(targets.choose, replace(ordinary, target=None))
        ordinary = replace(ordinary, target=target)
        await parts.book.update(ordinary.id, insist=False, target=target)
        part = files.part_path(target, ordinary.token)
        try:
            await asyncio.to_thread(_copy, result, part, ordinary.result_digest)
            await asyncio.to_thread(replacing.place, part, target, await asyncio.to_thread(targets.known, ordinary))
        except FileExistsError:  # somebody took the name meanwhile: the next free one
            continue
        finally:
            await asyncio.to_thread(files.remove, part)
        return target


def _copy(source: Path, part: Path, digest: str) -> None:
    """Copies and reads it again. Raises ComputerError; ResultError when it is not the file that was verified."""
    try:
        files.remove(part)
        private_file.create(part, b"", 0o666)  # new: never into what a link of that name leads to
        shutil.copyfile(source, part)
    except FileNotFoundError as error:
        raise ResultError(
            "The result of this trial is not there any more.",
            "It was removed from the profile. Its recipe can still be applied.",
            details=str(error),
            code="result.gone",
        ) from error
    except OSError as error:
        raise files.disk_error(error, part.parent) from error
    if files.digest_of(part) != digest:
        files.remove(part)
        raise ComputerError(
            "The copy is not the file that was checked.", "Check the disk, then try again.", code="computer.bad_copy"
        )
