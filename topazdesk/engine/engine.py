"""The engine: starts jobs, continues what is unfinished, and tells what happens. Plain asyncio, on any loop."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance, Clock, Draft, Pictures, RemoteJob, RemoteState, ServiceSource
from topazdesk.domain.services import ServiceName
from topazdesk.engine import files
from topazdesk.engine.balances import Balances
from topazdesk.engine.book import Book
from topazdesk.engine.canceller import STOPPED_WAITING, Canceller
from topazdesk.engine.database_check import DAMAGED
from topazdesk.engine.events import EventHub, Trouble
from topazdesk.engine.fetcher import Fetcher
from topazdesk.engine.gate import Gate
from topazdesk.engine.intake import draft_again, jobs_for
from topazdesk.engine.ledger import LedgerLine, MoneyKind, MoneyMove
from topazdesk.engine.lost_results import LostResults
from topazdesk.engine.named import status_of
from topazdesk.engine.outcome import cancel_cost
from topazdesk.engine.parts import Parts
from topazdesk.engine.pauses import Pause, pauses
from topazdesk.engine.policy import Policy
from topazdesk.engine.poller import Poller
from topazdesk.engine.preview import Preview, previews, with_names
from topazdesk.engine.reconcile import Reconciler, give_up
from topazdesk.engine.recovery import adopted_jobs, strangers
from topazdesk.engine.refunds import Refunds, check_refunds
from topazdesk.engine.reports import sane
from topazdesk.engine.runner import Caps, Runner, midnight
from topazdesk.engine.same import jobs_before
from topazdesk.engine.scheduler import Lane, Scheduler
from topazdesk.engine.sharing import Sharing, grouped
from topazdesk.engine.shelf import Page, Place
from topazdesk.engine.store import HistoryLine, Run, Store
from topazdesk.engine.supervisor import Supervisor
from topazdesk.engine.taking import take_over
from topazdesk.engine.targets import Targets
from topazdesk.engine.unsent import Unsent
from topazdesk.engine.uploads import clear_uploads
from topazdesk.errors import ComputerError, CreditError, ProfileLostError, UseError

_S = JobState
_BEFORE_SENDING = frozenset({_S.QUEUED, _S.WAITING})
#: Jobs that are read at once where all are wanted: some 10 ms of a thread.
_PAGE = 500


class Engine:
    """The jobs of one profile. Only one engine in the world may run a profile: `start` makes sure of that."""

    def __init__(
        self,
        *,
        store: Store,
        services: ServiceSource,
        pictures: Pictures,
        catalogue: Catalogue,
        folder: Path,
        clock: Clock,
        events: EventHub,
        policy: Policy | None = None,
    ) -> None:
        policy = policy or Policy()
        self.events = events
        self._caps = Caps()
        self._book = Book(store, events, clock)
        self._supervisor = Supervisor(events)
        self._gate = Gate(events, clock, policy)
        self._p = Parts(
            store=store,
            services=services,
            pictures=pictures,
            catalogue=catalogue,
            folder=folder,
            clock=clock,
            events=events,
            policy=policy,
            supervisor=self._supervisor,
            book=self._book,
            gate=self._gate,
            sharing=Sharing(self._book, clock, policy),
        )
        self._targets = Targets(catalogue, store)
        self._balances = Balances(self._p, self._refilled)
        lost = LostResults(self._p)
        self._runner = Runner(
            self._p, self._caps, self._targets, lost, lambda job: self._balances.want(job.recipe.service)
        )
        self._unsent = Unsent(self._p, lost)
        self._scheduler = Scheduler(
            self._p,
            self._unsent,
            submit=Lane("submit", policy.uploads, self._runner.run),
            fetch=Lane("fetch", policy.downloads, Fetcher(self._p, self._targets).run),
            cancel=Lane("cancel", policy.cancels, Canceller(self._p).run),
        )
        self._pollers: dict[ServiceName, Poller] = {}
        self._reconcilers: dict[ServiceName, Reconciler] = {}
        self._idlers: list[asyncio.Event] = []
        self._taking = asyncio.Lock()
        self._unread: frozenset[str] = frozenset()  # ids of rows that cannot be read
        self._scheduler.settled = self._tell_idlers
        self._book.lost = self._lost

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self, *, submits: bool = True) -> None:
        """Takes the profile, loads its unfinished jobs and continues them; without `submits` nothing new is paid.

        Raises ComputerError when another program runs the profile, or its database cannot be read or written.
        """
        store = self._p.store
        await store.claim()
        self._gate.begin_check()
        jobs, broken = await store.load_open()
        self._unread = frozenset(broken)
        await asyncio.to_thread(clear_uploads, self._p.folder)
        self._book.fill(jobs)
        for job in jobs:
            self._targets.learn(job)
            self._p.sharing.learn(job)
        for job in [j for j in jobs if not j.state.is_final]:
            await self._after_restart(job)
        self._unsent.learn(self._book.unfinished(), is_new_profile=await store.is_new())
        if not submits or await store.get_meta("paused") == "user":
            self._gate.pause_by_user()  # without `submits` for this run only: not written down
        self._book.listen(self._heard)
        self._gate.changed = self._gate_changed
        for job in list(self._book.unfinished()):
            self._heard(job)
        self._supervisor.spawn("scheduler", self._scheduler.run())
        self._supervisor.spawn("balances", self._balances.run())
        self._supervisor.spawn("check of the job list", self._check_list())
        self._supervisor.spawn("check of the past", self._check_past())
        if broken:
            self.events.emit(Trouble(broken_rows(broken)))

    async def _check_list(self) -> None:
        """Beside everything else, but before anything is paid."""
        damage: ComputerError | None = None
        try:
            found = await self._p.store.check()
            if found is not None and found.code == DAMAGED:
                damage = found
            elif found is not None:
                self.events.emit(Trouble(found))
        finally:
            self._gate.end_check(damage)

    async def _check_past(self) -> None:
        """Rows of jobs that are over are read where they are wanted only; those that cannot be read are told all the same, once
        everything else has begun, and little by little.
        """
        told = self._unread
        await self._p.clock.sleep(self._p.policy.past_after)
        async for _ in self.pages():
            await self._p.clock.sleep(self._p.policy.past_apart)
        if broken := self._unread - told:
            self.events.emit(Trouble(broken_rows(sorted(broken))))

    async def _after_restart(self, job: Job) -> None:
        """Where a job goes on that the last run left in mid-step."""
        note = "continued after a restart"
        match job.state:
            case _S.PREPARING:
                await self._book.move(job.id, _S.QUEUED, note=note, insist=False)
            case _S.SUBMITTING:
                await self._book.move(job.id, _S.DOUBTFUL, note=note, insist=False)
            case _S.DOWNLOADING | _S.VERIFYING:
                await self._book.move(job.id, _S.READY, note=note, insist=False)
            case _S.RUNNING if job.cancel_wanted:
                await self._book.move(job.id, _S.CANCELLING, note=note, insist=False)
            case _:
                pass

    async def close(self) -> None:
        """Stops at once; every job goes on from its last step at the next start. The store stays open."""
        await self._supervisor.close()
        for event in self._idlers:
            event.set()

    async def idle(self) -> None:
        """Returns when every job is final or cannot go on by itself: doubtful for the user, paused, account stopped."""
        event = asyncio.Event()
        self._idlers.append(event)
        try:
            while not self._is_idle():
                event.clear()
                await event.wait()
        finally:
            self._idlers.remove(event)

    def pauses(self) -> tuple[Pause, ...]:
        """What is waited for, and until when, while nothing is done for any job that goes on by itself; () at other times."""
        if self._scheduler.is_busy:
            return ()
        jobs = [job for job in self._book.unfinished() if not self._is_stuck(job)]
        return pauses(jobs, self._p.clock.now(), self._goes_on_at, self._gate.held_for)

    # -- what there is --------------------------------------------------------------------------------------------

    def jobs(self) -> tuple[Job, ...]:
        """The jobs at hand, newest first: those that are not over, all trials, and whatever was worked with in this run.

        A profile has tens of thousands more, on the disk: see `pages`, `jobs_on`, `recall`.
        """
        return tuple(sorted(self._book.all(), key=lambda j: (j.created_at, j.position), reverse=True))

    def unfinished(self) -> tuple[Job, ...]:
        """The jobs that are not over."""
        return tuple(self._book.unfinished())

    async def over(self) -> dict[JobState, int]:
        """How many jobs are over, by their state, without trials and what was cleared. Raises ComputerError."""
        return await self._p.store.counts()

    async def page(self, count: int, after: Place | None = None) -> Page:
        """The next jobs of the profile that were not cleared, newest first. Raises ComputerError."""
        page = await self._p.store.page(count, after)
        self._unread |= set(page.broken)
        return page._replace(jobs=[self._book.get(job.id) or job for job in page.jobs])

    async def pages(self) -> AsyncIterator[list[Job]]:
        """All of them, page by page. Raises ComputerError."""
        page = await self.page(_PAGE)
        yield page.jobs
        while page.goes_on is not None:
            page = await self.page(_PAGE, page.goes_on)
            yield page.jobs

    async def jobs_on(self, sources: Iterable[Path]) -> tuple[Job, ...]:
        """The jobs on these pictures that were not cleared, newest first. Raises ComputerError."""
        return tuple(self._book.get(job.id) or job for job in await self._p.store.of_sources(sources))

    def get(self, job_id: str) -> Job | None:
        """One job that is at hand, or None."""
        return self._book.get(job_id)

    def job(self, job_id: str) -> Job:
        """One job that is at hand. Raises UseError when there is none of this id."""
        job = self._book.get(job_id)
        if job is None:
            raise UseError("There is no such job.", "All jobs: topazdesk jobs list", details=job_id, code="use.no_job")
        return job

    async def recall(self, job_id: str) -> Job:
        """One job, wherever it is; at hand from now on. Raises UseError when there is none of this id; ComputerError."""
        await self._book.recall(job_id)
        return self.job(job_id)

    async def past(self, job_ids: Iterable[str]) -> tuple[Job, ...]:
        """Jobs by id, also those that were cleared from the list."""
        return tuple(await self._p.store.find(job_ids))

    @property
    def is_paused(self) -> bool:
        """Whether the queue is stopped, by the user or by the account."""
        return self._gate.is_paused

    @property
    def stopped_by(self) -> ServiceName | None:
        """The service whose account stopped the queue, or None."""
        return self._gate.stopped_by if self._gate.reason is not None else None

    @property
    def day_cap(self) -> int | None:
        """Credits that may be spent a day (local midnight to midnight), None for no limit."""
        return self._caps.day.get(Unit.CREDIT)

    @day_cap.setter
    def day_cap(self, credits: int | None) -> None:
        self.cap_day(Unit.CREDIT, credits)

    def cap_day(self, unit: Unit, amount: int | None) -> None:
        """The same for any unit of money: services that count in dollars are not held by a limit in credits."""
        if amount is None:
            self._caps.day.pop(unit, None)
        else:
            self._caps.day[unit] = amount

    def cap_run(self, unit: Unit, amount: int | None) -> None:
        """The most that one `enqueue` may cost, where it is not given a lower budget itself; None for no limit."""
        if amount is None:
            self._caps.run.pop(unit, None)
        else:
            self._caps.run[unit] = amount

    async def spent_today(self, unit: Unit, *, is_play: bool) -> int:
        """Whole units since local midnight: charged, held, and what is still to be sent. Play money is the sandbox's."""
        start = midnight(self._p.clock.now())
        spent = await self._p.store.spent_since(unit, start, is_play=is_play)
        return spent + sum(
            job.estimate.credits
            for job in self._book.unfinished()
            if job.is_unsent and job.estimate.unit is unit and job.recipe.service.traits.is_free is is_play
        )

    async def history(self, job_id: str) -> tuple[HistoryLine, ...]:
        """A job's moves, oldest first."""
        return await self._p.store.history(job_id)

    async def ledger(self) -> tuple[LedgerLine, ...]:
        """The books of the profile: estimated, reserved, charged, refunded, a line a job."""
        return await self._p.store.ledger()

    # -- what a user asks for -------------------------------------------------------------------------------------

    async def enqueue(self, drafts: Sequence[Draft], *, run_budget: int | None = None) -> tuple[Job, ...]:
        """Starts drafts as one run, written in one transaction. Jobs come back in the order of the drafts.

        A draft whose folder cannot be written becomes a failed job, unpaid, and the others go on. Raises ComputerError
        when no folder can be written, or the database cannot; nothing is started then.
        """
        if not drafts:
            return ()
        own = self._caps.run.get(drafts[0].estimate.unit)
        budget = min((cap for cap in (run_budget, own) if cap is not None), default=None)
        run = Run(uuid.uuid4().hex, self._p.clock.now(), budget)
        jobs = await asyncio.to_thread(grouped, drafts, await jobs_for(self._p, drafts, run.id), run.id)
        for mate in await self._book.recall_sharing(job.upload_group for job in jobs if job.upload_group):
            self._p.sharing.learn(mate)  # a trial of last week may have sent the picture already
        jobs = await with_names(self._targets, jobs)
        try:
            await self._book.add(run, jobs)
        except BaseException:
            for job in jobs:
                self._targets.release(job.id)
            raise
        return jobs

    async def before(self, drafts: Sequence[Draft]) -> dict[int, Job]:
        """By its number, for each draft that was started already in this profile, by content and recipe, the job that has or is
        to have its result: see `same.jobs_before`. Needs no start. Raises ComputerError.
        """
        return await jobs_before(self._p, drafts)

    async def take_up(self, job_ids: Iterable[str]) -> tuple[Job, ...]:
        """Goes on with jobs that `before` gave: results that are paid and were not fetched are fetched, the others go on anyway."""
        jobs = [await self.recall(job_id) for job_id in job_ids]
        return tuple([await self.retry(job.id) if job.state is _S.FAILED else job for job in jobs])

    async def preview(self, drafts: Sequence[Draft], *, names: bool = False) -> tuple[Preview, ...]:
        """What `enqueue` would do with these drafts: what would be refused or skipped, and with `names` where the results go.

        Makes nothing and needs no start. Raises ComputerError.
        """
        return await previews(self._p.store, self._p.catalogue, drafts, names=names)

    async def cancel(self, job_id: str) -> None:
        """Takes a job back, in whatever state; one that the service has finished is fetched all the same: it is paid."""
        job = await self.recall(job_id)
        if job.state is _S.QUEUED or (job.state is _S.WAITING and job.resume_to is _S.QUEUED):
            job = await self._book.move(job_id, _S.CANCELLED, only_from=_BEFORE_SENDING, insist=False)
        if job.state is _S.RUNNING:
            await self._book.move(
                job_id, _S.CANCELLING, only_from={_S.RUNNING}, insist=False, cancel_wanted=True, trouble=None
            )
        elif job.state in (_S.PREPARING, _S.SUBMITTING, _S.DOUBTFUL):
            job = await self._book.update(job_id, insist=False, cancel_wanted=True)
            if job.state is _S.RUNNING:  # the answer came while this was written
                await self._book.move(job_id, _S.CANCELLING, only_from={_S.RUNNING}, insist=False)
            elif job.state is _S.DOUBTFUL:
                self._reconciler(job).reconsider(job_id)

    async def retry(self, job_id: str) -> Job:
        """Tries again: free where the service may still have the result, at once for a job that waits, else as a new job.

        A new job is priced anew and costs credits. Raises UseError for a job that is running or done; InputError,
        ComputerError as `enqueue`.
        """
        job = await self.recall(job_id)
        now = self._p.clock.now()
        if job.state is _S.WAITING:
            self._gate.unhold(job.recipe.service)
            return await self._book.update(job_id, insist=False, not_before=now)
        if job.state is _S.DOUBTFUL:
            self._reconciler(job).reconsider(job_id)
            return job
        if job.state is _S.FAILED and job.remote_id and job.refunded is None:
            state = _S.READY if job.is_at_service else _S.RUNNING
            return await self._book.move(job_id, state, insist=False, note="tried again", trouble=None, attempts=0)
        if job.state is _S.CANCELLED and job.trouble is not None and job.trouble.code == STOPPED_WAITING:
            return await self._book.move(
                job_id, _S.RUNNING, insist=False, note="waiting again", trouble=None, cancel_wanted=False, attempts=0
            )
        if job.state in (_S.FAILED, _S.CANCELLED, _S.EXPIRED):
            again = await draft_again(self._p, job)
            return (await self.enqueue([again]))[0]
        raise UseError("There is nothing to try again.", "This job runs or is done.", code="use.not_failed")

    async def use(self, job_id: str) -> Job:
        """Makes a trial of the whole picture an ordinary result: its file goes where the recipe says, nothing is paid.

        Raises UseError for a job that is not such a trial or not done, ComputerError when the file cannot be put there.
        """
        async with self._taking:
            return await take_over(self._p, self._targets, await self.recall(job_id))

    async def resolve(self, job_id: str, resend: bool) -> None:
        """The user's word on a doubtful job: send it once more (it may cost twice), or give it up (it may have cost once).

        Before it is sent again it is looked for once more: what has turned up meanwhile is not paid twice.
        """
        job = await self.recall(job_id)
        if job.state is not _S.DOUBTFUL:
            raise UseError("This job is not in doubt any more.", "Look at its state again.", code="use.not_doubtful")
        if resend:
            await self._reconciler(job).look_once(job)
            if self.job(job_id).state is not _S.DOUBTFUL:
                return
            release = MoneyMove(MoneyKind.RELEASE, self._p.clock.now())
            await self._book.move(
                job_id, _S.QUEUED, note="sent again by the user", money=release, only_from={_S.DOUBTFUL}, trouble=None
            )
        else:
            await give_up(self._p, job_id)

    async def pause(self) -> None:
        """No new submits, also after a restart; what is at the service is followed and fetched."""
        await self._p.store.set_meta("paused", "user")
        self._gate.pause_by_user()

    async def resume(self) -> None:
        """Goes on, whatever stopped the queue (the user, the account): to be called after a new key, too."""
        await self._p.store.set_meta("paused", "")
        self._gate.open()

    async def reorder(self, job_ids: Sequence[str]) -> None:
        """Puts these queued jobs in front, in this order; others keep theirs. Those that have begun are left alone."""
        queued = [i for i in job_ids if (job := self._book.get(i)) is not None and job.state is _S.QUEUED]
        first = min((job.position for job in self._book.all()), default=0) - len(queued)
        for position, job_id in enumerate(queued, first):
            await self._book.update(job_id, insist=False, position=position)

    async def move(self, job_id: str, *, up: bool) -> None:
        """Changes places with the queued job before or after it; nothing where there is none, or once it has begun."""
        queued = sorted((self._book[i] for i in self._book.ids(_S.QUEUED)), key=lambda j: (j.position, j.id))
        places = [job.id for job in queued]
        if job_id not in places:
            return
        here = places.index(job_id)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(queued):
            return
        first, second = queued[min(here, there)], queued[max(here, there)]
        if first.position == second.position:  # of two runs: the order of their ids is no place to change
            await self.reorder([*places[: min(here, there)], second.id, first.id])
            return
        await self._book.update(second.id, insist=False, position=first.position)
        await self._book.update(first.id, insist=False, position=second.position)

    async def forget(self, job_ids: Iterable[str]) -> None:
        """Clears finished jobs from the list; files and books stay. Unfinished ones are left alone."""
        await self._book.hide(job_ids)

    async def forget_over(self) -> None:
        """Clears all jobs that are over from the list, but trials, which belong to their pictures. Raises ComputerError."""
        await self._book.hide_over()

    async def refresh_balance(self, service: ServiceName) -> Balance:
        """Asks for the credits of the account. Raises AccountError, NetworkError, ServiceError."""
        return await self._balances.refresh(service)

    # -- what is at the service ------------------------------------------------------------------------------------

    async def recover(self, service: ServiceName) -> tuple[RemoteJob, ...]:
        """Jobs of the last 7 days at the service that this profile does not know and that can be fetched, newest first.

        Costs nothing. That a part of the list could not be read is told as an event. Raises AccountError, NetworkError,
        ServiceError.
        """
        client = await self._p.services.get(service)
        known = await self._p.store.at_service(but=await self._unreadable())
        found = await strangers(client, known, self._p.clock.now())
        if found.fault is not None:
            self.events.emit(Trouble(found.fault))
        return found.jobs

    async def fetch(self, service: ServiceName, remotes: Iterable[RemoteJob], folder: Path) -> tuple[Job, ...]:
        """Takes remote jobs into this profile and fetches their results into `folder`, named by model and time.

        Costs nothing. Those that the profile knows meanwhile are left out. Raises ComputerError when the folder cannot be
        written.
        """
        await asyncio.to_thread(files.check_writable, folder)
        known = (await self._p.store.at_service(but=await self._unreadable())).remote_ids
        wanted = list({remote.remote_id: remote for remote in remotes if remote.remote_id not in known}.values())
        if not wanted:
            return ()
        run = Run(uuid.uuid4().hex, self._p.clock.now(), None)
        position = 1 + max((job.position for job in self._book.all()), default=0)
        catalogue = self._p.catalogue
        jobs = adopted_jobs(service, wanted, folder, catalogue, run.id, position, run.created_at)
        await self._book.adopt(run, jobs)
        return jobs

    async def cancel_price(self, job_id: str) -> tuple[float, int]:
        """Percent done and what a cancel would cost now, by the service's latest word: share done × 1.1, free at 0 %.

        The most it can cost for a job in doubt; the whole price for one that has finished. Raises what the service raises.
        """
        job = await self.recall(job_id)
        if job.state in (_S.SUBMITTING, _S.DOUBTFUL):
            return job.percent, job.estimate.credits
        if job.charged is not None:
            return 100.0, job.charged
        if job.state not in (_S.RUNNING, _S.CANCELLING):
            return 0.0, 0
        if not job.recipe.service.traits.can_cancel:  # it goes on there whatever happens here
            return job.percent, job.estimate.credits
        client = await self._p.service_of(job)
        remote = sane(await status_of(client, job), self._p.clock.now())
        whole = job.estimate.credits if remote.credits is None else remote.credits
        percent = 100.0 if remote.state is RemoteState.COMPLETED else remote.percent
        return percent, cancel_cost(whole, percent)

    async def refunds(self, service: ServiceName) -> Refunds:
        """Whether failed jobs got their money back, by the service's own figures. Raises what the service raises."""
        client = await self._p.services.get(service)
        mine = [job for job in await self._p.store.refunded() if job.recipe.service is service]
        return await check_refunds(client, mine, self._p.clock.now())

    async def _unreadable(self) -> frozenset[str]:
        """Ids of the rows of the list that this program cannot read: they know nothing of what is at the service."""
        async for _ in self.pages():
            pass
        return self._unread

    # -- inside ---------------------------------------------------------------------------------------------------

    def _heard(self, job: Job) -> None:
        self._targets.learn(job)
        self._p.sharing.learn(job)
        if job.state in (_S.RUNNING, _S.CANCELLING):
            self._poller(job).bell.ring()
            if job.recipe.service in self._reconcilers:
                self._reconcilers[job.recipe.service].taken()
        elif job.state is _S.DOUBTFUL:
            self._reconciler(job).bell.ring()
        elif job.submitted_at is not None and (job.state is _S.READY or job.state.is_final):
            self._balances.want(job.recipe.service)
        self._scheduler.heard(job)
        self._tell_idlers()

    def _gate_changed(self) -> None:
        if isinstance(self._gate.reason, CreditError) and self._gate.stopped_by is not None:
            self._balances.watch(self._gate.stopped_by)
        self._scheduler.bell.ring()
        for bell in (*(p.bell for p in self._pollers.values()), *(r.bell for r in self._reconcilers.values())):
            bell.ring()
        self._tell_idlers()

    def _tell_idlers(self) -> None:
        for event in self._idlers:
            event.set()

    def _poller(self, job: Job) -> Poller:
        name = job.recipe.service
        if name not in self._pollers:
            self._pollers[name] = Poller(self._p, name)
            self._supervisor.spawn(f"poll:{name}", self._pollers[name].run())
        return self._pollers[name]

    def _reconciler(self, job: Job) -> Reconciler:
        name = job.recipe.service
        if name not in self._reconcilers:
            self._reconcilers[name] = Reconciler(self._p, name)
            self._reconcilers[name].looked = self._tell_idlers
            self._supervisor.spawn(f"reconcile:{name}", self._reconcilers[name].run())
        return self._reconcilers[name]

    def _refilled(self, service: ServiceName, balance: Balance) -> None:
        """A balance came in while the queue waits for credits: goes on when the next job can be paid."""
        if not isinstance(self._gate.reason, CreditError) or self._gate.by_user:
            return
        queued = [self._book[i] for i in self._book.ids(_S.QUEUED)]
        mine = [job for job in queued if job.recipe.service is service]
        if mine and balance.available >= min(mine, key=lambda j: j.position).estimate.credits:
            self._gate.open()

    def _lost(self, error: ProfileLostError) -> None:
        """Another program works on the profile: what this one knows is old, and nothing of it may be acted upon."""
        self._gate.lose(error)
        self._supervisor.stop()
        self._tell_idlers()

    def _is_idle(self) -> bool:
        if self._gate.is_lost:
            return True
        if self._gate.is_checking:  # what is wrong with the list is told, also by a command that has nothing to do
            return False
        return not self._scheduler.is_busy and all(self._is_stuck(job) for job in self._book.unfinished())

    def _goes_on_at(self, job: Job) -> float | None:
        name = job.recipe.service
        match job.state:
            case _S.QUEUED:
                return self._unsent.waits_until(job)
            case _S.DOUBTFUL:
                return self._reconcilers[name].decided_by(job) if name in self._reconcilers else None
            case _S.RUNNING:
                return self._pollers[name].quiet_until if name in self._pollers else None
            case _:
                return self._scheduler.held_until(job)

    def _is_stuck(self, job: Job) -> bool:
        if self._gate.is_blocked(job.recipe.service):
            return job.state is not _S.WAITING
        if job.state is _S.QUEUED:
            return self._gate.is_paused or self._unsent.is_stuck(job)
        reconciler = self._reconcilers.get(job.recipe.service)
        return job.state is _S.DOUBTFUL and reconciler is not None and reconciler.waits_for_user(job)


def broken_rows(ids: Sequence[str]) -> ComputerError:
    """What is said of rows of the list that no program can make a job of."""
    count = "1 job" if len(ids) == 1 else f"{len(ids):,} jobs"
    return ComputerError(
        f"{count} in the list cannot be read",
        "Nothing of that is changed, and all others go on. Results are at the service for 7 days: “Find lost results” brings them.",
        details=", ".join(ids),
        code="computer.jobs_unreadable",
    )
