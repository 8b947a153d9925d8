"""Finds jobs at the service that this profile does not know: from another computer, or from a disk that was lost.

They become jobs of this profile in the state that they have at the service, so that downloading them is as safe as any
download: durable, resumable, verified. Nothing is submitted and nothing is paid.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from topazdesk.disk.names import native
from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Catalogue, slugify
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.naming import safe_name
from topazdesk.domain.ports import RemoteJob, RemoteState, Service
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.token import new_token
from topazdesk.engine.job_store import Known
from topazdesk.engine.sane_reports import sane
from topazdesk.errors import AccountError, BusyError, Code, NetworkError, ServiceError
from topazdesk.language import nsay, say

_PAGES_MOST = 2000
_FORMATS = {"jpg": FileFormat.JPEG, "tif": FileFormat.TIFF}
#: Jobs that have or may get a result; failed and cancelled ones have nothing to download.
FETCHABLE = frozenset({RemoteState.PENDING, RemoteState.PROCESSING, RemoteState.COMPLETED})


@dataclass(frozen=True, slots=True)
class Strangers:
    """Jobs that this profile does not know, newest first. `fault` is set when parts of the list could not be read."""

    jobs: tuple[RemoteJob, ...]
    fault: ServiceError | None = None


async def strangers(service: Service, known: Known, now: float) -> Strangers:
    """Return the downloadable jobs in the service's list (7 days) whose id, token and upload are unknown here.

    This is the tool for when something went wrong, so whatever can be read is returned, whatever else is in the list.
    Raises what the service raises, except where the list breaks off after its first page.
    """
    unreadable, broken = 0, ""
    found: dict[str, RemoteJob] = {}
    cursor, seen = "", set[str]()
    while len(seen) < _PAGES_MOST:
        try:
            page = await service.list_jobs(cursor)
        except (NetworkError, BusyError, AccountError):
            raise
        except ServiceError as error:
            if not cursor:
                raise
            broken = f"{error.title} {error.details}".strip()
            break
        unreadable += page.unreadable
        for remote in page.jobs:
            # A doubtful job of ours has no remote id yet; reconciling it will adopt its remote job.
            names = {remote.file_name, remote.file_name.rpartition(".")[0]}
            is_ours = remote.remote_id in known.remote_ids or names & known.tokens or remote.source_id in known.uploads
            if remote.state in FETCHABLE and remote.remote_id and not is_ours:
                found.setdefault(remote.remote_id, sane(remote, now))
        if not page.cursor or page.cursor in seen:
            break
        seen.add(page.cursor)
        cursor = page.cursor
    fault = incomplete(unreadable, broken) if unreadable or broken else None
    return Strangers(tuple(found.values()), fault)


def incomplete(unreadable: int, broken: str) -> ServiceError:
    """Return the error for an incomplete list: some entries could not be read, or the list broke off (`broken`)."""
    return ServiceError(
        say("The end of the service's list could not be read")
        if broken
        else nsay(
            "1 entry of the service's list could not be read",
            "{n} entries of the service's list could not be read",
            unreadable,
        ),
        "There may be more results than are shown. Look again later; results are kept for some days.",
        details=broken,
        code=Code.SERVICE_LIST_INCOMPLETE,
    )


def adopted_jobs(
    account: Account,
    remotes: Iterable[RemoteJob],
    folder: Path,
    catalogue: Catalogue,
    run_id: str,
    position: int,
    now: float,
) -> tuple[Job, ...]:
    """Return jobs of this profile for remote ones: READY if they only have to be downloaded, else RUNNING."""
    return tuple(
        _adopted(account, remote, folder, catalogue, run_id, number, now)
        for number, remote in enumerate(remotes, position)
    )


def _adopted(
    account: Account, remote: RemoteJob, folder: Path, catalogue: Catalogue, run_id: str, position: int, now: float
) -> Job:
    service, remote = account.service, sane(remote, now)
    model = next((m for m in catalogue.of(service, with_legacy=True) if remote.model in m.api_models), None)
    slug = model.slug if model is not None else slugify(remote.model) or "unknown"
    when = remote.created_at or now
    size = remote.output_size or Size(1, 1)
    is_done = remote.state is RemoteState.COMPLETED
    format_ = format_of(remote.output_format)
    name = shown_name(model.name if model is not None else remote.model, when)
    return Job(
        id=uuid.uuid4().hex,
        token=new_token(),
        run_id=run_id,
        # The source is on another computer, if anywhere: a name made of what is known stands in for it.
        source=Path("recovered") / native(safe_name(name) + format_.suffix),
        source_digest="",
        source_size=size,
        recipe=Recipe.of(service, slug, {}, OutputOptions(OutputSize.keep(), folder=str(folder), template="{name}")),
        target_size=size,
        estimate=Estimate(remote.credits or 0, EstimateSource.SERVICE, unit=service.unit),
        state=JobState.READY if is_done else JobState.RUNNING,
        created_at=when,
        changed_at=now,
        remote_id=remote.remote_id,
        source_id=remote.source_id,
        percent=remote.percent,
        remote_eta=remote.eta,
        charged=remote.credits if is_done else None,
        result_size=remote.output_size if is_done else None,
        echoed=remote.echoed,
        format=format_,
        position=position,
        submitted_at=when,
        completed_at=now if is_done else None,
        account_id=account.id,
    )


def shown_name(model: str, at: float) -> str:
    """Return model and local time, all that is known of a recovered picture: "Standard 2 2026-11-20 19-22-31"."""
    local = datetime.fromtimestamp(at, tz=UTC).astimezone()
    return f"{model or 'Result'} {local:%Y-%m-%d %H-%M-%S}"


def format_of(word: str) -> FileFormat:
    """Return the format that a service names; JPEG, its default, for an unknown word."""
    word = word.strip().lower()
    if word in _FORMATS:
        return _FORMATS[word]
    try:
        return FileFormat(word)
    except ValueError:
        return FileFormat.JPEG
