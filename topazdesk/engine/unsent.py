"""Looks at the service for jobs believed to be unsent before they are sent, because the database may be a backup.

A profile that was restored, or lost its write-ahead log, has jobs in its queue that the service accepted and charged
long ago. So jobs left in the queue by an earlier run of the program wait until the service's list has been read once;
those that are there already become doubts, which the reconciler settles. Jobs of this run cannot be in any list and
never wait for that. Before the first of them is sent, one page is read: the user is told if the service knows names of
ours while the profile has no job at all, as a job list may have been lost, or if the list has forgotten what it sent
(see `lost_results`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.ports import RemoteJob, RemotePage, Service
from topazdesk.domain.services import ServiceName
from topazdesk.domain.token import tokens_in
from topazdesk.engine import attention, list_doubt
from topazdesk.engine.absence import CLOCK_SLACK_S, LISTED_SLACK_S, suspects
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.job_queries import Sent
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.listing import Listing, read_listing
from topazdesk.engine.lost_results import LostResults
from topazdesk.engine.match_shared_upload import Claimant, may_own, whose
from topazdesk.engine.policy import DAY_S
from topazdesk.engine.recovery import incomplete
from topazdesk.engine.supervisor import as_shown
from topazdesk.engine.wake_event import WakeEvent
from topazdesk.errors import (
    AccountError,
    BusyError,
    Code,
    ComputerError,
    NetworkError,
    Retry,
    ServiceError,
    TopazdeskError,
)
from topazdesk.language import nsay, say

_S = JobState
_IN_QUEUE = frozenset({_S.QUEUED, _S.WAITING})
#: After so many tries it is reported that a list cannot be read.
_TRIES = 3
#: The longest time for a page of the first look: if it cannot be read, the submit itself will show what is wrong.
_FIRST_LOOK_S = 5.0


class Unsent:
    """Holds jobs back until they have been looked for.

    `released` is called with the ids of jobs that need not wait any more, or whose look has to be requested again.
    """

    def __init__(self, context: EngineContext, lost: LostResults) -> None:
        self._context = context
        self._lost = lost
        self._is_new_profile = False
        self._left: dict[Account, dict[str, None]] = {}  # jobs not looked for yet, in the order of the queue
        self._has_learned = False
        self._seen: set[Account] = set()  # accounts whose list was looked at since the start
        self._looking: set[Account] = set()
        self._told: set[Account] = set()  # accounts whose list cannot be read, as reported
        self._tries: dict[Account, int] = {}  # failures in a row to read it
        self._wishes: dict[Account, WakeEvent] = {}  # rung to try again at once
        self._again_at: dict[Account, float] = {}  # when their list is read again
        self._is_stale: set[Account] = set()  # the last reading showed that our database is older
        self._noted: dict[Account, str] = {}  # accounts of which the list says so itself, with that doubt
        self._together: set[Account] = set()  # accounts whose jobs are all released together, by somebody else
        self.released: Callable[[Iterable[str]], None] = lambda _: None
        self.noticed: Callable[[Account], None] = lambda _: None  # something of an account's queue was at its service

    def learn(self, jobs: Iterable[Job], *, is_new_profile: bool) -> None:
        """Take note of the jobs as they were loaded at the start."""
        self._is_new_profile = is_new_profile
        self._has_learned = True
        for job in jobs:
            if job.state is _S.QUEUED or (job.state is _S.WAITING and job.resume_to is _S.QUEUED):
                self._left.setdefault(job.account, {})[job.id] = None

    async def look_for(self, account: Account, jobs: Iterable[Job], *, twice: bool) -> None:
        """Look for these jobs of an account, which are in the queue, until each is known to be unsent or a doubt.

        For a queue that somebody else holds back meanwhile. `twice`: it is known to be older than what was sent, so it
        is looked once more when everything that may be on its way has arrived. That also happens where any is found.
        Raises AccountError.
        """
        self._left[account] = {job.id: None for job in jobs if job.state in _IN_QUEUE}
        self._together.add(account)
        if twice:
            self._is_stale.add(account)
        await self._look_until_known(account)
        if account in self._is_stale:  # nothing was in the queue
            await self._wait_for_arrivals(account)

    def holds(self, account: Account) -> bool:
        """Tell whether nothing may be sent from an account yet; if so, start the look that has to come first."""
        if account in self._seen or not self._has_learned:
            return False
        self._begin(account)
        return True

    def must_wait(self, job: Job) -> bool:
        """Tell whether the job has to be looked for first; if so, start that."""
        if job.id not in self._left.get(job.account, ()):
            return False
        self._begin(job.account)
        return True

    def _begin(self, account: Account) -> None:
        if account in self._looking:
            return
        if self._context.supervisor.spawn(f"unsent:{account}", self._look(account)) is not None:
            self._looking.add(account)

    def is_stuck(self, job: Job) -> bool:
        """Tell whether the job waits for a list that cannot be read, for a reason that does not pass by itself."""
        return job.account in self._told and self._is_held(job)

    def _is_held(self, job: Job) -> bool:
        return job.account not in self._seen or job.id in self._left.get(job.account, ())

    def waits_until(self, job: Job) -> float | None:
        """Return when the list that the job waits for is read again; None if it waits for none, or it is being read."""
        account = job.account
        at = self._again_at.get(account, 0.0) if self._is_held(job) else 0.0
        return at if at > self._context.clock.now() else None

    def look_again(self) -> None:
        """Read lists that could not be read again now, and report failures again, because the user wants to go on."""
        self._told.clear()
        self._tries.clear()
        for wake in self._wishes.values():
            wake.ring()

    async def _look(self, account: Account) -> None:
        held = tuple(self._left.get(account, ()))
        turn = self._context.gate.turn(account)
        try:
            if account not in self._seen:
                await self._first_look(account)
            if held:
                await self._look_until_known(account)
        except AccountError as error:
            self._context.gate.stop(error, account, turn)
        finally:
            self._looking.discard(account)
            self.released(held)

    async def _look_until_known(self, account: Account) -> None:
        while self._left.get(account) and not self._context.gate.is_blocked(account):
            try:
                await self._settle(account)
            except AccountError:
                raise
            except Exception as error:  # noqa: BLE001 whatever it is, nothing is sent until it is over
                shown = as_shown(error)
                is_passing = isinstance(shown, NetworkError | BusyError)
                tries = self._tries.get(account, 0)
                self._tries[account] = tries + 1
                if tries == (0 if is_passing else _TRIES - 1):
                    if not is_passing:
                        self._told.add(account)
                    self._context.events.emit(
                        EngineError(_cannot_look(account.service, len(self._left[account]), shown))
                    )
                    self.released(())
                await self._pause(account, self._context.policy.backoff(tries, shown.retry_after_s))
            else:
                self._told.discard(account)
                self._tries.pop(account, None)
        if not self._left.get(account) and account in self._noted:
            await list_doubt.settle(self._context.store, account, self._noted.pop(account))

    async def _pause(self, account: Account, seconds: float) -> None:
        self._again_at[account] = self._context.clock.now() + seconds
        if account not in self._wishes:
            self._wishes[account] = WakeEvent(f"unsent:{account}", self._context.clock, self._context.supervisor)
        await self._wishes[account].wait(seconds)

    async def _settle(self, account: Account) -> None:
        """Look for all waiting jobs of an account; each is then free to be sent, or a doubt."""
        job_table = self._context.job_table
        left = self._left[account]
        jobs = [job for i in left if (job := job_table.get(i)) is not None and job.state in _IN_QUEUE]
        if not jobs:
            left.clear()
            return
        service = await self._context.services.get(account)
        sent = [each for each in await self._context.store.ours(account) if not each.is_found]
        # The newest job that the database knows to be there: if even that is missing, a missing job means nothing.
        oldest = self._context.clock.now() - account.service.traits.lists_days * DAY_S + LISTED_SLACK_S
        named = [each for each in sent if each.token and (each.submitted_at or 0.0) > oldest]
        proof = max(named, key=lambda each: each.submitted_at or 0.0, default=None)
        if await service.find(jobs[0].token) is None:
            await self._read_list(service, jobs, sent, proof)
            if account in self._is_stale:
                await self._wait_for_arrivals(account)
                return
            left.clear()
            return
        if proof is not None and all(
            proof.remote_id != remote.remote_id for remote in await service.find(proof.token) or ()
        ):
            raise _proves_nothing(account.service)
        for job in jobs:
            is_there = any(job.token in remote.file_name for remote in await service.find(job.token) or ())
            if is_there:
                await self._note_stale(account)
                await self._doubt(job, attention.looking("found by its name before it was sent"))
                self.noticed(account)
            if account not in self._together:  # each is released as soon as its own look-up is done
                del left[job.id]
                self.released([job.id])
            elif is_there:
                self._is_stale.add(account)
        if account in self._is_stale:
            await self._wait_for_arrivals(account)
        else:
            left.clear()

    async def _note_stale(self, account: Account) -> None:
        """Note in the list itself that it is older than what was sent, until it has been looked twice.

        What is found becomes known with it. Then nothing else would tell the next program, if this one is killed.
        """
        if account in self._together or account in self._noted:  # a team's queue stays held until it has been looked up
            return
        await list_doubt.begin(self._context.store)
        self._noted[account] = await list_doubt.open_for(self._context.store, account)

    async def _wait_for_arrivals(self, account: Account) -> None:
        """Wait, as the database is older than the list and the list may lag; it is then looked once more.

        Nobody shortens this, whoever goes on: what is on its way does not come sooner for that.
        """
        self._is_stale.discard(account)
        seconds = self._context.policy.question_after(account.service, handed_over=True)
        self._again_at[account] = self._context.clock.now() + seconds
        await self._context.clock.sleep(seconds)

    async def _read_list(self, service: Service, jobs: Sequence[Job], sent: Sequence[Sent], proof: Sent | None) -> None:
        """Turn those that are in the list, or may be, into doubts."""
        account, name = jobs[0].account, jobs[0].recipe.service
        known = {each.remote_id: each for each in sent}
        groups = {job.upload_group for job in jobs if job.upload_group}
        mates = [job for job in self._context.job_table.all() if job.upload_group in groups]
        wanted = {job.token for job in (*jobs, *mates)}
        uploads = {mate.source_id for mate in mates if mate.source_id}
        times = [job.created_at for job in jobs] + ([proof.submitted_at or 0.0] if proof is not None else [])
        since = min(times) - CLOCK_SLACK_S
        listing = await read_listing(service, wanted, known, uploads, since=since, until_older=True)
        if proof is not None and not listing.shows_names and listing.keeps_names:
            raise _proves_nothing(name)
        owned = (await self._context.store.at_service()).owned
        there = {
            job.id: remote for job in jobs if (remote := self._there(job, jobs, mates, listing, owned)) is not None
        }
        if there:
            await self._note_stale(account)
        # If a list shows our jobs under their names, and none of these, whatever else it shows is not ours.
        is_sound = listing.shows_names and listing.keeps_names and not there
        is_unclear = False
        for job in jobs:
            remote = there.get(job.id)
            if remote is not None:
                await self._doubt(
                    job, attention.looking(f"process {remote.remote_id} was there before it was sent"), remote
                )
                continue
            model = self._context.catalogue.by_slug(name, job.recipe.model)
            if not is_sound and suspects(replace(job, intent_at=job.created_at), model, listing.strangers):
                # It is unknown which job of a group sent the picture, so a doubt would look for the wrong name.
                if job.upload_group:
                    is_unclear = True
                    continue
                await self._doubt(job, attention.looking("something like it was there before it was sent"))
        if there:
            self._is_stale.add(account)
            self._context.events.emit(EngineError(_older(name, len(there))))
            self.noticed(account)
        # What was found counts in any case; that a job is missing counts only if the whole list was read.
        if len(there) < len(jobs) and (listing.unreadable or not listing.is_complete):
            raise incomplete(listing.unreadable, "" if listing.is_complete else "it was not read to its end")
        if is_unclear:
            raise ServiceError(
                "The list shows jobs under other names than they were sent with", "", code=Code.SERVICE_OTHER_NAMES
            )

    def _there(
        self, job: Job, jobs: Sequence[Job], mates: Sequence[Job], listing: Listing, owned: Collection[str]
    ) -> RemoteJob | None:
        """Return the remote job that is this job or may be, or None."""
        if not job.upload_group:
            return listing.found.get(job.token)
        group = [mate for mate in mates if mate.upload_group == job.upload_group]
        strays = _strays(group, listing, owned)
        # What is there may also belong to a job of the group that was sent and is in doubt.
        asked = {j.id: j for j in (*jobs, *(mate for mate in group if may_own(mate)))}.values()
        models = [(j, self._context.catalogue.by_slug(j.recipe.service, j.recipe.model)) for j in asked]
        claimants = [Claimant(j, m) for j, m in models if m is not None and j.upload_group == job.upload_group]
        if not strays or all(claimant.job.id != job.id for claimant in claimants):
            return strays[0] if strays else None
        found = whose(job, claimants, strays)
        return found if found is None or isinstance(found, RemoteJob) else strays[0]

    async def _doubt(self, job: Job, trouble: JobError, remote: RemoteJob | None = None) -> None:
        """Turn a job that has apparently been sent into a doubt. Its estimate is reserved in the ledger.

        The time of the submit is the service's, if known, else now.
        """
        now = self._context.clock.now()
        at = remote.created_at if remote is not None and remote.created_at is not None else now
        is_by_source = remote is not None and job.token not in tokens_in(remote.file_name)
        await self._context.job_table.move(
            job.id,
            _S.DOUBTFUL,
            note="the service has it already",
            money=MoneyMove(MoneyKind.FOUND, at, job.estimate.credits),
            only_from=_IN_QUEUE,
            trouble=trouble,
            resume_to=None,
            intent_at=min(at, now),
            key_mark=await self._context.key_marks.of(await self._context.services.get(job.account)),  # as seen there
            handed_over=True,
            by_source=is_by_source,
            source_id=remote.source_id if remote is not None and is_by_source else "",
        )

    async def _first_look(self, account: Account) -> None:
        """Report if the service knows pictures that were sent under names of ours but are unknown here.

        If it does, or if the job list lacks something that it had, its list may lag as well: what was sent last may be
        on its way into it. So it is looked once more.
        """
        while not await self._is_looked_at(account):
            pass
        self._told.discard(account)
        self._seen.add(account)

    async def _is_looked_at(self, account: Account) -> bool:
        """Look at the account's list; tell whether that was enough. Where it was not, it may be looked again now."""
        store = self._context.store
        try:
            doubt = await list_doubt.open_for(store, account)
            is_new = self._is_new_profile and not doubt  # else it has no job because it lost all of them
            unread = await self._read_newest(account, is_new=is_new)
            is_noted = not doubt and self._lost.has_found(account)
            if (
                is_noted
            ):  # for the case that they are fetched, and this program killed, while what follows is waited for
                await list_doubt.begin(store)
                doubt = await list_doubt.open_for(store, account)
            if doubt:
                await self._wait_for_arrivals(account)
                unread = await self._read_newest(account, is_new=is_new)
            if doubt and unread is not None:
                await self._tell_unread(account, unread)
                return False
            # Else until those results are fetched, at a later start.
            if doubt and (is_noted or not self._lost.has_found(account)):
                await list_doubt.settle(store, account, doubt)
            # It may have been noticed meanwhile that something is missing.
            return is_new or await list_doubt.open_for(store, account) in ("", doubt)
        except ComputerError as error:  # of the list here: nothing is sent without it, and it is not asked in a hurry
            self._context.events.emit(EngineError(error))
            await self._pause(account, self._context.policy.reconcile_max_s)
            return False

    def distrust(self) -> None:
        """Look at the lists of all accounts again before anything is sent: the job list lacks something."""
        self._seen.clear()

    async def _tell_unread(self, account: Account, error: TopazdeskError) -> None:
        if account not in self._told:
            self._told.add(account)
            self._context.events.emit(
                EngineError(error if error.code == Code.SERVICE_CANNOT_LOOK else _unread(account.service, error))
            )
            self.released(())
        await self._pause(account, self._context.policy.reconcile_max_s)

    async def _read_newest(self, account: Account, *, is_new: bool) -> TopazdeskError | None:
        """Read the newest page, and more where it has unknown results; three times if it cannot be read.

        Return why it could not: the submit itself will show what is wrong, too.
        """
        why: TopazdeskError | None = None
        for tries in range(_TRIES):
            try:
                async with asyncio.timeout(_FIRST_LOOK_S) as limit:
                    service = await self._context.services.get(account)
                    page = await service.list_jobs()
                    # Names that this very list gave out are no other profile's: it is a copy from before its first job.
                    if is_new and not await self._lost.gave_out(page):
                        self._tell_forgotten(account, page)
                    else:
                        turns = partial(_prolong, limit)
                        await self._lost.look(account, service, page, turns)
            except AccountError as error:
                return error
            except (TimeoutError, TopazdeskError) as error:
                why = error if isinstance(error, TopazdeskError) else _unread(account.service)
                if tries + 1 < _TRIES:
                    await self._pause(account, min(self._context.policy.backoff(tries), _FIRST_LOOK_S))
            else:
                return None
        return why

    def _tell_forgotten(self, account: Account, page: RemotePage) -> None:
        count = sum(bool(tokens_in(remote.file_name)) for remote in page.jobs)
        if count:
            error = _forgotten(account.service, count, has_more=bool(page.cursor))
            self._context.events.emit(EngineError(error))


def _prolong(limit: asyncio.Timeout) -> None:
    """Give the next page as much time as this one had."""
    limit.reschedule(asyncio.get_running_loop().time() + _FIRST_LOOK_S)


def _strays(group: Sequence[Job], listing: Listing, owned: Collection[str]) -> list[RemoteJob]:
    """Return the remote jobs of an upload group's pictures whose owner is unknown."""
    tokens, uploads = {mate.token for mate in group}, {mate.source_id for mate in group if mate.source_id}
    seen: Mapping[str, RemoteJob] = {
        remote.remote_id: remote
        for remote in (*(r for token in tokens for r in listing.named.get(token, ())), *listing.on_uploads)
        if tokens & set(tokens_in(remote.file_name)) or remote.source_id in uploads
    }
    return [remote for remote in seen.values() if remote.remote_id not in owned]


def _proves_nothing(name: ServiceName) -> ServiceError:
    return ServiceError(
        say(
            "The list at {service} lacks pictures that were sent there (is another account in use now?)",
            service=name.label,
        ),
        "It is read again automatically.",
        code=Code.SERVICE_ODD_LIST,
        retry=Retry.LATER,
    )


def _older(name: ServiceName, count: int) -> ServiceError:
    pictures = nsay("1 picture", "{n} pictures", count)
    return ServiceError(
        say("This job list is older than what is at {service}", service=name.label),
        say(
            "It comes from a backup, or its last changes were lost. {pictures:text} in the queue had been sent before: "
            "nothing is paid for them again, and their results are fetched. “Recover results” (topazdesk jobs "
            "recover) shows what else is there.",
            pictures=pictures,
        ),
        code=Code.SERVICE_LIST_IS_OLDER,
    )


def _forgotten(name: ServiceName, count: int, *, has_more: bool) -> ServiceError:
    return ServiceError(
        say(
            "{service} has {n:,} or more pictures that topazdesk sent but this profile does not know",
            service=name.label,
            n=count,
        )
        if has_more
        else nsay(
            "{service} has 1 picture that topazdesk sent but this profile does not know",
            "{service} has {n} pictures that topazdesk sent but this profile does not know",
            count,
            service=name.label,
        ),
        "If they were sent from this computer, its job list was lost: “Recover results” (topazdesk jobs recover) "
        "fetches them without paying again. If another computer or profile sent them, all is well.",
        code=Code.SERVICE_UNKNOWN_RESULTS,
    )


def _unread(name: ServiceName, error: TopazdeskError | None = None) -> ServiceError:
    return ServiceError(
        say("It is unclear which pictures {service} has already", service=name.label),
        say(
            "This job list lost some of its changes, and the list at {service} cannot be read. Pictures wait until it "
            "can, so that nothing is paid twice. It is tried again automatically.",
            service=name.label,
        ),
        details="it did not answer in time" if error is None else f"{error.title} {error.details}".strip(),
        code=Code.SERVICE_CANNOT_LOOK,
        retry=Retry.LATER,
    )


def _cannot_look(name: ServiceName, count: int, error: TopazdeskError) -> ServiceError:
    return ServiceError(
        say(
            "It is unclear whether pictures in the queue were sent before: {why:text}",
            why=error.title,
        ),
        nsay(
            "1 picture waits until the list at {service} can be read, so that nothing is paid twice. New pictures are "
            "sent. If you know that they were not sent, cancel them and start them again.",
            "{n} pictures wait until the list at {service} can be read, so that nothing is paid twice. New pictures "
            "are sent. If you know that they were not sent, cancel them and start them again.",
            count,
            service=name.label,
        ),
        details=error.details,
        code=Code.SERVICE_CANNOT_LOOK,
    )
