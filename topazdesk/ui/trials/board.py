"""The trials of one picture: up to four candidates, where they are tried, and what has come of them. No widgets, no I/O.

A result belongs to a place (the patch, or the whole picture) and a recipe. So a frame that is moved back, or a setting that
is put back, finds what was paid for already, and nothing is paid for twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.trial import MIN_SIDE_PX, MOST_CANDIDATES, Patch, TrialOf, default_patch, fitted, is_whole
from topazdesk.ui.models.history import History

Place = Patch | None  # None: the whole picture
Lineup = tuple[int, tuple[Recipe, ...]]  # which one is chosen, and the recipes of all

#: A candidate whose job ended so can be tried again.
GONE = (JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED)


@dataclass(slots=True, eq=False)
class Entry:
    """A recipe to be tried, as the whole picture would get it."""

    recipe: Recipe


@dataclass(slots=True, eq=False)
class Board:
    """`chosen` is what the viewer shows: 0 the source, else a candidate by its number. `whole`: the whole picture is tried."""

    picture: Path
    size: Size
    patch: Patch
    whole: bool = False
    chosen: int = 0
    candidates: list[Entry] = field(default_factory=list)
    history: History[Lineup] = field(default_factory=History)
    _tried: dict[tuple[Place, str], Job] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)  # by job
    _recipes: dict[str, Recipe] = field(default_factory=dict)

    @classmethod
    def fresh(cls, picture: Path, size: Size, centre: tuple[float, float] | None = None) -> Board:
        """A board without candidates; a picture that is no larger than a patch is tried as a whole."""
        patch = default_patch(size, centre)
        side = max(min(size.width, size.height) // 2, MIN_SIDE_PX)
        if side < max(patch.width, patch.height):  # a frame around nearly everything would not look like one
            x, y = patch.centre
            patch = fitted(Patch(round(x - side / 2), round(y - side / 2), side, side), size)
        return cls(picture, size, patch, whole=is_whole(patch, size))

    # what is tried

    @property
    def place(self) -> Place:
        """Where the candidates are tried now."""
        return None if self.whole or is_whole(self.patch, self.size) else self.patch

    def know(self, trial: TrialOf, job: Job) -> None:
        """A job of this picture is new or has another state. The newest of a place and recipe counts, a result more than none."""
        key = (trial.patch, trial.recipe.digest)
        known = self._tried.get(key)
        if known is not None and known.id != job.id:
            older = job.created_at < known.created_at
            if (older and not _has_result(job)) or (_has_result(known) and not (_has_result(job) and not older)):
                return
        self._tried[key] = job
        self._places[job.id] = trial.patch
        self._recipes[job.id] = trial.recipe

    def bring_back(self) -> None:
        """The place of the newest job, with the candidates that were tried there."""
        if not self._tried:
            return
        newest = max(self._tried.values(), key=_age)
        place = self._places[newest.id]
        self.whole = place is None
        if place is not None:
            self.patch = place
        tried = sorted((job for (where, _), job in self._tried.items() if where == place), key=_age)
        self.candidates = [Entry(self._recipes[job.id]) for job in tried[-MOST_CANDIDATES:]]
        self.chosen = next((n for n, each in enumerate(self.candidates, 1) if self.result(each)), 0)

    def job(self, candidate: Entry) -> Job | None:
        """The job of its recipe as it is now, at the present place."""
        return self._tried.get((self.place, candidate.recipe.digest))

    def result(self, candidate: Entry) -> Job | None:
        """Its job when there is a result of it."""
        job = self.job(candidate)
        return job if job is not None and _has_result(job) else None

    def open(self) -> list[Entry]:
        """Those that were not tried here with these settings, or failed; two with the same recipe count once."""
        found: dict[str, Entry] = {}
        for each in self.candidates:
            job = self.job(each)
            if job is None or job.state in GONE:
                found.setdefault(each.recipe.digest, each)
        return list(found.values())

    def here(self) -> list[Job]:
        """All jobs at the present place."""
        return [job for (place, _), job in self._tried.items() if place == self.place]

    def elsewhere(self) -> Patch | None:
        """The patch that was tried last, or is being tried, where the frame lies on another one that was not."""
        if self.whole or self.here():
            return None
        tried = [job for (place, _), job in self._tried.items() if place is not None and job.state not in GONE]
        return self._places[max(tried, key=_age).id] if tried else None

    def forget(self, job_id: str) -> None:
        """A job is no trial any more: its result was taken over."""
        self._tried = {key: job for key, job in self._tried.items() if job.id != job_id}
        self._places.pop(job_id, None)
        self._recipes.pop(job_id, None)

    def has(self, job_id: str) -> bool:
        """Whether a job is one of these trials."""
        return job_id in self._places

    @property
    def is_running(self) -> bool:
        """Whether something is under way at the present place."""
        return any(not job.state.is_final for job in self.here())

    # candidates

    @property
    def current(self) -> Entry | None:
        """The candidate in the viewer; None for the source."""
        return self.candidates[self.chosen - 1] if 0 < self.chosen <= len(self.candidates) else None

    @property
    def is_full(self) -> bool:
        """Whether no further candidate fits."""
        return len(self.candidates) >= MOST_CANDIDATES

    def add(self, recipes: Iterable[Recipe]) -> None:
        """Further candidates, as many as fit; the last one is shown. One with a recipe that is there already comes once more (to be varied)."""
        for recipe in recipes:
            if not self.is_full:
                self.candidates.append(Entry(recipe))
                self.chosen = len(self.candidates)

    @property
    def lineup(self) -> Lineup:
        """What an undo brings back."""
        return self.chosen, tuple(each.recipe for each in self.candidates)

    def line_up(self, lineup: Lineup) -> None:
        """The candidates as they were; results are found again by their recipes."""
        self.chosen, recipes = lineup
        self.candidates = [Entry(recipe) for recipe in recipes]

    def remove(self, number: int) -> None:
        """Take a candidate off the board; its result stays with the picture's trials."""
        if 0 < number <= len(self.candidates):
            del self.candidates[number - 1]
            if self.chosen > number:
                self.chosen -= 1
            self.chosen = min(self.chosen, len(self.candidates))


def _has_result(job: Job) -> bool:
    return job.state is JobState.DONE and job.result is not None


def _age(job: Job) -> tuple[float, int]:
    return job.created_at, job.position
