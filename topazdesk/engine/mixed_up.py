"""Notices that a job was told another's number, where no name at the service can tell: on an upload that several share.

There the name is that of the upload, whoever's job it is. What was made tells them apart, but not alone: a service may
make something else than it was asked for, and that is still the paid result. So a number counts as another's only where
another job of ours explains it.
"""

from __future__ import annotations

from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import RemoteJob
from topazdesk.domain.token import tokens_in
from topazdesk.engine.answer_identity import status_of
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.match_shared_upload import agrees, may_have_lost_one
from topazdesk.errors import BusyError, NetworkError, TopazdeskError

_FOLLOWED = frozenset({JobState.RUNNING, JobState.CANCELLING})


async def is_mates(context: EngineContext, job: Job, remote: RemoteJob) -> bool:
    """Tell whether a report about a job on a shared upload is about another job of ours.

    It is if it carries the name of another upload, or if it contradicts what was asked here and agrees with what was
    asked by another job of this picture, one that may be at the service without its number or was told a wrong one.
    Raises NetworkError and BusyError where that cannot be told now.
    """
    if not job.by_source or job.state not in _FOLLOWED:
        return False
    return _is_on_another_upload(context, job, remote) or await _is_on_this_one(context, job, remote)


def is_held_by_stranger(context: EngineContext, job: Job, remote: RemoteJob) -> bool:
    """Tell whether a remote job on this job's upload counts as that of a job which cannot have used this upload.

    That one was told its number by mistake, and nobody has looked at it there yet.
    """
    holders = [each for each in context.job_table.all() if each.remote_id == remote.remote_id]
    return any(not each.was_found and each.upload_group != job.upload_group for each in holders)


def _is_on_another_upload(context: EngineContext, job: Job, remote: RemoteJob) -> bool:
    names = tokens_in(remote.file_name)
    if not names or remote.source_id == job.source_id:
        return False
    named = [each for each in context.job_table.all() if each.token in names]
    return bool(named) and all(each.upload_group != job.upload_group for each in named)


async def _is_on_this_one(context: EngineContext, job: Job, remote: RemoteJob) -> bool:
    if _agrees(context, job, remote):
        return False
    for mate in list(context.job_table.all()):
        is_mate = mate.upload_group == job.upload_group or mate.source_id == job.source_id
        if mate.id == job.id or mate.account != job.account or not is_mate or not _agrees(context, mate, remote):
            continue
        if mate.remote_id != remote.remote_id and may_have_lost_one(mate):
            return True
        if mate.by_source and mate.remote_id not in ("", remote.remote_id) and mate.state in _FOLLOWED:
            try:
                theirs = await status_of(await context.service_of(mate), mate)
            except (NetworkError, BusyError):
                raise
            except TopazdeskError:
                continue
            if not _agrees(context, mate, theirs):
                return True
    return False


def _agrees(context: EngineContext, job: Job, remote: RemoteJob) -> bool:
    model = context.catalogue.by_slug(job.recipe.service, job.recipe.model)
    return model is None or agrees(job, model, remote)
