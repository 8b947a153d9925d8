"""Checks that an answer is about what was asked: the process id, and the name under which the picture was sent."""

from __future__ import annotations

from topazdesk.domain.job import Job
from topazdesk.domain.ports import RemoteJob, Service
from topazdesk.domain.token import tokens_in
from topazdesk.errors import Code, Retry, ServiceError


async def status_of(service: Service, job: Job) -> RemoteJob:
    """Return what the service says about a job.

    Raises what the service raises, and ServiceError for an answer about another job.
    """
    remote = await service.status(job.remote_id)
    if remote.remote_id != job.remote_id:
        raise ServiceError(
            "The service answered for another picture",
            "It is asked again automatically. Nothing is lost.",
            details=f"asked for process {job.remote_id}, answered for {remote.remote_id}",
            code=Code.SERVICE_OTHER_JOB,
            retry=Retry.LATER,
        )
    return remote


def is_anothers(job: Job, remote: RemoteJob) -> bool:
    """Tell whether a remote job's name is a token of ours, but not this job's: it belongs to another upload.

    Jobs that share another job's upload carry that job's name, and jobs found at the service the name of their origin.
    """
    names = tokens_in(remote.file_name)
    return bool(names) and job.token not in names and not job.by_source and not job.was_found
