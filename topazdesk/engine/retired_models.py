"""Fails queued jobs without sending them when their model is no longer offered by the service.

This applies to the jobs queued when the service said so, not to later ones: the model may be back, and a new try asks.
"""

from __future__ import annotations

from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.engine.job_table import JobTable
from topazdesk.errors import Code

#: Code of a refusal that is about the model itself.
MODEL_GONE = Code.SERVICE_MODEL_UNAVAILABLE
_S = JobState


class RetiredModels:
    """The jobs that need not be sent, with what the service said about their model."""

    def __init__(self, job_table: JobTable) -> None:
        self._job_table = job_table
        self._told: dict[str, JobError] = {}

    async def told(self, job: Job, trouble: JobError) -> None:
        """Fail the other jobs that wait for the same model and service, because the service refused `job` for it."""
        states = (_S.QUEUED, _S.WAITING, _S.PREPARING)
        waiting = [self._job_table[job_id] for state in states for job_id in self._job_table.ids(state)]
        # All are noted before the first is written, because the queue keeps running meanwhile.
        same = [other.id for other in waiting if other.id != job.id and _is_unsent_like(other, job)]
        self._told.update(dict.fromkeys(same, trouble))
        for job_id in same:
            await self.fail(job_id, only_from=frozenset({_S.QUEUED, _S.WAITING}))

    async def fail(self, job_id: str, *, only_from: frozenset[JobState]) -> bool:
        """Fail a job that need not be sent if it is in one of these states. Tell whether its model is gone."""
        trouble = self._told.get(job_id)
        if trouble is None:
            return False
        moved = await self._job_table.move(
            job_id, _S.FAILED, only_from=only_from, note="not sent: " + MODEL_GONE, trouble=trouble
        )
        if moved.state.is_final:
            self._told.pop(job_id, None)
        return True


def _is_unsent_like(other: Job, job: Job) -> bool:
    """Tell whether a waiting job is for the same model and still has to be sent."""
    same = (other.recipe.service, other.recipe.model) == (job.recipe.service, job.recipe.model)
    return same and (other.state is not _S.WAITING or other.resume_to in (None, _S.QUEUED))
