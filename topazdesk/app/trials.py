"""Trials before paying: up to four recipes on a patch or on the whole picture, from one upload, kept in the profile.

How a window uses it (`desk.trials`): `drafts` prices candidates while the frame is moved (nothing is read or written),
`start` cuts the patch and starts all candidates with one upload, `of` lists the trials of a picture with their jobs (also
after a restart), `use` makes a candidate of the whole picture an ordinary result. Jobs of trials carry `Job.trial` with the
picture, the patch and the recipe as it was wished; they are told by the engine's events as all jobs are, and must be left
out where a picture's ordinary results are listed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from topazdesk.app.offers import Ask
from topazdesk.app.own_folders import patches_folder, results_folder
from topazdesk.disk.own_folder import OwnFolder
from topazdesk.domain.candidates import Candidate, candidate, candidates, patch_info
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.draft import estimate_request
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job
from topazdesk.domain.ports import Clock
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch, is_whole, on_patch
from topazdesk.engine.engine import Engine
from topazdesk.engine.files import disk_error
from topazdesk.errors import Code, UseError
from topazdesk.media.crop import cut

Require = Callable[[ServiceName, Model], Awaitable[None]]

#: How long a candidate that is not used stays in the list.
KEPT_S = 7 * 86_400.0
#: Patches that were cut and never tried are not paid for: they go sooner, and the oldest first above so many bytes.
UNTRIED_S = 86_400.0
UNTRIED_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Trial:
    """What one click started: the candidates of one picture and patch (None: the whole), in their order."""

    picture: Path
    patch: Patch | None
    started_at: float
    jobs: tuple[Job, ...]


class Trials:
    """The trials of one profile, in `folder`: `patches/` (what is sent) and `results/`."""

    def __init__(
        self, folder: Path, clock: Clock, engine: Engine, catalogue: Catalogue, ask: Ask, require: Require
    ) -> None:
        self._own = (patches_folder(folder), results_folder(folder))
        self._patches, self._results = (own.path for own in self._own)
        self._clock = clock
        self._engine = engine
        self._catalogue = catalogue
        self._ask = ask
        self._require = require
        self._is_tidy = False

    async def cut(self, info: ImageInfo, patch: Patch | None) -> ImageInfo:
        """The patch as a file of its own in the profile; the picture itself where nothing would be cut away.

        Lossless, upright, with profile and depth; named after its content, so equal patches are one file. The original
        is only read. Raises InputError, ComputerError.
        """
        if patch is None or is_whole(patch, info.size):
            return info
        await asyncio.to_thread(self._claim)
        return await asyncio.to_thread(cut, info, patch, self._patches)

    def drafts(self, picture: ImageInfo, patch: Patch | None, recipes: Sequence[Recipe]) -> tuple[Candidate, ...]:
        """Each candidate with its price on the patch and on the whole picture, or the problem; quick, touches nothing.

        Raises UseError for more than four. Sum: `domain.candidates.bill_of`.
        """
        return candidates(picture, patch, recipes, self._catalogue, folder=str(self._results))

    async def priced(self, picture: ImageInfo, patch: Patch | None, recipes: Sequence[Recipe]) -> tuple[Candidate, ...]:
        """As `drafts`, with the service asked where only it knows a price or whether it takes the model. Sends no picture.

        Raises UseError for more than four and for a model that the service refused, and what the service raises.
        """
        found = list(self.drafts(picture, patch, recipes))
        for number, one in enumerate(found):
            if one.model is None:
                continue
            await self._require(one.recipe.service, one.model)
            if not one.model.price.is_known:
                found[number] = await self._asked(picture, patch, one, one.model)
        return tuple(found)

    async def start(
        self, picture: ImageInfo, patch: Patch | None, recipes: Sequence[Recipe], *, run_budget: int | None = None
    ) -> tuple[Job, ...]:
        """Starts the candidates with one upload; the jobs are in the order of `recipes`. The engine must be started.

        All or nothing: raises the problem of the first candidate that cannot be made before anything is sent. Raises as
        `cut` and `Engine.enqueue`, and what the service raises where only it knows a price or a model's name.
        """
        if is_whole(patch, picture.size):
            patch = None
        found = await self.priced(picture, patch, recipes)
        if not found:
            raise UseError("There is no candidate to try.", "Add one first.", code=Code.USE_NO_CANDIDATES)
        for one in found:
            if one.problem is not None:
                raise one.problem
        await self._tidy_once()
        shown = await self.cut(picture, patch)
        drafts = [replace(one.draft, info=shown) for one in found if one.draft is not None]
        return await self._engine.enqueue(drafts, run_budget=run_budget)

    def of(self, picture: Path) -> tuple[Trial, ...]:
        """The trials of a picture, newest first, with their jobs as they stand now; used candidates are left out."""
        runs: dict[str, list[Job]] = {}
        for job in self._engine.jobs():
            if job.trial is not None and job.trial.picture == picture:
                runs.setdefault(job.run_id, []).append(job)
        return tuple(_trial(sorted(jobs, key=lambda job: job.position)) for jobs in runs.values())

    async def use(self, job: Job) -> Job:
        """Makes a finished candidate of the whole picture an ordinary result, in the normal place under the normal name.

        Nothing is paid again. Returns the job, which is no trial any more. Raises UseError, ComputerError, ResultError.
        """
        return await self._engine.use(job.id)

    async def tidy(self) -> None:
        """Removes trials that are older than 7 days, and patches that were cut and never tried.

        What is paid and younger stays, whatever its size, and so does everything that is not finished.
        """
        self._is_tidy = True
        await asyncio.to_thread(self._claim)
        now = self._clock.now()
        jobs = [job for job in self._engine.jobs() if job.trial is not None]
        old = [job for job in jobs if job.state.is_final and now - max(job.created_at, job.changed_at) > KEPT_S]
        gone = {job.id for job in old}
        kept = {job.source for job in jobs if job.id not in gone}
        files = [job.result for job in old if job.result is not None and job.result.parent == self._results]
        await self._engine.forget(gone)
        patches, results = self._own
        for file in files:
            await asyncio.to_thread(results.remove, file)
        await asyncio.to_thread(_remove_untried, patches, kept, now)
        known = {path for job in self._engine.jobs() for path in (job.result, job.target) if path is not None}
        await asyncio.to_thread(_remove_unknown, results, known, now)

    def _claim(self) -> None:
        for own in self._own:
            try:
                own.claim()
            except OSError as error:
                raise disk_error(error, own.path) from error

    async def _tidy_once(self) -> None:
        if not self._is_tidy:
            await self.tidy()

    async def _asked(self, picture: ImageInfo, patch: Patch | None, one: Candidate, model: Model) -> Candidate:
        """The candidate with the service's own prices, where no page states one."""
        shown = patch_info(picture, patch)
        tried = one.recipe if patch is None else on_patch(one.recipe, picture.size)
        price = await self._ask(one.recipe.service, estimate_request(shown, model, tried))
        whole = (
            price
            if patch is None
            else await self._ask(one.recipe.service, estimate_request(picture, model, one.recipe))
        )
        return candidate(picture, patch, one.recipe, model, str(self._results), confirmed=price, whole=whole)


def _trial(jobs: list[Job]) -> Trial:
    first = jobs[0].trial
    assert first is not None  # noqa: S101 chosen by it
    return Trial(first.picture, first.patch, jobs[0].created_at, tuple(jobs))


def _remove_untried(own: OwnFolder, kept: set[Path], now: float) -> None:
    """Patches without a job: those of yesterday, and the oldest above the cap."""
    left = UNTRIED_BYTES
    found = [(state, path) for path in own.files() if path not in kept and (state := _state(path)) is not None]
    for state, path in sorted(found, key=lambda entry: entry[0].st_mtime, reverse=True):
        left -= state.st_size
        if left < 0 or now - state.st_mtime > UNTRIED_S:
            own.remove(path)


def _remove_unknown(own: OwnFolder, known: set[Path], now: float) -> None:
    """Results that no job of the list names any more (cleared, or used in the instant of a crash), when they are old."""
    for path in list(own.files()):
        state = _state(path)
        is_waiting = path in known or path.name.startswith(".")
        if not is_waiting and state is not None and now - state.st_mtime > KEPT_S:
            own.remove(path)


def _state(path: Path) -> os.stat_result | None:
    """None where somebody else tidies, too."""
    try:
        return path.stat()
    except OSError:
        return None
