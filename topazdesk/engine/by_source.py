"""Finds the remote job of a lost answer where no name can tell: several jobs went out on one upload.

A submit that names an upload carries no name of ours; the service lists the job under the name of the upload's first job. What
tells them apart is the upload's handle, which no other program knows: every remote job of this handle that is not known yet
belongs to one of our own jobs whose answer is still out. Model, size, format, time and reported settings say to which.
Pure: nothing is asked or written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from topazdesk.domain.catalogue import Model
from topazdesk.domain.charges import GIVEN_UP
from topazdesk.domain.echo import Deviation, read_echo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemoteJob
from topazdesk.engine.policy import DAY_S

#: More unknown remote jobs on one upload are not sorted out by trying all ways.
_MOST = 8
_FORMATS = {"jpg": "jpeg", "tif": "tiff"}


class Unclear(Enum):
    """Why no remote job is named."""

    NOT_YET = "another submit on this upload is still under way"
    UNDECIDABLE = "more than one way to read the service's list"


@dataclass(frozen=True, slots=True)
class Claimant:
    """A job that may own an unknown remote job: one in doubt, being sent just now, or given up by the user after a doubt."""

    job: Job
    model: Model


def may_own(job: Job) -> bool:
    """Whether the service may have taken a submit of this job that this program knows no remote job of."""
    if not job.by_source or job.remote_id:
        return False
    given_up = job.trouble is not None and job.trouble.code == GIVEN_UP
    return job.state in (JobState.SUBMITTING, JobState.DOUBTFUL) or (job.state is JobState.CANCELLED and given_up)


def whose(job: Job, claimants: Sequence[Claimant], strays: Sequence[RemoteJob]) -> RemoteJob | Unclear | None:
    """The remote job that a doubtful job is to adopt; None when the list, as far as it goes, shows none for it.

    `claimants`: all jobs on the same upload that `may_own`, the job among them. `strays`: all remote jobs of this upload that
    no job is known to own. Certain only when every way to give each stray an owner says the same.
    """
    if not strays:
        return None
    is_busy = any(c.job.state is JobState.SUBMITTING for c in claimants)
    unclear = Unclear.NOT_YET if is_busy else Unclear.UNDECIDABLE
    if len(strays) > min(_MOST, len(claimants)):
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
    # Equal requests: whichever takes a result has the right one. Those that wait come first.
    waiting = sorted(classes[own], key=lambda c: (c.job.state is not JobState.DOUBTFUL, c.job.position, c.job.id))
    place = [c.job.id for c in waiting].index(job.id)
    return mine[place] if place < len(mine) else None


def _classes(claimants: Sequence[Claimant]) -> list[list[Claimant]]:
    """The claimants, those with equal requests together."""
    classes: dict[tuple[object, ...], list[Claimant]] = {}
    for one in claimants:
        key = (one.job.recipe.digest, one.job.target_size, one.job.format)
        classes.setdefault(key, []).append(one)
    return list(classes.values())


def _ways(classes: Sequence[Sequence[Claimant]], strays: Sequence[RemoteJob]) -> Iterator[tuple[int, ...]]:
    """All ways to give each stray a class, no class more than it has members."""

    def from_(number: int, room: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if number == len(strays):
            yield ()
            return
        for index, members in enumerate(classes):
            if room[index] and _fits(members, strays[number]):
                rest = (*room[:index], room[index] - 1, *room[index + 1 :])
                for way in from_(number + 1, rest):
                    yield (index, *way)

    return from_(0, tuple(len(members) for members in classes))


def _is_in_time(job: Job, at: float) -> bool:
    """Whether a remote job of this time may come of a submit of the job; of one that is believed unsent, any later time."""
    return abs(at - job.intent_at) <= DAY_S if job.intent_at else at >= job.created_at - DAY_S


def fits(job: Job, model: Model, remote: RemoteJob) -> bool:
    """Whether a remote job can be that of this one: nothing that the service tells speaks against it."""
    return _fits([Claimant(job, model)], remote)


def _fits(members: Sequence[Claimant], remote: RemoteJob) -> bool:
    """The same for several equal requests."""
    job, model = members[0].job, members[0].model
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
    if remote.created_at is not None and not any(_is_in_time(m.job, remote.created_at) for m in members):
        return False
    differences = read_echo(model, job.recipe.settings, remote.echoed).differences
    return not any(difference.kind is Deviation.CHANGED for difference in differences)
