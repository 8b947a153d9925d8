"""Answers the one dangerous question: did the service get a submit whose answer was lost?

It is looked up by the job's own token, the name under which the picture was uploaded, or, where it went out on another
job's upload, by that upload (see `by_source`). Found: adopted. "Certainly not there" needs two complete lists without it, a
grace period apart, from a service that is seen to keep our names. Anything less leaves the job DOUBTFUL, and the user decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.job import Job, JobState, Trouble
from topazdesk.domain.ports import RemoteJob, RemoteState, Service
from topazdesk.engine.bell import Bell
from topazdesk.engine.by_source import GIVEN_UP, Claimant, Unclear, may_own, whose
from topazdesk.engine.events import Trouble as TroubleEvent
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.outcome import apply_remote
from topazdesk.engine.parts import Parts
from topazdesk.engine.policy import DAY_S, Policy
from topazdesk.engine.sharing import UNDECIDED
from topazdesk.engine.shelf import Sent
from topazdesk.engine.supervisor import as_shown
from topazdesk.errors import AccountError, TopazdeskError

_PAGES_MOST = 2000
_BEST = (RemoteState.COMPLETED, RemoteState.PROCESSING, RemoteState.PENDING, RemoteState.CANCELLED, RemoteState.FAILED)


class Verdict(Enum):
    """What a list without the job's token means."""

    LOOK_AGAIN = "look again"
    ABSENT = "certainly not there"
    UNDECIDABLE = "cannot be known"


@dataclass(frozen=True, slots=True)
class Listing:
    """What reading the service's list gave: the jobs found by token, and how far the list can be trusted."""

    found: dict[str, RemoteJob]  # by token
    is_complete: bool
    keeps_names: bool  # no job of ours is listed under another name
    nameless_since: float | None  # a nameless job, not known to be ours: its time; 0.0 when it has none
    may_lag: bool = False  # from a search, which may show a new job only after a while
    on_uploads: tuple[RemoteJob, ...] = ()  # all jobs of the uploads that were asked for
    keeps_sources: bool = True  # no job of ours is listed with another upload, or without one
    sourceless_since: float | None = None  # as `nameless_since`, of jobs that name no upload


def judge(job: Job, listing: Listing, *, has_matured: bool, now: float, policy: Policy) -> Verdict:
    """Whether a doubtful job that the list does not show is certainly not at the service.

    `has_matured`: an earlier complete list did not show it either, and the grace period has passed since.
    """
    if not listing.is_complete:
        return Verdict.LOOK_AGAIN
    age = now - job.intent_at
    if age > policy.retention - DAY_S or age < -DAY_S:
        return Verdict.UNDECIDABLE  # the list reaches back 7 days; and a clock that is days off proves nothing
    by_upload = job.by_source and not listing.may_lag  # a search finds by token, however the picture came there
    if not (listing.keeps_sources if by_upload else listing.keeps_names):
        return Verdict.LOOK_AGAIN if listing.may_lag and not has_matured else Verdict.UNDECIDABLE
    nameless = listing.sourceless_since if by_upload else listing.nameless_since
    if nameless is not None and (nameless == 0.0 or nameless > job.intent_at - DAY_S):
        return Verdict.UNDECIDABLE
    return Verdict.ABSENT if has_matured else Verdict.LOOK_AGAIN


@dataclass(frozen=True, slots=True)
class Ours:
    """A job that is known to be at the service: the token in its name ("" where it went out on another's upload), its upload."""

    token: str
    source_id: str = ""


async def read_listing(
    service: Service, wanted: Iterable[str], known: Mapping[str, Ours], uploads: Collection[str] = ()
) -> Listing:
    """Reads the service's list until all `wanted` tokens are found, or to its end, which all jobs on `uploads` need.

    `known`: by remote id, the jobs that are known to be there. Raises what the service raises.
    """
    missing, found, on_uploads = set(wanted), dict[str, RemoteJob](), list[RemoteJob]()
    keeps_names, keeps_sources = True, True
    nameless: float | None = None
    sourceless: float | None = None

    def so_far(*, is_complete: bool) -> Listing:
        return Listing(
            found,
            is_complete,
            keeps_names,
            nameless,
            on_uploads=tuple(on_uploads),
            keeps_sources=keeps_sources,
            sourceless_since=sourceless,
        )

    cursor, seen = "", set[str]()
    while len(seen) < _PAGES_MOST:
        page = await service.list_jobs(cursor)
        for remote in page.jobs:
            own = known.get(remote.remote_id)
            if own is not None:
                keeps_names = keeps_names and own.token in remote.file_name
                keeps_sources = keeps_sources and own.source_id in ("", remote.source_id)
            else:
                nameless = nameless if remote.file_name else _since(nameless, remote)
                sourceless = sourceless if remote.source_id else _since(sourceless, remote)
            if remote.source_id in uploads:
                on_uploads.append(remote)
            for token in [t for t in (*missing, *found) if t in remote.file_name]:
                missing.discard(token)
                found[token] = _better(found.get(token), remote)
        if not page.cursor:
            return so_far(is_complete=True)
        if page.cursor in seen or not (missing or uploads):
            return so_far(is_complete=not (missing or uploads))
        seen.add(page.cursor)
        cursor = page.cursor
    return so_far(is_complete=False)


def _since(before: float | None, remote: RemoteJob) -> float:
    """The latest time of such jobs; 0.0 once one has no time."""
    return max(before or 0.0, remote.created_at) if remote.created_at and before != 0.0 else 0.0


async def look_up(service: Service, doubtful: Sequence[Job], known: Mapping[str, Ours], control: str) -> Listing:
    """Looks the jobs' tokens up one by one where the service can do that, else in its list, with those of their uploads.

    A look-up that finds nothing proves something only when the same look-up finds a job that is there: `control` is the
    token of such a one, "" where none is known.
    """
    found: dict[str, RemoteJob] = {}
    for token in [job.token for job in doubtful]:
        jobs = await service.find(token)
        if jobs is None:
            named = [job.token for job in doubtful if not job.by_source]
            return await read_listing(service, named, known, {job.source_id for job in doubtful if job.by_source})
        for remote in jobs:
            found[token] = _better(found.get(token), remote)
    is_proven = bool(found) or bool(control and await service.find(control))
    return Listing(found, True, is_proven, None, may_lag=True)


def _better(one: RemoteJob | None, other: RemoteJob) -> RemoteJob:
    """Of two jobs with one token (the user had it sent again), the one that is furthest."""
    return other if one is None or _BEST.index(other.state) < _BEST.index(one.state) else one


class Reconciler:
    """Settles the doubtful jobs of one service, all with one reading of the list."""

    def __init__(self, parts: Parts, name: ServiceName) -> None:
        self._p = parts
        self._name = name
        self._matured: set[str] = set()
        self._ageing: set[str] = set()
        self.undecided: set[str] = set()  # wait for the user
        self.bell = Bell(f"reconcile:{name}", parts.clock, parts.supervisor)

    def reconsider(self, job_id: str) -> None:
        """Looks at a job again, as if for the first time."""
        for known in (self._matured, self._ageing, self.undecided):
            known.discard(job_id)
        self.bell.ring()

    def _doubtful(self) -> list[Job]:
        jobs = [self._p.book[i] for i in self._p.book.ids(JobState.DOUBTFUL)]
        return [j for j in jobs if j.recipe.service is self._name and j.id not in self.undecided]

    async def run(self) -> None:
        """Works until it is cancelled; a failed look is followed by another."""
        tries = 0
        while True:
            doubtful = self._doubtful()
            if not doubtful or self._p.gate.is_blocked(self._name):
                tries = 0
                await self.bell.wait()
                continue
            wait = min(self._p.policy.reconcile_most, self._p.policy.reconcile_first * 2.0 ** min(tries, 10))
            try:
                await self._look(doubtful)
            except AccountError as error:
                self._p.gate.stop(error, self._name)
            except TopazdeskError as error:
                wait = max(wait, error.retry_after_s or 0.0)
            except Exception as error:  # noqa: BLE001 a bug must not end the looking: told, then on
                self._p.events.emit(TroubleEvent(as_shown(error)))
            tries += 1
            if self._doubtful():
                await self.bell.wait(wait)

    async def _look(self, doubtful: list[Job]) -> None:
        service = await self._p.services.get(self._name)
        sent = await self._p.store.ours(self._name)
        known = {each.remote_id: Ours("" if each.by_source else each.token, each.source_id) for each in sent}
        newest = max(sent, key=lambda each: each.submitted_at or 0.0, default=None)
        control = newest.token if newest is not None and self._is_recent(newest) else ""
        listing = await look_up(service, doubtful, known, control)
        # Also those that were cleared from the list, and those that the service named while its list was read.
        taken = (await self._p.store.at_service()).remote_ids if listing.on_uploads else frozenset[str]()
        for job in doubtful:
            if self._p.book[job.id].state is not JobState.DOUBTFUL:
                continue  # the user decided meanwhile
            remote = listing.found.get(job.token)
            if remote is None and job.by_source and listing.is_complete:
                match self._whose(self._p.book[job.id], listing, taken):
                    case Unclear.NOT_YET:
                        continue
                    case Unclear.UNDECIDABLE:
                        await self._ask(self._p.book[job.id])
                        continue
                    case there:
                        remote = there
            if remote is not None:
                await self._adopt(job, remote)
                continue
            matured = job.id in self._matured
            match judge(job, listing, has_matured=matured, now=self._p.clock.now(), policy=self._p.policy):
                case Verdict.LOOK_AGAIN:
                    if listing.is_complete and job.id not in self._ageing:
                        self._ageing.add(job.id)
                        self._p.supervisor.spawn(f"grace:{job.id}", self._mature(job.id))
                case Verdict.ABSENT:
                    await self._absent(self._p.book[job.id])
                case Verdict.UNDECIDABLE:
                    await self._ask(self._p.book[job.id])

    def _whose(self, job: Job, listing: Listing, taken: Collection[str]) -> RemoteJob | Unclear | None:
        """What the listing says of a job on another's upload, with the book as it stands at this instant."""
        mates = [j for j in self._p.book.all() if j.source_id == job.source_id and j.recipe.service is self._name]
        owned = {j.remote_id for j in mates} | set(taken)
        strays = [r for r in listing.on_uploads if r.source_id == job.source_id and r.remote_id not in owned]
        models = [(j, self._p.catalogue.by_slug(j.recipe.service, j.recipe.model)) for j in mates if may_own(j)]
        claimants = [Claimant(j, model) for j, model in models if model is not None]
        if all(c.job.id != job.id for c in claimants):  # its model is not in the catalogue any more
            return Unclear.UNDECIDABLE if strays else None
        return whose(job, claimants, strays)

    def _is_recent(self, sent: Sent) -> bool:
        return self._p.clock.now() - (sent.submitted_at or 0.0) < 3 * DAY_S

    async def _mature(self, job_id: str) -> None:
        # A sleep, not two readings of the wall clock: that may jump.
        await self._p.clock.sleep(self._p.policy.grace_for(self._name))
        if job_id in self._ageing:
            self._matured.add(job_id)
            self.bell.ring()

    def _forget(self, job_id: str) -> None:
        self._matured.discard(job_id)
        self._ageing.discard(job_id)

    async def _adopt(self, job: Job, remote: RemoteJob) -> None:
        self._forget(job.id)
        adopted = await apply_remote(self._p, job.id, remote)
        if adopted.cancel_wanted and adopted.state is JobState.RUNNING:
            await self._p.book.move(job.id, JobState.CANCELLING, only_from={JobState.RUNNING})

    async def _absent(self, job: Job) -> None:
        policy = self._p.policy
        release = MoneyMove(MoneyKind.RELEASE, self._p.clock.now())
        note = "certainly not at the service"
        if job.cancel_wanted:
            target, changes = JobState.CANCELLED, dict[str, Any]()
        elif policy.may_resend and job.resends < policy.resends_most:
            target, changes = JobState.QUEUED, {"resends": job.resends + 1, "trouble": None}
        else:
            await self._ask(job, "The service does not have it, as far as can be seen. ")
            return
        self._forget(job.id)
        await self._p.book.move(job.id, target, note=note, money=release, only_from={JobState.DOUBTFUL}, **changes)

    async def _ask(self, job: Job, lead: str = "") -> None:
        self._forget(job.id)
        if job.cancel_wanted:
            await give_up(self._p, job.id)
            return
        self.undecided.add(job.id)
        trouble = Trouble(
            UNDECIDED,
            "Sent, but nobody can say whether it arrived.",
            f"{lead}Send it again (it may then cost {job.estimate.text} twice), "
            "or give it up (it may have cost that once).",
            job.trouble.details if job.trouble else "",
        )
        await self._p.book.update(job.id, trouble=trouble)


async def give_up(parts: Parts, job_id: str) -> Job:
    """The user drops a doubtful job. Its reservation stays in the books as spent: that is the careful reading."""
    job = parts.book[job_id]
    trouble = Trouble(
        GIVEN_UP,
        "Given up by you.",
        f"If it did arrive, it cost up to {job.estimate.text}; the result is then at the service for "
        f"{job.recipe.service.keeps_results_days} days.",
    )
    return await parts.book.move(
        job_id, JobState.CANCELLED, note="given up", only_from={JobState.DOUBTFUL}, trouble=trouble
    )
