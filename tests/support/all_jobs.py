"""All jobs of a profile for tests: an engine keeps those at hand that it works with, the others are on the disk."""

from __future__ import annotations

from topazdesk.domain.job import Job
from topazdesk.engine.engine import Engine


async def past_jobs(engine: Engine) -> dict[str, Job]:
    """The jobs as an engine that has just started finds them."""
    return {job.id: job async for page in engine.pages() for job in page}


def with_past(engine: Engine, past: dict[str, Job]) -> tuple[Job, ...]:
    """They, as they stand now, and those that came since; newest first."""
    jobs = past | {job.id: job for job in engine.jobs()}
    return tuple(sorted(jobs.values(), key=lambda job: (job.created_at, job.position), reverse=True))
