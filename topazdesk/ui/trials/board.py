"""The trials of one picture: up to four candidates, where they are tried, and their results. No widgets, no I/O.

A result belongs to a place (the patch, or the whole picture) and a recipe. So a frame that is moved back, or a setting
that is put back, finds what was paid for already, and nothing is paid for twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.trial import MIN_SIDE_PX, MOST_CANDIDATES, Patch, TrialOf, default_patch, fitted, is_whole
from topazdesk.ui.models.history import History

Place = Patch | None  # None: the whole picture
Lineup = tuple[int, tuple[Recipe, ...]]  # the number of the chosen candidate, and the recipes of all

#: Final states after which a candidate can be tried again.
GONE = (JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED)


@dataclass(slots=True, eq=False)
class Candidate:
    """A candidate: the recipe to be tried, as the whole picture would get it."""

    recipe: Recipe


@dataclass(slots=True, eq=False)
class Board:
    """The candidates of a picture. `chosen` is the one in the viewer, counted from 1; 0 is the source.

    `whole`: the whole picture is tried instead of a patch.
    """

    picture: Path
    size: Size
    patch: Patch
    whole: bool = False
    chosen: int = 0
    candidates: list[Candidate] = field(default_factory=list)
    history: History[Lineup] = field(default_factory=History)
    _tried: dict[tuple[Place, str], Job] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)  # by job
    _recipes: dict[str, Recipe] = field(default_factory=dict)

    @classmethod
    def fresh(cls, picture: Path, size: Size, centre: tuple[float, float] | None = None) -> Board:
        """Return a board without candidates. A picture no larger than a patch is tried as a whole."""
        patch = default_patch(size, centre)
        side = max(min(size.width, size.height) // 2, MIN_SIDE_PX)
        if side < max(patch.width, patch.height):  # a frame around nearly all of it would not look like a frame
            x, y = patch.centre
            patch = fitted(Patch(round(x - side / 2), round(y - side / 2), side, side), size)
        return cls(picture, size, patch, whole=is_whole(patch, size))

    # what is tried

    @property
    def place(self) -> Place:
        """Where the candidates are tried now."""
        return None if self.whole or is_whole(self.patch, self.size) else self.patch

    def know(self, trial: TrialOf, job: Job) -> None:
        """Take note of a job that is new or has changed.

        Per place and recipe the newest job counts, but one with a result more than one without.
        """
        recipe = replace(trial.recipe, page=None)  # the candidates of a board are all for its page
        key = (trial.patch, recipe.digest)
        known = self._tried.get(key)
        if known is not None and known.id != job.id:
            older = job.created_at < known.created_at
            if (older and not _has_result(job)) or (_has_result(known) and not (_has_result(job) and not older)):
                return
        self._tried[key] = job
        self._places[job.id] = trial.patch
        self._recipes[job.id] = recipe

    def bring_back(self) -> None:
        """Return to the place of the newest job, with the candidates that were tried there."""
        if not self._tried:
            return
        newest = max(self._tried.values(), key=_age)
        place = self._places[newest.id]
        self.whole = place is None
        if place is not None:
            self.patch = place
        tried = sorted((job for (where, _), job in self._tried.items() if where == place), key=_age)
        self.candidates = [Candidate(self._recipes[job.id]) for job in tried[-MOST_CANDIDATES:]]
        self.chosen = next((n for n, each in enumerate(self.candidates, 1) if self.result(each)), 0)

    def job(self, candidate: Candidate) -> Job | None:
        """Return the job of a candidate's present recipe at the present place, if any."""
        return self._tried.get((self.place, candidate.recipe.digest))

    def result(self, candidate: Candidate) -> Job | None:
        """Return a candidate's job if it has a result."""
        job = self.job(candidate)
        return job if job is not None and _has_result(job) else None

    def open(self) -> list[Candidate]:
        """Return the candidates not tried here with these settings, or failed; equal recipes count once."""
        found: dict[str, Candidate] = {}
        for each in self.candidates:
            job = self.job(each)
            if job is None or job.state in GONE:
                found.setdefault(each.recipe.digest, each)
        return list(found.values())

    def here(self) -> list[Job]:
        """Return all jobs at the present place."""
        return [job for (place, _), job in self._tried.items() if place == self.place]

    def elsewhere(self) -> Patch | None:
        """Return the patch tried last if the frame is now on another one, where nothing was tried; else None."""
        if self.whole or self.here():
            return None
        tried = [job for (place, _), job in self._tried.items() if place is not None and job.state not in GONE]
        return self._places[max(tried, key=_age).id] if tried else None

    def forget(self, job_id: str) -> None:
        """Drop a job that is no longer a trial, because its result was taken over."""
        self._tried = {key: job for key, job in self._tried.items() if job.id != job_id}
        self._places.pop(job_id, None)
        self._recipes.pop(job_id, None)

    def has(self, job_id: str) -> bool:
        """Tell whether a job is one of these trials."""
        return job_id in self._places

    @property
    def is_running(self) -> bool:
        """Whether a trial is running at the present place."""
        return any(not job.state.is_final for job in self.here())

    # candidates

    @property
    def current(self) -> Candidate | None:
        """The candidate in the viewer; None for the source."""
        return self.candidates[self.chosen - 1] if 0 < self.chosen <= len(self.candidates) else None

    @property
    def is_full(self) -> bool:
        """Whether no further candidate fits."""
        return len(self.candidates) >= MOST_CANDIDATES

    def add(self, recipes: Iterable[Recipe]) -> None:
        """Add as many candidates as fit and show the last. A recipe that is there already is added again to vary it."""
        for recipe in recipes:
            if not self.is_full:
                self.candidates.append(Candidate(recipe))
                self.chosen = len(self.candidates)

    @property
    def lineup(self) -> Lineup:
        """What an undo restores."""
        return self.chosen, tuple(each.recipe for each in self.candidates)

    def line_up(self, lineup: Lineup) -> None:
        """Restore earlier candidates; their results are found again by the recipes."""
        self.chosen, recipes = lineup
        self.candidates = [Candidate(recipe) for recipe in recipes]

    def remove(self, number: int) -> None:
        """Remove a candidate from the board; its result stays with the picture's trials."""
        if 0 < number <= len(self.candidates):
            del self.candidates[number - 1]
            if self.chosen > number:
                self.chosen -= 1
            self.chosen = min(self.chosen, len(self.candidates))


def _has_result(job: Job) -> bool:
    return job.state is JobState.DONE and job.result is not None


def _age(job: Job) -> tuple[float, int]:
    return job.created_at, job.position
