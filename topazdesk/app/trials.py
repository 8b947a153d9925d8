"""Trials: up to four recipes on a patch or on the whole picture, with one upload, kept in the profile.

A window uses `context.trials` like this: `drafts` prices the candidates while the patch frame is moved (reads and
writes nothing), `start` cuts the patch and starts all candidates with one upload, `of` lists the trials of a picture
with their jobs (also after a restart), `use` turns a candidate on the whole picture into an ordinary result. Jobs of
trials have `Job.trial` with the picture, the patch and the recipe as the user chose it. The engine's events report
them like all jobs; a list of a picture's ordinary results must leave them out.
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
from topazdesk.domain.account import Account
from topazdesk.domain.candidates import Candidate, candidate, candidates, patch_info
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.draft import estimate_request
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job
from topazdesk.domain.ports import Clock, Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch, is_whole, on_patch
from topazdesk.engine.engine import Engine
from topazdesk.engine.files import disk_error
from topazdesk.errors import Code, UseError
from topazdesk.media.crop import cut
from topazdesk.media.preparing import check_aside

Require = Callable[[ServiceName, Model], Awaitable[None]]

#: How long a candidate that is not used stays in the list.
KEPT_S = 7 * 86_400.0
#: How long, and how many bytes, of patches are kept that were cut but never tried; nothing was paid for them.
UNTRIED_S = 86_400.0
UNTRIED_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Trial:
    """What one click started: the candidates on one picture and patch (None: the whole picture), in order."""

    picture: Path
    patch: Patch | None
    started_at: float
    jobs: tuple[Job, ...]


class Trials:
    """The trials of one profile. `folder` has the subfolders `patches` (what is sent) and `results`.

    `account` returns the account of a service that pays.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        engine: Engine,
        catalogue: Catalogue,
        ask: Ask,
        require: Require,
        account: Callable[[ServiceName], Account] = Account,
    ) -> None:
        self._own = (patches_folder(folder), results_folder(folder))
        self._patches, self._results = (own.path for own in self._own)
        self._clock = clock
        self._engine = engine
        self._catalogue = catalogue
        self._ask = ask
        self._require = require
        self._account = account
        self._is_tidy = False

    async def cut(self, info: ImageInfo, patch: Patch | None) -> ImageInfo:
        """Cut the patch into a file in the profile and return it; return the picture if the patch covers all of it.

        The file is lossless and upright, with the picture's colour profile and depth. It is named after the picture
        and its content, so equal patches are one file. The original is only read. Raises InputError, ComputerError.
        """
        if patch is None or is_whole(patch, info.size):
            return info
        await asyncio.to_thread(self._claim)
        # The patch may lie above the damage: nothing is paid for a picture that cannot be enhanced as a whole.
        await asyncio.to_thread(check_aside, info)
        return await asyncio.to_thread(cut, info, patch, self._patches)

    def drafts(self, picture: ImageInfo, patch: Patch | None, recipes: Sequence[Recipe]) -> tuple[Candidate, ...]:
        """Return each candidate with its price on the patch and on the whole picture, or its problem.

        Fast, and touches no file. `domain.candidates.bill_of` gives the sum. Raises UseError for more than four.
        """
        return candidates(picture, patch, recipes, self._catalogue, folder=str(self._results))

    async def priced(self, picture: ImageInfo, patch: Patch | None, recipes: Sequence[Recipe]) -> tuple[Candidate, ...]:
        """Return what `drafts` does, after asking the service where only it knows a price or accepts a model.

        Sends no picture. Raises UseError for more than four candidates and for a model that the service refused, and
        what the service raises.
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
        self,
        picture: ImageInfo,
        patch: Patch | None,
        recipes: Sequence[Recipe],
        *,
        numbers: Sequence[int] = (),
        run_budget: int | None = None,
        run_id: str = "",
    ) -> tuple[Job, ...]:
        """Start the candidates with one upload and return the jobs, in the order of `recipes`. Needs a started engine.

        An engine that has joined another program's has that one start them, all or none.

        `numbers` are those by which the user knows the candidates, by default their places among the `recipes`.
        It is all or nothing: if a candidate has a problem, that is raised before anything is sent. `run_id` is as for
        `Engine.enqueue`. Raises as `priced`, `cut` and `Engine.enqueue` do.
        """
        if is_whole(patch, picture.size):
            patch = None
        # Who pays is who was to pay at the click: asking for prices and cutting take a while.
        payers = {recipe.service: self._account(recipe.service) for recipe in recipes}
        found = await self.priced(picture, patch, recipes)
        if not found:
            raise UseError("There is nothing to try", "Add one first.", code=Code.USE_NO_CANDIDATES)
        for one in found:
            if one.problem is not None:
                raise one.problem
        await self._tidy_once()
        shown = await self.cut(picture, patch)
        numbered = zip(found, numbers or range(1, len(found) + 1), strict=True)
        drafts = [_numbered(replace(one.draft, info=shown), n) for one, n in numbered if one.draft is not None]
        account_id = payers[drafts[0].recipe.service].id
        admitted = await self._engine.admit(
            drafts, again=True, run_budget=run_budget, run_id=run_id, account_id=account_id
        )
        return admitted.jobs

    def of(self, picture: Path, page: int = 0) -> tuple[Trial, ...]:
        """Return the trials of a page of a file, newest first, with their jobs as they are now, no used candidates."""
        runs: dict[str, list[Job]] = {}
        for job in self._engine.jobs():
            if job.trial is not None and job.key == (picture, page):
                runs.setdefault(job.run_id, []).append(job)
        return tuple(_trial(sorted(jobs, key=lambda job: job.position)) for jobs in runs.values())

    async def use(self, job: Job) -> Job:
        """Turn a finished candidate on the whole picture into an ordinary result, with the usual place and name.

        Nothing is paid again. Returns the job, which is no longer a trial. Raises UseError, ComputerError, ResultError.
        """
        return await self._engine.use(job.id)

    async def tidy(self) -> None:
        """Remove trials that are older than 7 days, and patches that were cut but never tried.

        Younger results that were paid for stay, whatever their size, and so does everything unfinished.
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
        if not self._is_tidy and self._engine.is_owner:
            await self.tidy()

    async def _asked(self, picture: ImageInfo, patch: Patch | None, one: Candidate, model: Model) -> Candidate:
        """Return the candidate with the service's own prices, for a model without published ones."""
        shown = patch_info(picture, patch)
        tried = one.recipe if patch is None else on_patch(one.recipe, picture.size)
        price = await self._ask(one.recipe.service, estimate_request(shown, model, tried))
        whole = (
            price
            if patch is None
            else await self._ask(one.recipe.service, estimate_request(picture, model, one.recipe))
        )
        return candidate(picture, patch, one.recipe, model, str(self._results), confirmed=price, whole=whole)


def _numbered(draft: Draft, number: int) -> Draft:
    return draft if draft.trial is None else replace(draft, trial=replace(draft.trial, number=number))


def _trial(jobs: list[Job]) -> Trial:
    first = jobs[0].trial
    assert first is not None  # noqa: S101 `of` selects jobs with a trial
    return Trial(first.picture, first.patch, jobs[0].created_at, tuple(jobs))


def _remove_untried(own: OwnFolder, kept: set[Path], now: float) -> None:
    """Remove patches without a job: those older than `UNTRIED_S`, and the oldest above `UNTRIED_BYTES`."""
    left = UNTRIED_BYTES
    found = [(state, path) for path in own.files() if path not in kept and (state := _state(path)) is not None]
    for state, path in sorted(found, key=lambda entry: entry[0].st_mtime, reverse=True):
        left -= state.st_size
        if left < 0 or now - state.st_mtime > UNTRIED_S:
            own.remove(path)


def _remove_unknown(own: OwnFolder, known: set[Path], now: float) -> None:
    """Remove old results that no job has any more (removed from the list, or used at the moment of a crash)."""
    for path in list(own.files()):
        state = _state(path)
        is_waiting = path in known or path.name.startswith(".")
        if not is_waiting and state is not None and now - state.st_mtime > KEPT_S:
            own.remove(path)


def _state(path: Path) -> os.stat_result | None:
    """Return the file's state; None if another program is tidying up, too, and has removed it."""
    try:
        return path.stat()
    except OSError:
        return None
