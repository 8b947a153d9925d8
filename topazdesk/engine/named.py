"""An answer names what was asked, or it is nonsense: the number that was asked for, and the name under which we sent it."""

from __future__ import annotations

from topazdesk.domain.job import Job
from topazdesk.domain.ports import RemoteJob, Service
from topazdesk.domain.token import tokens_in
from topazdesk.errors import Retry, ServiceError


async def status_of(service: Service, job: Job) -> RemoteJob:
    """What the service says of a job. Raises what the service raises, and ServiceError for an answer about another one."""
    remote = await service.status(job.remote_id)
    if remote.remote_id != job.remote_id:
        raise ServiceError(
            "The service answered for another picture",
            "It is asked again by itself. Nothing is lost.",
            details=f"asked for process {job.remote_id}, told of {remote.remote_id}",
            code="service.other_job",
            retry=Retry.LATER,
        )
    return remote


def is_anothers(job: Job, remote: RemoteJob) -> bool:
    """Whether the name of a remote job is a token, but not this job's: it is that of another upload.

    Jobs on another's upload carry that one's name, and those that were found at the service the name of where they came from.
    """
    names = tokens_in(remote.file_name)
    return bool(names) and job.token not in names and not job.by_source and not job.was_found
