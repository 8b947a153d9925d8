"""Reads a service's list once for all the jobs that are looked for, and notes how far it can be trusted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from topazdesk.domain.job import Job
from topazdesk.domain.ports import RemoteJob, RemoteState, Service
from topazdesk.domain.token import tokens_in
from topazdesk.engine.job_queries import Sent

_PAGES_MOST = 2000
#: States from the most to the least advanced.
_BEST = (RemoteState.COMPLETED, RemoteState.PROCESSING, RemoteState.PENDING, RemoteState.CANCELLED, RemoteState.FAILED)


@dataclass(frozen=True, slots=True)
class Listing:
    """The result of reading the service's list: the jobs found by token, and what else the list proves.

    `shows_…` is positive proof: a job of ours is listed as expected. `keeps_…` is False once one is not.
    """

    found: Mapping[str, RemoteJob]  # by token; of several, the most advanced one
    is_complete: bool
    shows_names: bool = False  # a job of ours is listed under its name
    keeps_names: bool = True  # no job of ours is listed under another name
    shows_uploads: bool = False  # the same for the uploads on which jobs of ours were sent
    keeps_uploads: bool = True
    unreadable: int = 0  # entries that could not be read: any of them may be a missing job
    strangers: tuple[RemoteJob, ...] = ()  # unknown jobs under names that contain no token
    unplaced: tuple[RemoteJob, ...] = ()  # unknown jobs that name no upload
    on_uploads: tuple[RemoteJob, ...] = ()  # all jobs on the uploads that were asked for
    named: Mapping[str, Sequence[RemoteJob]] = field(default_factory=dict)  # by token, all of them
    namesakes: tuple[RemoteJob, ...] = ()  # unknown jobs under the name of a job of the same upload group
    seen: frozenset[str] = frozenset()  # remote ids of the known jobs that are listed
    is_search: bool = False  # looked up by name, one by one, instead of read from a list


async def read_listing(
    service: Service,
    wanted: Collection[str],
    known: Mapping[str, Sent],
    uploads: Collection[str] = (),
    *,
    mates: Collection[str] = (),
    witnesses: Collection[Sent] | None = None,
    since: float = 0.0,
    until_older: bool = False,
) -> Listing:
    """Read the service's list until all `wanted` tokens are found; with `uploads`, always to its end.

    `known`: the jobs known to be there, by remote id. `mates`: tokens of jobs that share an upload with a wanted one,
    which may be listed under their name. `witnesses`: those of the known ones that alone are positive proof; None: all.
    Unknown jobs from before `since` are not returned; with `until_older` the
    first page with only older jobs is the last. Raises what the service raises.
    """
    wanted = frozenset(wanted)
    vouching = frozenset(known if witnesses is None else (ours.remote_id for ours in witnesses))
    tokens = wanted | {ours.token for ours in known.values() if ours.remote_id in vouching}
    found, missing = dict[str, RemoteJob](), set(wanted)
    by_name: dict[str, list[RemoteJob]] = defaultdict(list)
    strangers, unplaced, on_uploads = list[RemoteJob](), list[RemoteJob](), list[RemoteJob]()
    namesakes = list[RemoteJob]()
    named, placed = set[bool](), set[bool]()  # whether jobs of ours are listed under their name, on their upload
    seen_ours = set[str]()
    unreadable = 0

    def so_far(*, is_complete: bool) -> Listing:
        return Listing(
            found,
            is_complete,
            shows_names=True in named,
            keeps_names=False not in named,
            shows_uploads=True in placed,
            keeps_uploads=False not in placed,
            unreadable=unreadable,
            strangers=tuple(strangers),
            unplaced=tuple(unplaced),
            on_uploads=tuple(on_uploads),
            named=by_name,
            namesakes=tuple(namesakes),
            seen=frozenset(seen_ours),
        )

    cursor, seen = "", set[str]()
    while len(seen) < _PAGES_MOST:
        page = await service.list_jobs(cursor)
        unreadable += page.unreadable
        for remote in page.jobs:
            names = tokens_in(remote.file_name)
            ours = known.get(remote.remote_id)
            is_late = remote.created_at is None or remote.created_at >= since
            if ours is not None:
                seen_ours.add(remote.remote_id)
                # That one is not listed as expected counts, whoever it is.
                if ours.token and (ours.remote_id in vouching or ours.token not in names):
                    named.add(ours.token in names)
                if ours.source_id and (ours.remote_id in vouching or ours.source_id != remote.source_id):
                    placed.add(ours.source_id == remote.source_id)
            elif is_late:
                if not names:
                    strangers.append(remote)
                elif any(name in mates for name in names):
                    namesakes.append(remote)
                if not remote.source_id:
                    unplaced.append(remote)
            if any(name in tokens for name in names) and ours is None:
                named.add(True)
            if remote.source_id in uploads:
                on_uploads.append(remote)
            for name in names:
                if name in wanted:
                    missing.discard(name)
                    by_name[name].append(remote)
                    found[name] = furthest((found.get(name, remote), remote))
        is_over = until_older and bool(page.jobs) and all(_is_older(remote, since) for remote in page.jobs)
        if not page.cursor or is_over:
            return so_far(is_complete=True)
        if page.cursor in seen or not (missing or uploads):
            return so_far(is_complete=not (missing or uploads))
        seen.add(page.cursor)
        cursor = page.cursor
    return so_far(is_complete=False)


async def look_up(
    service: Service,
    doubtful: Sequence[Job],
    known: Mapping[str, Sent],
    control: Sent | None,
    *,
    mates: Collection[str] = (),
    witnesses: Collection[Sent] | None = None,
    since: float = 0.0,
) -> Listing:
    """Look the jobs' tokens up one by one if the service supports that, else in its list, together with their uploads.

    `mates`, `witnesses`: see `read_listing`; a search finds a job by its own token, on whichever upload it went out.

    A look-up that finds nothing proves something only if the same kind of look-up finds a job that is there: `control`
    is such a job, None if there is none. What else is found is no replacement: it may have been sent with another key.
    """
    found: dict[str, RemoteJob] = {}
    for token in [job.token for job in doubtful]:
        jobs = await service.find(token)
        if jobs is None:
            named = [job.token for job in doubtful if not job.by_source]
            uploads = {job.source_id for job in doubtful if job.by_source}
            return await read_listing(service, named, known, uploads, mates=mates, witnesses=witnesses, since=since)
        for remote in jobs:
            if token in remote.file_name:  # a search may return other jobs, too
                found[token] = furthest((found.get(token, remote), remote))
    is_proven = bool(found)
    if control is not None:
        again = await service.find(control.token) or ()
        is_proven = any(r.remote_id == control.remote_id and control.token in r.file_name for r in again)
    return Listing(found, is_complete=True, shows_names=is_proven, is_search=True)


def _is_older(remote: RemoteJob, since: float) -> bool:
    return remote.created_at is not None and remote.created_at < since


def furthest(remotes: Sequence[RemoteJob]) -> RemoteJob:
    """Return the most advanced of several jobs with one token (sent again by the user); of equal ones, the first."""
    return min(remotes, key=lambda remote: _BEST.index(remote.state))
