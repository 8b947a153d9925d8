"""What the engine's events mean for the window: each picture's job, the line in the footer, and the end of a run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.job import Job, JobState, StateGroup, openings
from topazdesk.ui.models.job_texts import eta_text, groups_text, stage_text, waits_until_text
from topazdesk.ui.models.newest_run import joined, told_by
from topazdesk.ui.models.picture import Picture, shown_picture
from topazdesk.ui.models.picture_list import PictureModel
from topazdesk.ui.models.run_progress import RunProgress
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import tr

#: News is shown at most ten times a second.
_NEWS_MS = 100
#: The share of more jobs than these is worked out without looking at each.
_EXACT = 200


@dataclass(frozen=True, slots=True)
class QueueSummary:
    """What the queue is doing, in one line, and in `detail` how many jobs are in which state, as the queue counts.

    `share` (0 to 1) is the progress of all jobs, None if there are none.
    """

    text: str = ""
    share: float | None = None
    waiting: bool = False
    paused: bool = False
    active: int = 0
    detail: str = ""


@dataclass(slots=True)
class TrackedRun:
    """The jobs of one run: those that are still open, and those that have ended."""

    open: set[str] = field(default_factory=set)
    ended: list[Job] = field(default_factory=list)


class QueueWatch(QObject):
    """Keeps pictures in step with their jobs.

    `add` makes a row for an unfinished job that has none. `changed` is emitted when the summary may be different,
    `result_there` with the id of a picture that got its result, and `run_ended` with the jobs of a run when all of them
    have ended.
    """

    changed = Signal()
    result_there = Signal(int)
    run_ended = Signal(list)

    def __init__(
        self,
        pictures: PictureModel,
        add: Callable[[Job], Picture | None],
        parent: QObject,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._add = add
        self._active: dict[str, Job] = {}
        self._percent: dict[str, float | None] = {}
        self._owner: dict[str, int] = {}
        self._order: dict[str, int] = {}  # in which jobs were made: rising numbers by their ids
        self._numbers = count()
        self._runs: dict[str, TrackedRun] = {}
        self._progress = RunProgress(clock)
        self._ended: Counter[StateGroup] = Counter()  # since there was something to do
        self.paused = False
        self._paused_words = ""
        self._then = ""
        #: Whether another machine of the team has started a job: the queue has it, and this list need not.
        self.is_others: Callable[[Job], bool] = lambda _job: False
        self._timer = Debounce(_NEWS_MS, self.changed, self)

    @property
    def active(self) -> int:
        """How many jobs are unfinished."""
        return len(self._active)

    @property
    def share(self) -> float | None:
        """How far all jobs are together, from 0 to 1; None if there are none. Of very many only those over count."""
        if not self._active:
            return None
        ended, active = self._progress.ended, len(self._active)
        under_way = sum(map(self._share, self._active.values())) if active <= _EXACT else 0.0
        return (ended + under_way) / (ended + active)

    @property
    def paused_text(self) -> str:
        """What is said of a queue that is paused: also by whom, in a team."""
        return self._paused_words or tr("Paused")

    def set_paused(self, paused: bool, words: str = "") -> None:
        """Take in that the queue was paused or resumed. `words` say more of that than that it is paused."""
        self.paused = paused
        self._paused_words = words if paused else ""
        self._progress.pause(paused)
        self.changed.emit()

    def set_then(self, text: str) -> None:
        """Say what happens after the last job; "" says nothing."""
        if text != self._then:
            self._then = text
            self._timer.soon()

    def job_news(self, job: Job) -> None:
        """Take in a job that is new or has changed its state."""
        # A trial is not one of the picture's results, and is shown in a place of its own.
        picture = self._picture_of(job) if job.trial is None else None
        if picture is not None:
            picture.judge(job)
            self._put(picture, job)
        self._count(job)
        self._timer.soon()

    def progress(self, job_id: str, percent: float | None) -> None:
        """Take in progress within a stage."""
        self._percent[job_id] = percent
        picture = self._pictures.picture(self._owner.get(job_id, 0))
        if picture is not None and picture.job is not None and picture.job.id == job_id:
            picture.percent = percent
            self._pictures.touched(picture)
        self._timer.soon()

    def attach(self, picture: Picture, jobs: list[Job]) -> None:
        """Give a restored or new picture its jobs, which come newest first."""
        if not jobs:
            return
        picture.jobs = ()
        for job in reversed(jobs):
            self._order[job.id] = next(self._numbers)
            picture.jobs = joined(picture.jobs, job, self._is_older) or picture.jobs
        picture.job = told_by(picture.jobs)
        picture.percent = self._percent[picture.job.id] = picture.job.known_percent
        picture.result = next((job for job in jobs if job.state is JobState.DONE and job.result is not None), None)
        for job in jobs:
            picture.judge(job)
            self._owner[job.id] = picture.id
            if not job.state.is_final:
                self._count(job)
        self._pictures.touched(picture)

    def summary(self) -> QueueSummary:
        """Return the line in the footer."""
        jobs = list(self._active.values())
        if not jobs:
            return QueueSummary(paused=self.paused, text=self.paused_text if self.paused else "")
        waiting = sum(job.state in (JobState.WAITING, JobState.DOUBTFUL) for job in jobs)
        now = time.time()
        opens = openings(jobs, now)
        counts = groups_text(Counter(job.state.traits.group for job in jobs) + self._ended)
        ended = self._progress.ended
        is_waiting = waiting + len(opens) == len(jobs)
        if ended + len(jobs) > 1:
            text = self._progress.text(jobs, is_moving=not is_waiting and not self.paused)
            if is_waiting and opens:
                text = f"{text} · {waits_until_text(opens, now)}"
            elif is_waiting:
                text = f"{text} · {self._said(jobs[0])}"
        elif opens:
            text = waits_until_text(opens, now)
        else:
            first = groups_text(Counter([jobs[0].state.traits.group]))
            text = f"{first} · {self._said(jobs[0])}" if jobs[0].state is not JobState.QUEUED else self._said(jobs[0])
        if self._then:
            text = f"{text} · {self._then}"
        return QueueSummary(
            text=f"{self.paused_text} · {text}" if self.paused else text,
            share=(ended + sum(self._share(job) for job in jobs)) / (ended + len(jobs)),
            waiting=is_waiting,
            paused=self.paused,
            active=len(jobs),
            detail=counts,
        )

    def _said(self, job: Job) -> str:
        """Return how far one job is: "street.jpg uploading 43 % · about 2 min"."""
        owner = self._pictures.picture(self._owner.get(job.id, 0))
        name = owner.name if owner is not None else shown_picture(job)
        eta = eta_text(job)
        state = stage_text(job, self._percent.get(job.id)).lower()
        return f"{name} {state}{f' · {eta}' if eta else ''}"

    def _put(self, picture: Picture, job: Job) -> None:
        if not job.state.is_final:  # what is over when it is first heard of was made at some other time
            self._order.setdefault(job.id, next(self._numbers))
        jobs = joined(picture.jobs, job, self._is_older)
        if jobs is None:
            return
        before = next((each for each in picture.jobs if each.id == job.id), None)
        if before is None:
            picture.again = False
        if before is None or before.state is not job.state:
            self._percent[job.id] = job.known_percent
        picture.jobs, picture.job = jobs, told_by(jobs)
        picture.percent = self._percent.get(picture.job.id)
        if job.state is JobState.DONE and job.result is not None:
            is_shown = picture.result is not None and picture.result.id == job.id
            if is_shown or before is None or before.state is not JobState.DONE:
                picture.result = job
                self.result_there.emit(picture.id)
        self._pictures.touched(picture)

    def _is_older(self, job: Job, other: Job) -> bool:
        """Tell which of two jobs was made first, also where the computer's clock was set back in between."""
        made, other_made = self._order.get(job.id), self._order.get(other.id)
        if made is None or other_made is None:
            return job.created_at < other.created_at
        return made < other_made

    def _picture_of(self, job: Job) -> Picture | None:
        known = self._pictures.picture(self._owner.get(job.id, 0)) or self._pictures.at(job.source, job.page)
        if known is None and not job.state.is_final and not job.was_found and not self.is_others(job):
            known = self._add(job)
        if known is not None:
            self._owner[job.id] = known.id
        return known

    def _count(self, job: Job) -> None:
        if not job.state.is_final:
            before = self._active.get(job.id)
            if before is not None and before.state is not job.state:
                self._percent[job.id] = job.known_percent  # what the stage before had reached says nothing of this one
            if before is None:
                self._progress.add()
                self._progress.pause(self.paused)
                self._runs.setdefault(job.run_id, TrackedRun()).open.add(job.id)
            self._active[job.id] = job
            return
        if self._active.pop(job.id, None) is None:
            return
        self._percent.pop(job.id, None)
        self._progress.end(job)
        self._ended[job.state.traits.group] += 1
        if not self._active:
            self._progress.clear()
            self._ended.clear()
        run = self._runs.get(job.run_id)
        if run is None:
            return
        run.open.discard(job.id)
        run.ended.append(job)
        if not run.open:
            del self._runs[job.run_id]
            if job.trial is None and not self.is_others(job):  # the trial cards show how trials ended
                self.run_ended.emit(run.ended)

    def _share(self, job: Job) -> float:
        state = job.resume_to if job.state is JobState.WAITING and job.resume_to else job.state
        start, width = state.traits.share or (0.0, 0.0)
        return start + width * (self._percent.get(job.id) or 0.0) / 100
