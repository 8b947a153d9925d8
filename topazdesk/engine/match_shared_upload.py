"""Finds the remote job of a lost answer among several jobs sent on one upload, where no name tells them apart.

A submit that names an upload carries no name of ours; the service lists the job under the name of the upload's first
job. But no other program knows the upload's id. So every remote job with this id that is not known yet belongs to one
of our jobs whose answer is still missing; model, size, format, time and the reported settings say to which. Pure:
nothing is asked or written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from topazdesk.domain.catalogue import Model
from topazdesk.domain.charges import GIVEN_UP
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemoteJob
from topazdesk.domain.settings_report import Deviation, read_settings_report
from topazdesk.domain.token import tokens_in
from topazdesk.engine.policy import DAY_S

#: With more unknown remote jobs on one upload, trying all assignments would take too long.
_MOST = 8
_FORMATS = {"jpg": "jpeg", "tif": "tiff"}


class Unclear(Enum):
    """Why no remote job can be named."""

    NOT_YET = "another submit on this upload is still under way"
    UNDECIDABLE = "more than one way to read the service's list"


@dataclass(frozen=True, slots=True)
class Claimant:
    """A job that may own an unknown remote job: doubtful, being sent now, or given up by the user after a doubt.

    Or one that is known, and was sent again: an earlier submit of it may have arrived, too.
    """

    job: Job
    model: Model

    @property
    def submits(self) -> int:
        """How many remote jobs may be its own: one that was sent again after a doubt may have arrived each time."""
        return (not self.job.remote_id) + self.job.resends


def may_own(job: Job) -> bool:
    """Tell whether a submit of this job on an upload may have been accepted without this program knowing its number."""
    return job.by_source and may_have_lost_one(job)


def may_have_lost_one(job: Job) -> bool:
    """Do the same for a submit that uploaded the picture, too."""
    if job.resends > 0:
        return True
    if job.remote_id:
        return False
    given_up = job.trouble is not None and job.trouble.code == GIVEN_UP
    return job.state in (JobState.SUBMITTING, JobState.DOUBTFUL) or (job.state is JobState.CANCELLED and given_up)


def whose(job: Job, claimants: Sequence[Claimant], strays: Sequence[RemoteJob]) -> RemoteJob | Unclear | None:
    """Return the remote job that a doubtful job should adopt; None when the list shows none for it so far.

    `claimants`: all jobs on the same upload that `may_own`, this one included. `strays`: all remote jobs of this upload
    whose owner is unknown. A job is returned only if every possible assignment of strays to claimants agrees on it.
    """
    if not strays:
        return None
    is_busy = any(c.job.state is JobState.SUBMITTING for c in claimants)
    unclear = Unclear.NOT_YET if is_busy else Unclear.UNDECIDABLE
    if len(strays) > min(_MOST, sum(claimant.submits for claimant in claimants)):
        return unclear
    classes = _classes(claimants)
    own = next(number for number, members in enumerate(classes) if any(c.job.id == job.id for c in members))
    readings = {frozenset(i for i, k in enumerate(way) if k == own) for way in _ways(classes, strays)}
    if len(readings) != 1:
        return unclear
    mine = [strays[i] for i in sorted(next(iter(readings)), key=lambda i: (strays[i].created_at or 0.0, i))]
    if not mine:
        return None
    if any(c.job.state is JobState.SUBMITTING for c in classes[own]):
        return Unclear.NOT_YET
    # Equal requests: any of these results is right for any of these jobs. First comes the job under whose name one
    # of them was sent, so that no name is used a second time; then doubtful ones. Who has a number needs no other.
    names = {token for remote in mine for token in tokens_in(remote.file_name)}

    def rank(claimant: Claimant) -> tuple[bool, bool, bool, float, str]:
        job = claimant.job
        return bool(job.remote_id), job.token not in names, job.state is not JobState.DOUBTFUL, job.position, job.id

    waiting = sorted(classes[own], key=rank)
    place = [c.job.id for c in waiting].index(job.id)
    return mine[place] if place < len(mine) else None


def _classes(claimants: Sequence[Claimant]) -> list[list[Claimant]]:
    """Group the claimants by equal requests."""
    classes: dict[tuple[object, ...], list[Claimant]] = {}
    for one in claimants:
        key = (one.job.recipe.digest, one.job.target_size, one.job.format)
        classes.setdefault(key, []).append(one)
    return list(classes.values())


def _ways(classes: Sequence[Sequence[Claimant]], strays: Sequence[RemoteJob]) -> Iterator[tuple[int, ...]]:
    """Yield all ways to assign each stray to a class, none getting more than its members were sent."""

    def from_(number: int, room: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if number == len(strays):
            yield ()
            return
        for index, members in enumerate(classes):
            if room[index] and _fits(members, strays[number]):
                rest = (*room[:index], room[index] - 1, *room[index + 1 :])
                for way in from_(number + 1, rest):
                    yield (index, *way)

    return from_(0, tuple(sum(member.submits for member in members) for members in classes))


def _is_in_time(job: Job, at: float) -> bool:
    """Tell whether the job's submit may have created a remote job at this time.

    A job believed unsent may have been sent at any time since it was made.
    """
    return abs(at - job.intent_at) <= DAY_S if job.intent_at else at >= job.created_at - DAY_S


def fits(job: Job, model: Model, remote: RemoteJob) -> bool:
    """Tell whether a remote job can be this job's: nothing that the service reports contradicts it."""
    return _fits([Claimant(job, model)], remote)


def _fits(members: Sequence[Claimant], remote: RemoteJob) -> bool:
    """Do the same for several equal requests."""
    if remote.created_at is not None and not any(_is_in_time(m.job, remote.created_at) for m in members):
        return False
    return agrees(members[0].job, members[0].model, remote)


def agrees(job: Job, model: Model, remote: RemoteJob) -> bool:
    """Tell whether what the service reports to have made, at whatever time, is what the job asked for."""
    if remote.model and remote.model.lower() not in {name.lower() for name in model.api_models}:
        return False
    told = remote.output_format.lower()
    if told and _FORMATS.get(told, told) != job.format.value:
        return False
    size = remote.output_size
    if size is not None and model.takes_size:
        apart = abs(size.width - job.target_size.width), abs(size.height - job.target_size.height)
        if max(apart) > 1:
            return False
    differences = read_settings_report(model, job.recipe.settings, remote.echoed).differences
    return not any(difference.kind is Deviation.CHANGED for difference in differences)
