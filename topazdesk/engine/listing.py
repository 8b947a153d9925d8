"""What a service's list shows of our jobs, and how far it can be trusted: read once for all that are looked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from topazdesk.domain.job import Job
from topazdesk.domain.ports import RemoteJob, RemoteState, Service
from topazdesk.domain.token import tokens_in
from topazdesk.engine.shelf import Sent

_PAGES_MOST = 2000
_BEST = (RemoteState.COMPLETED, RemoteState.PROCESSING, RemoteState.PENDING, RemoteState.CANCELLED, RemoteState.FAILED)


@dataclass(frozen=True, slots=True)
class Listing:
    """What reading the service's list gave: the jobs found by token, and what the list proves beside that.

    `shows_…` is the positive proof, a job of ours that stands there as it should; `keeps_…` is False once one does not.
    """

    found: Mapping[str, RemoteJob]  # by token: of several, the one that is furthest
    is_complete: bool
    shows_names: bool = False  # a job of ours is listed under its name
    keeps_names: bool = True  # no job of ours is listed under another name
    shows_uploads: bool = False  # the same for the uploads that jobs of ours came from
    keeps_uploads: bool = True
    unreadable: int = 0  # entries that could not be read: any of them may be the one that is missing
    strangers: tuple[RemoteJob, ...] = ()  # jobs that are not known, under names that are nobody's token
    unplaced: tuple[RemoteJob, ...] = ()  # jobs that are not known and name no upload
    on_uploads: tuple[RemoteJob, ...] = ()  # all jobs of the uploads that were asked for
    named: Mapping[str, Sequence[RemoteJob]] = field(default_factory=dict)  # by token: all of them
    namesakes: tuple[
        RemoteJob, ...
    ] = ()  # jobs that are not known, under the name of another job of the same upload group
    is_search: bool = False  # found by name, one by one, instead of read from a list


async def read_listing(
    service: Service,
    wanted: Collection[str],
    known: Mapping[str, Sent],
    uploads: Collection[str] = (),
    *,
    mates: Collection[str] = (),
    since: float = 0.0,
    until_older: bool = False,
) -> Listing:
    """Reads the service's list until all `wanted` tokens are found, or to its end, which all jobs on `uploads` need.

    `known`: by remote id, the jobs that are known to be there. `mates`: tokens of jobs that share an upload with a wanted one, under
    whose name that one may stand. Unknown ones that were made before `since` are not kept; with
    `until_older` a page that has only older ones is the last. Raises what the service raises.
    """
    wanted = frozenset(wanted)
    tokens = wanted | {ours.token for ours in known.values()}
    found, missing = dict[str, RemoteJob](), set(wanted)
    by_name: dict[str, list[RemoteJob]] = defaultdict(list)
    strangers, unplaced, on_uploads = list[RemoteJob](), list[RemoteJob](), list[RemoteJob]()
    namesakes = list[RemoteJob]()
    named, placed = set[bool](), set[bool]()  # whether jobs of ours stand under their name, on their upload
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
                if ours.token:
                    named.add(ours.token in names)
                if ours.source_id:
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
    since: float = 0.0,
) -> Listing:
    """Looks the jobs' tokens up one by one where the service can do that, else in its list, with those of their uploads.

    `mates`: see `read_listing`; a search finds a job by its own token, on whichever upload it went out.

    A look-up that finds nothing proves something only when the same look-up finds a job that is there: `control` is such a
    one, None where none is known.
    """
    found: dict[str, RemoteJob] = {}
    for token in [job.token for job in doubtful]:
        jobs = await service.find(token)
        if jobs is None:
            named = [job.token for job in doubtful if not job.by_source]
            uploads = {job.source_id for job in doubtful if job.by_source}
            return await read_listing(service, named, known, uploads, mates=mates, since=since)
        for remote in jobs:
            if token in remote.file_name:  # whatever else a search may bring
                found[token] = furthest((found.get(token, remote), remote))
    is_proven = bool(found)
    if not is_proven and control is not None:
        again = await service.find(control.token) or ()
        is_proven = any(r.remote_id == control.remote_id and control.token in r.file_name for r in again)
    return Listing(found, is_complete=True, shows_names=is_proven, is_search=True)


def _is_older(remote: RemoteJob, since: float) -> bool:
    return remote.created_at is not None and remote.created_at < since


def furthest(remotes: Sequence[RemoteJob]) -> RemoteJob:
    """Of several jobs with one token (the user had it sent again), the first of those that are furthest."""
    return min(remotes, key=lambda remote: _BEST.index(remote.state))
