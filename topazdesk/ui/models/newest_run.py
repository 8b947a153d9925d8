"""The jobs of a picture's newest run: of a picture there may be several, one for each size or format wanted of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from topazdesk.domain.job import Job, JobState

#: Tells whether the first job was made before the second: not by time alone, as clocks are set back.
IsOlder = Callable[[Job, Job], bool]


def told_by(jobs: Iterable[Job]) -> Job:
    """Return the job whose state is that of the picture: it is finished when all of them are.

    That is the first of those under way, else one that has failed, else the newest that is done.
    """
    return max(jobs, key=_weight)


def joined(jobs: tuple[Job, ...], job: Job, is_older: IsOlder) -> tuple[Job, ...] | None:
    """Return the jobs of the newest run with the news of one, or None for news of an earlier run.

    A job that tries a failed one again takes its place, though it is in a run of its own. Unfinished jobs of an earlier
    run stay until they are over.
    """
    place = next((at for at, each in enumerate(jobs) if _kind(each) == _kind(job)), None)
    if place is not None:
        before = jobs[place]
        if job.id != before.id and is_older(job, before):
            return None
        if job.run_id == before.run_id or before.state is not JobState.DONE:
            return (*jobs[:place], job, *jobs[place + 1 :])
    elif any(job.run_id == each.run_id for each in jobs):
        return (*jobs, job)
    if any(is_older(job, each) for each in jobs):
        return None
    return (*(each for each in jobs if not each.state.is_final), job)


def _kind(job: Job) -> Hashable:
    recipe = job.recipe
    return recipe.service, recipe.model, recipe.values, recipe.output.size, recipe.output.format


def _weight(job: Job) -> tuple[int, float, int]:
    age = job.created_at, job.position
    match job.state:
        case JobState.CANCELLED:
            return 0, *age
        case JobState.DONE:
            return 1, *age
        case JobState.FAILED | JobState.EXPIRED:
            return 2, *age
        case JobState.QUEUED:
            return 3, -age[0], -age[1]
        case _:
            return 4, -age[0], -age[1]
