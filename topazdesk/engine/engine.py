"""The engine: starts jobs, continues unfinished ones, and reports what happens. Plain asyncio, on any loop.

Over 400 lines, because this is the one door to the engine: all that window and command line may ask of it stands here,
each in a few lines. The work is done in the other modules.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from topazdesk.domain.account import DEFAULT_ACCOUNT, Account
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.charges import to_be_spent
from topazdesk.domain.copies import CopyForm
from topazdesk.domain.day_limit import DayLimit, Whose
from topazdesk.domain.days import day_start
from topazdesk.domain.image import FileFormat, ImageInfo, PictureKey
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance, Clock, Draft, Pictures, RemoteJob, RemoteState, ServiceSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.engine import attention, files
from topazdesk.engine.answer_identity import status_of
from topazdesk.engine.balances import Balances
from topazdesk.engine.canceller import STOPPED_WAITING, Canceller
from topazdesk.engine.database_check import DAMAGED
from topazdesk.engine.engine_context import EngineContext, OtherMachines
from topazdesk.engine.events import EngineError, EventHub, LimitsChanged
from topazdesk.engine.fetcher import Fetcher
from topazdesk.engine.file_digests import FileDigests
from topazdesk.engine.job_queries import ListPosition, Page
from topazdesk.engine.job_store import HistoryLine, JobStore, OvertakenError, RunRecord
from topazdesk.engine.job_table import JobTable, StepLostError
from topazdesk.engine.jobs_before import Before, jobs_before, last_results, results_of
from topazdesk.engine.key_marks import KeyMarks
from topazdesk.engine.known_content import results_among, twins
from topazdesk.engine.ledger import LedgerLine, MoneyKind, MoneyMove
from topazdesk.engine.lost_results import LostResults
from topazdesk.engine.new_jobs import draft_again, folder_faults, jobs_for
from topazdesk.engine.pauses import Pause, pauses
from topazdesk.engine.policy import Policy
from topazdesk.engine.poller import Poller
from topazdesk.engine.preview import Preview, previews, with_names
from topazdesk.engine.promote_trial import take_over
from topazdesk.engine.reconcile import Reconciler, give_up
from topazdesk.engine.recovery import adopted_jobs, strangers
from topazdesk.engine.refunds import Refunds, check_refunds
from topazdesk.engine.remote_update import cancel_cost
from topazdesk.engine.result_paths import ResultPaths
from topazdesk.engine.runner import Caps, Runner
from topazdesk.engine.sane_reports import sane
from topazdesk.engine.scheduler import Lane, Scheduler
from topazdesk.engine.sharing import Sharing, grouped
from topazdesk.engine.submit_gate import SubmitGate
from topazdesk.engine.supervisor import Supervisor
from topazdesk.engine.tried_again import attempt_since, check_price, made_after_all
from topazdesk.engine.unsent import Unsent
from topazdesk.engine.uploads import clear_uploads
from topazdesk.errors import AccountError, Code, ComputerError, CreditError, ProfileLostError, TopazdeskError, UseError
from topazdesk.language import nsay, say

_S = JobState
_BEFORE_SENDING = frozenset({_S.QUEUED, _S.WAITING})
#: Jobs read at a time when all are wanted: some 10 ms of the thread.
_PAGE = 500


class Admitted(NamedTuple):
    """What became of drafts: the new jobs, in their order, and by the draft's index what does or did the same.

    `refused` has, in the same way, why a draft was not taken by another program that was asked to.
    """

    jobs: tuple[Job, ...]
    before: dict[int, Job]
    refused: Mapping[int, TopazdeskError] = {}


@dataclass(slots=True, eq=False)
class _Idler:
    """Somebody who waits until the jobs rest: for the hours of which jobs, too. `own` is None for all."""

    for_hours: bool
    own: frozenset[str] | None
    event: asyncio.Event = field(default_factory=asyncio.Event)

    def waits_for(self, job: Job) -> bool:
        """Whether the hours of this job are waited for."""
        return self.for_hours and (self.own is None or job.id in self.own)


def _with_copies(recipe: Recipe, copies: Sequence[CopyForm], before: Sequence[FileFormat | None]) -> Recipe:
    """Return the recipe with these copies beside those in the formats of `before`, as they are encoded."""
    output = recipe.output
    quality = next((each.encoding.jpeg_quality for each in copies if each.format is FileFormat.JPEG), None)
    encoding = output.encoding if quality is None else replace(output.encoding, jpeg_quality=quality)
    formats = tuple(dict.fromkeys((*before, *(each.format for each in copies))))
    return replace(recipe, output=replace(output, copies=formats, encoding=encoding))


def of_account(unsent: Iterable[Job], account: Account) -> int:
    """Return what an account will pay for jobs that are not sent yet."""
    mine = (job for job in unsent if job.account == account)
    return to_be_spent(mine, account.service.unit, is_play=account.service.traits.is_free)


class Engine:
    """The jobs of one profile. Only one engine in the world may run a profile; `start` makes sure of that."""

    def __init__(
        self,
        *,
        store: JobStore,
        services: ServiceSource,
        pictures: Pictures,
        catalogue: Catalogue,
        folder: Path,
        clock: Clock,
        events: EventHub,
        policy: Policy | None = None,
        read_policy: Callable[[], UsagePolicy] = UsagePolicy,
        wants_labels: Callable[[], bool] = bool,
        gate: SubmitGate | None = None,
        others: OtherMachines | None = None,
    ) -> None:
        policy = policy or Policy()
        self.events = events
        self._caps = Caps()
        self._job_table = JobTable(store, events, clock)
        self._supervisor = Supervisor(events)
        self._gate = gate or SubmitGate(events, clock, policy)
        self._context = EngineContext(
            store=store,
            services=services,
            pictures=pictures,
            catalogue=catalogue,
            folder=folder,
            clock=clock,
            events=events,
            policy=policy,
            supervisor=self._supervisor,
            job_table=self._job_table,
            gate=self._gate,
            sharing=Sharing(self._job_table, clock, policy),
            digests=FileDigests(store, pictures, clock.now),
            key_marks=KeyMarks(store),
            read_policy=read_policy,
            wants_labels=wants_labels,
            others=others or OtherMachines(),
        )
        self._result_paths = ResultPaths(catalogue, store, self._context.digests)
        self._balances = Balances(self._context, self._refilled)
        self._lost_results = LostResults(self._context)
        self._runner = Runner(
            self._context,
            self._caps,
            self._result_paths,
            self._lost_results,
            lambda job: self._balances.want(job.account),
        )
        self._unsent = Unsent(self._context, self._lost_results)
        self._fetcher = Fetcher(self._context, self._result_paths)
        self._scheduler = Scheduler(
            self._context,
            self._unsent,
            submit=Lane("submit", policy.uploads, self._runner.run),
            fetch=Lane("fetch", policy.downloads, self._fetcher.run),
            cancel=Lane("cancel", policy.cancels, Canceller(self._context).run),
        )
        self._pollers: dict[Account, Poller] = {}
        self._reconcilers: dict[Account, Reconciler] = {}
        self._idlers: list[_Idler] = []
        self._taking = asyncio.Lock()
        self._admitting = asyncio.Lock()
        self._wishes = 0  # to pause the queue and to let it go on: the last one counts
        self._unread: frozenset[str] = frozenset()  # ids of rows that cannot be read
        self._scheduler.settled = self._tell_idlers
        self._job_table.lost = self._lost

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self, *, submits: bool = True) -> None:
        """Claim the profile, load its unfinished jobs and continue them; without `submits` nothing new is paid.

        Raises ComputerError when another program runs the profile, or its database cannot be read or written.
        """
        store = self._context.store
        await store.claim()
        self._gate.begin_check()
        jobs, broken = await store.load_open()
        self._unread = frozenset(broken)
        await asyncio.to_thread(clear_uploads, self._context.folder)
        self._job_table.fill(jobs)
        for job in jobs:
            self._result_paths.learn(job)
            self._context.sharing.learn(job)
        for job in [j for j in jobs if not j.state.is_final]:
            await self._after_restart(job)
        self._unsent.learn(self._job_table.unfinished(), is_new_profile=await store.is_new())
        if not submits or await store.get_meta("paused") == "user":
            self._gate.pause_by_user()  # not stored: without `submits` it lasts for this run of the program only
        self._job_table.listen(self._heard)
        self._gate.changed = self._gate_changed
        for job in list(self._job_table.unfinished()):
            self._heard(job)
        self._supervisor.spawn("scheduler", self._scheduler.run())
        self._supervisor.spawn("balances", self._balances.run())
        self._supervisor.spawn("check of the job list", self._check_list())
        self._supervisor.spawn("check of the past", self._check_past())
        if broken:
            self.events.emit(EngineError(broken_rows(broken)))

    async def _check_list(self) -> None:
        """Check the job list, in parallel with everything else, but before anything is paid."""
        damage: ComputerError | None = None
        try:
            found = await self._context.store.check()
            if found is not None and found.code == DAMAGED:
                damage = found
            elif found is not None:
                self._unsent.distrust()
                self.events.emit(EngineError(found))
        finally:
            self._gate.end_check(damage)

    async def _check_past(self) -> None:
        """Report unreadable rows of final jobs, which are otherwise read only when needed.

        This begins once everything else is running, and takes its time.
        """
        told = self._unread
        await self._context.clock.sleep(self._context.policy.past_check_after_s)
        async for _ in self.pages():
            await self._context.clock.sleep(self._context.policy.past_check_pause_s)
        if broken := self._unread - told:
            self.events.emit(EngineError(broken_rows(sorted(broken))))

    async def _after_restart(self, job: Job) -> None:
        """Move a job that the last run of the program left in the middle of a step to where it can continue."""
        note = "continued after a restart"
        fallback = job.state.traits.falls_back_to
        if job.state is _S.RUNNING and job.cancel_wanted:
            fallback = _S.CANCELLING
        if fallback is not None:
            changes: dict[str, Any] = {}
            if fallback is _S.DOUBTFUL:
                changes["trouble"] = attention.looking("topazdesk ended before the answer came")
            await self._job_table.move(job.id, fallback, note=note, insist=False, **changes)

    @property
    def sending(self) -> int:
        """How many pictures are on their way to a service, or their answers on the way back: see `wind_down`."""
        return len(self._scheduler.submits())

    async def wind_down(self) -> None:
        """Stop, except for what is on its way to a service: wait `policy.answer_wait_s` at most for the answers.

        A submit that is cut off is in doubt at the next start, and may have to be looked for half an hour long.
        """
        await self._supervisor.close(self._scheduler.submits(), self._context.policy.answer_wait_s)

    async def close(self) -> None:
        """Stop at once; every job continues from its last step at the next start. The store stays open."""
        await self._supervisor.close()
        self._tell_idlers()

    async def idle(
        self, job_ids: Collection[str] | None = None, *, for_hours: bool = True, own: Collection[str] | None = None
    ) -> None:
        """Wait until every job is final or needs the user: to settle a doubt, resume the queue or fix the account.

        With `job_ids` wait for these alone. Without `for_hours` do not wait for the hours at which jobs may be sent;
        with `own`, wait for the hours of these jobs, and of those for which somebody else waits.
        """
        meant = job_ids if own is None else own
        idler = _Idler(for_hours, None if meant is None else frozenset(meant))
        self._idlers.append(idler)
        try:
            while not (self._is_idle(idler) if job_ids is None else self._are_idle(job_ids, idler)):
                idler.event.clear()
                await idler.event.wait()
        finally:
            self._idlers.remove(idler)
            self._tell_idlers()

    def pauses(self) -> tuple[Pause, ...]:
        """Return what the jobs wait for, and until when; () while any of them is being worked on."""
        if self._scheduler.is_busy:
            return ()
        jobs = [job for job in self._job_table.unfinished() if not self._is_stuck(job)]
        return pauses(jobs, self._context.clock.now(), self._goes_on_at, self._gate.held_for)

    # -- what there is --------------------------------------------------------------------------------------------

    def jobs(self) -> tuple[Job, ...]:
        """Return the jobs in memory, newest first: unfinished ones, all trials, and those used since the start.

        A profile may have tens of thousands more on disk: see `pages`, `jobs_on`, `recall`.
        """
        return tuple(sorted(self._job_table.all(), key=lambda j: (j.created_at, j.position), reverse=True))

    def unfinished(self) -> tuple[Job, ...]:
        """Return the jobs that are not in a final state."""
        return tuple(self._job_table.unfinished())

    async def over(self) -> dict[JobState, int]:
        """Count the final jobs by state, without trials and cleared jobs. Raises ComputerError."""
        return await self._context.store.counts()

    async def page(self, count: int, after: ListPosition | None = None) -> Page:
        """Return the next jobs of the list, newest first, without cleared ones. Raises ComputerError."""
        page = await self._context.store.page(count, after)
        self._unread |= set(page.broken)
        return page._replace(jobs=[self._job_table.get(job.id) or job for job in page.jobs])

    async def pages(self) -> AsyncIterator[list[Job]]:
        """Yield all jobs of the list, page by page. Raises ComputerError."""
        page = await self.page(_PAGE)
        yield page.jobs
        while page.goes_on is not None:
            page = await self.page(_PAGE, page.goes_on)
            yield page.jobs

    async def jobs_on(self, sources: Iterable[Path]) -> tuple[Job, ...]:
        """Return the jobs on these pictures, newest first, without cleared ones. Raises ComputerError."""
        return tuple(self._job_table.get(job.id) or job for job in await self._context.store.of_sources(sources))

    def get(self, job_id: str) -> Job | None:
        """Return a job if it is in memory, else None."""
        return self._job_table.get(job_id)

    def job(self, job_id: str) -> Job:
        """Return a job that is in memory. Raises UseError if there is no such job."""
        job = self._job_table.get(job_id)
        if job is None:
            raise UseError(
                "There is no such job", "All jobs: topazdesk jobs list", details=job_id, code=Code.USE_NO_JOB
            )
        return job

    async def recall(self, job_id: str) -> Job:
        """Return a job, loading it from disk if needed. Raises UseError if there is no such job; ComputerError."""
        await self._job_table.recall(job_id)
        return self.job(job_id)

    async def past(self, job_ids: Iterable[str]) -> tuple[Job, ...]:
        """Return jobs by id, cleared ones included. Raises ComputerError."""
        return tuple(await self._context.store.find(job_ids))

    def places(self, job_id: str) -> tuple[str, str]:  # noqa: ARG002 a profile's jobs have no places
        """Return the names of the machines of a team that started a job and that work on it; "" without a team."""
        return "", ""

    @property
    def paused_on(self) -> str:
        """The machine of a team on which somebody paused the queue; "" without a team."""
        return ""

    @property
    def is_owner(self) -> bool:
        """Whether this engine does the work of its profile itself, and knows all that is unfinished."""
        return True

    @property
    def is_paused(self) -> bool:
        """Whether the queue is stopped, by the user or by the account."""
        return self._gate.is_paused

    @property
    def pause_reason(self) -> TopazdeskError | None:
        """Why an account or a limit stopped the queue; None where the user did, and while it goes on."""
        return self._gate.reason

    @property
    def stopped_by(self) -> Account | None:
        """The account that stopped the queue, or None."""
        return self._gate.stopped_by

    def stopped(self, account: Account) -> AccountError | None:
        """Return why what this account pays for waits, if that is for a reason of its own; else None."""
        return self._gate.stopped.get(account)

    @property
    def day_cap(self) -> int | None:
        """The most credits to spend a day (local midnight to midnight), None for no limit."""
        return self._caps.day.get(Unit.CREDIT)

    @day_cap.setter
    def day_cap(self, credits: int | None) -> None:
        self.cap_day(Unit.CREDIT, credits)

    def cap_day(self, unit: Unit, amount: int | None, *, is_organisations: bool = False) -> None:
        """Limit what may be spent a day in a unit of money; None for no limit. Each unit has a limit of its own.

        `is_organisations`: it is not the user's, who could not raise it.
        """
        before = self._caps.day.get(unit), self._caps.organisations.get(unit, False)
        self._caps.organisations[unit] = is_organisations
        if amount is None:
            self._caps.day.pop(unit, None)
        else:
            self._caps.day[unit] = amount
        if before != (amount, is_organisations):
            self.events.emit(LimitsChanged())

    def cap_run(self, unit: Unit, amount: int | None) -> None:
        """Limit what one `enqueue` may cost, unless it is given a lower budget; None for no limit."""
        if amount == self._caps.run.get(unit):
            return
        if amount is None:
            self._caps.run.pop(unit, None)
        else:
            self._caps.run[unit] = amount
        self.events.emit(LimitsChanged())

    def cap_account(self, account: Account, amount: int | None) -> None:
        """Limit what may be spent from one account a day, beside the limit of all together; None for no limit."""
        if amount == self._caps.accounts.get(account):
            return
        if amount is None:
            self._caps.accounts.pop(account, None)
        else:
            self._caps.accounts[account] = amount
        self.events.emit(LimitsChanged())

    async def day_limits(self, account: Account, unsent: Iterable[Job] | None = None) -> tuple[DayLimit, ...]:
        """Return the limits for today that hold for what this account pays for, the one that leaves least first.

        What is to be sent counts as used: `unsent`, by default what this engine knows of. Raises ComputerError.
        """
        # They may be a hundred thousand, and mostly there is no limit: it is looked at them only where there is one.
        given = None if unsent is None else tuple(unsent)
        found = await self._find_day_limits(account, lambda: self._job_table.unfinished() if given is None else given)
        return tuple(sorted(found, key=lambda limit: limit.left))

    async def _find_day_limits(self, account: Account, jobs: Callable[[], Iterable[Job]]) -> list[DayLimit]:
        unit, is_play = account.service.unit, account.service.traits.is_free
        start, found = day_start(self._context.clock.now()), []
        if (cap := self._caps.day.get(unit)) is not None:
            used = await self._context.store.spent_since(unit, start, is_play=is_play)
            whose = Whose.ORGANISATION if self._caps.organisations.get(unit) else Whose.USER
            found.append(DayLimit(whose, cap, used + to_be_spent(jobs(), unit, is_play=is_play)))
        if (cap := self._caps.accounts.get(account)) is not None:
            used = await self._context.store.spent_since(unit, start, is_play=is_play, account=account)
            found.append(DayLimit(Whose.ACCOUNT, cap, used + of_account(jobs(), account)))
        return found

    async def spent_today(self, unit: Unit, *, is_play: bool) -> int:
        """Return the whole units spent since local midnight: charged, held, and estimated for what is still to be sent.

        `is_play` asks for the sandbox's play money instead of real money. Raises ComputerError.
        """
        start = day_start(self._context.clock.now())
        spent = await self._context.store.spent_since(unit, start, is_play=is_play)
        return spent + to_be_spent(self._job_table.unfinished(), unit, is_play=is_play)

    async def room(self, limits: Sequence[SpendingLimit], unit: Unit, *, is_play: bool) -> int | None:
        """Return the whole units that limits leave now, as `admit` counts them; None without. Raises ComputerError."""
        return await self._context.store.room(limits, unit, is_play=is_play, now=self._context.clock.now())

    async def history(self, job_id: str) -> tuple[HistoryLine, ...]:
        """Return a job's changes of state, oldest first. Raises ComputerError."""
        return await self._context.store.history(job_id)

    async def ledger(self) -> tuple[LedgerLine, ...]:
        """Return the ledger of the profile, one line per job: estimated, reserved, charged, refunded."""
        return await self._context.store.ledger()

    # -- what a user asks for -------------------------------------------------------------------------------------

    async def admit(
        self,
        drafts: Sequence[Draft],
        *,
        again: bool = False,
        run_budget: int | None = None,
        run_id: str = "",
        limits: Sequence[SpendingLimit] = (),
        hours: SendingHours | None = None,
        account_id: str = DEFAULT_ACCOUNT,
    ) -> Admitted:
        """Start those drafts that no job does or did already; with `again` all of them. Raises as `enqueue` does.

        A format that can be made of a result that is there is made of it, and costs nothing; see `had`.

        Between the price and the answer to it, another command may have started the same picture. So this looks once
        more, and two calls at a time do it one after the other; where another machine comes in between, it looks again.
        """
        async with self._admitting:
            while True:
                since = None if again else await self._context.store.added()
                before = {} if again or not drafts else await self.had(drafts)
                new = [draft for number, draft in enumerate(drafts) if number not in before]
                with suppress(OvertakenError):
                    jobs = await self.enqueue(
                        new,
                        run_budget=run_budget,
                        run_id=run_id,
                        limits=limits,
                        hours=hours,
                        account_id=account_id,
                        since=since,
                    )
                    break
        return Admitted(jobs, {number: await self.complete(each) for number, each in before.items()})

    async def complete(self, before: Before) -> Job:
        """Return the job with the copies that it lacks: made of its result for free, or noted to be made of it.

        Of a job on its way the newest wish for a quality holds: it makes one copy in a format.
        Raises ComputerError; what goes wrong with a copy is said in the job's report.
        """
        job, lacks, replaces = before
        if not lacks:
            return job
        while job.state is not JobState.DONE:
            wanted = _with_copies(job.recipe, lacks, job.recipe.output.copies)
            try:
                changed = await self._job_table.update((await self.recall(job.id)).id, recipe=wanted)
            except StepLostError:  # another machine has written it meanwhile
                job = await self.recall(job.id)
                continue
            if changed.state is not JobState.DONE:
                return changed
            job = changed  # it was finished meanwhile
        job = replace(job, recipe=_with_copies(job.recipe, lacks, ()))
        return await self._fetcher.add_copies(job, replaces=replaces)

    async def enqueue(
        self,
        drafts: Sequence[Draft],
        *,
        run_budget: int | None = None,
        run_id: str = "",
        limits: Sequence[SpendingLimit] = (),
        hours: SendingHours | None = None,
        account_id: str = DEFAULT_ACCOUNT,
        since: int | None = None,
    ) -> tuple[Job, ...]:
        """Start drafts as one run, written in one transaction. Return their jobs in the order of the drafts.

        `run_id` names the run, so that whoever asked can look for it on the disk; without it, it gets a new name.
        `hours`: each is sent at these hours only, whichever program works on it and whenever. `account_id`: the account
        at their service that they belong to for good.

        A draft whose folder cannot be written becomes a failed job, unpaid, without stopping the others. Raises
        ComputerError when none of the folders, or the database, can be written, and BudgetError when `limits` leave no
        room for all of them; nothing is started then. Raises OvertakenError as `JobStore.add` does for this `since`.
        """
        if not drafts:
            return ()
        own = self._caps.run.get(drafts[0].estimate.unit)
        budget = min((cap for cap in (run_budget, own) if cap is not None), default=None)
        run = RunRecord(run_id or uuid.uuid4().hex, self._context.clock.now(), budget)
        made = await jobs_for(self._context, drafts, run.id, hours, account_id)
        jobs = await asyncio.to_thread(grouped, drafts, made, run.id)
        for mate in await self._job_table.recall_sharing(job.upload_group for job in jobs if job.upload_group):
            self._context.sharing.learn(mate)  # an earlier trial may have uploaded the picture already
        jobs = await with_names(self._result_paths, self._context.pictures, jobs)
        try:
            await self._job_table.add(run, jobs, limits, since)
        except BaseException:
            for job in jobs:
                self._result_paths.release(job.id)
            raise
        return jobs

    async def before(self, drafts: Sequence[Draft]) -> dict[int, Job]:
        """Return the jobs that do or did the same as these drafts, by the draft's index; see `jobs_before`.

        Works without `start`. Raises ComputerError.
        """
        return {number: each.job for number, each in (await jobs_before(self._context, drafts)).items()}

    async def had(self, drafts: Sequence[Draft]) -> dict[int, Before]:
        """Return the jobs that make these drafts free, and what `admit` makes of their results; see `jobs_before`.

        Works without `start`. Raises ComputerError.
        """
        return await jobs_before(self._context, drafts, of_better=True)

    async def digests(self, infos: Iterable[ImageInfo]) -> dict[Path, str | None]:
        """Return the SHA-256 of pictures; None for one that cannot be read. Works without `start`."""
        return await self._context.digests.of(infos)

    async def twins(self, drafts: Sequence[Draft]) -> dict[int, int]:
        """Return the drafts that do the same as an earlier one of them; see `known_content`. Works without `start`."""
        return await twins(self._context.digests, drafts)

    async def results_among(self, infos: Iterable[ImageInfo]) -> set[Path]:
        """Return the pictures that are results of this profile; see `known_content`. Works without `start`."""
        return await results_among(self._context.store, self._context.digests, infos)

    async def last_results(self, infos: Sequence[ImageInfo]) -> dict[PictureKey, list[Job]]:
        """Return the finished jobs on pictures of the same content, newest first; see `jobs_before.last_results`.

        Works without `start`. Raises ComputerError.
        """
        return await last_results(self._context, infos)

    async def results_of(self, info: ImageInfo) -> list[Job]:
        """Return all results of pictures with the content of this one, oldest first. Raises ComputerError."""
        return await results_of(self._context, info)

    async def take_up(self, job_ids: Iterable[str]) -> tuple[Job, ...]:
        """Continue jobs that `before` returned: paid results not downloaded yet are; the others continue anyway.

        Nothing is paid.
        """
        jobs = [await self.recall(job_id) for job_id in job_ids]
        return tuple([await self._go_on_free(job) or job for job in jobs])

    async def preview(self, drafts: Sequence[Draft], *, names: bool = False, of: int = 0) -> tuple[Preview, ...]:
        """Return what `enqueue` would do with these drafts: refuse, skip or send; with `names` also the result's path.

        `of`: how many drafts the run has, where these are only the first. Creates nothing and works without `start`.
        Raises ComputerError.
        """
        now = self._context.clock.now()
        context = self._context
        parts = context.store, context.catalogue, context.digests, context.pictures
        faults = await folder_faults(context, drafts, files.check_could_write)
        return await previews(*parts, drafts, faults=faults, names=names, now=now, of=of)

    async def cancel(self, job_id: str) -> None:
        """Cancel a job in any state. If the service has finished it, the result is downloaded, as it is paid for."""
        job = await self.recall(job_id)
        if job.state is _S.QUEUED or (job.state is _S.WAITING and job.resume_to is _S.QUEUED):
            job = await self._job_table.move(job_id, _S.CANCELLED, only_from=_BEFORE_SENDING, insist=False)
        if job.state is _S.RUNNING:
            await self._job_table.move(
                job_id, _S.CANCELLING, only_from={_S.RUNNING}, insist=False, cancel_wanted=True, trouble=None
            )
        elif job.state.traits.can_cancel and job.state is not _S.QUEUED:  # it is in mid-step, which looks for this
            job = await self._job_table.update(job_id, insist=False, cancel_wanted=True)
            if job.state is _S.RUNNING:  # the answer arrived while this was written
                await self._job_table.move(job_id, _S.CANCELLING, only_from={_S.RUNNING}, insist=False)
            elif job.state is _S.DOUBTFUL:
                self._reconciler(job).reconsider(job_id)

    async def retry(self, job_id: str) -> Job:
        """Try a job again and return the job that does so.

        This is free where the service may still have the result, and immediate for a waiting job. Otherwise a new job
        is started, which is priced again and costs credits, unless one was started for this before and goes on or is
        done. Raises UseError for a job that is running or done, and where it would cost more than it was to;
        InputError; ComputerError as `enqueue`.
        """
        job = await self.recall(job_id)
        if job.state is _S.WAITING:
            self._gate.unhold(job.account)
            return await self._job_table.update(job_id, insist=False, not_before=self._context.clock.now())
        if job.state is _S.DOUBTFUL:
            self._reconciler(job).reconsider(job_id)
            return job
        if (gone_on := await self._go_on_free(job)) is not None:
            return gone_on
        if job.state in (_S.FAILED, _S.CANCELLED, _S.EXPIRED):
            return await self._start_again(job)
        raise UseError("There is nothing to try again", "This job is running or done.", code=Code.USE_NOT_FAILED)

    async def _go_on_free(self, job: Job) -> Job | None:
        """Go on with a job that is over but whose result the service may have, and return it; None for any other."""
        state, changes = _S.RUNNING, dict[str, Any](trouble=None, attempts=0)
        if job.is_asked_again_free:
            note = "tried again"
            if job.is_at_service:
                state = _S.READY
        elif job.state is _S.CANCELLED and job.trouble is not None and job.trouble.code == STOPPED_WAITING:
            changes["cancel_wanted"] = False
            note = "waiting again"
        else:
            return None
        return await self._job_table.move(job.id, state, insist=False, note=note, only_from={job.state}, **changes)

    async def _start_again(self, job: Job) -> Job:
        if (followed := await made_after_all(self._context, job)) is not None:
            return followed
        again = await draft_again(self._context, job)
        async with self._admitting:  # two presses at a time come one after the other
            while True:
                since = await self._context.store.added()
                now = self._job_table.get(job.id) or job
                if not now.state.is_final:  # somebody else has tried it again meanwhile
                    return now
                if (there := await attempt_since(self._context, job, again)) is not None:
                    return (await self.take_up([there.id]))[0]
                check_price(job, again)
                with suppress(OvertakenError):
                    return (await self.enqueue([again], hours=job.hours, account_id=job.account_id, since=since))[0]

    async def use(self, job_id: str) -> Job:
        """Turn a trial of a whole picture into an ordinary result, in the recipe's folder. Nothing is paid.

        Raises UseError for any other job, ComputerError when the file cannot be written.
        """
        async with self._taking:
            return await take_over(self._context, self._result_paths, await self.recall(job_id))

    async def judge(self, job_id: str, verdict: Verdict) -> Job:
        """Mark a finished result as kept or rejected, or take the mark back; the file stays as it is.

        A job that was cleared from the queue can be marked, too. Raises UseError if there is no such result,
        ComputerError.
        """
        job = self._job_table.get(job_id) or next(iter(await self.past([job_id])), None)
        if job is None or job.state is not _S.DONE:
            raise UseError("There is no such result", "Only finished pictures can be marked.", code=Code.USE_NO_JOB)
        return await self._job_table.judge(job, verdict)

    async def resolve(self, job_id: str, resend: bool) -> None:
        """Settle a doubtful job as the user decided: send it again (may cost twice) or give it up (may have cost once).

        Before sending it again, it is looked for once more, so that what has turned up meanwhile is not paid twice.
        """
        job = await self.recall(job_id)
        if job.state is not _S.DOUBTFUL:
            raise UseError("This job is not in doubt any more", "Look at its state again.", code=Code.USE_NOT_DOUBTFUL)
        if resend:
            await self._reconciler(job).look_once(job)
            release = MoneyMove(MoneyKind.RELEASE, self._context.clock.now())
            await self._job_table.move(
                job_id,
                _S.QUEUED,
                note="sent again by the user",
                money=release,
                only_from={_S.DOUBTFUL},
                # A second press, or one elsewhere, is no decision about what was sent since.
                only_if=lambda now: now.intent_at == job.intent_at,
                resends=job.resends + 1,
                trouble=None,
            )
        else:
            await give_up(self._context, job_id)

    async def pause(self) -> None:
        """Stop new submits, even after a restart; jobs at the service are still followed and downloaded."""
        self._wishes += 1
        self._gate.pause_by_user()  # first: a full disk must not let it go on
        await self._context.store.set_meta("paused", "user")

    async def resume(self) -> None:
        """Resume the queue, whether the user or the account stopped it. Call it after a new key, too."""
        self._wishes += 1
        wish = self._wishes
        await self._context.store.set_meta("paused", "")
        if wish != self._wishes:
            return  # somebody has paused it, or let it go on, since: that counts
        self._gate.open()
        self._unsent.look_again()

    async def account_mended(self, account: Account) -> None:
        """Go on with what this account pays for: it has a key again, or another limit. A pause of the user's stays."""
        self._gate.let_go(account)
        self._unsent.look_again()

    async def resume_later(self) -> None:
        """Let the queue go on at the next start; this program sends nothing. Raises ComputerError."""
        await self._context.store.set_meta("paused", "")

    async def tried_since(self, job: Job) -> Job | None:
        """Return what has tried a job again already, as `retry` would; None if that pays. Works without `start`.

        Raises InputError, UseError, ComputerError.
        """
        return await attempt_since(self._context, job, await draft_again(self._context, job))

    async def draft_again(self, job: Job) -> Draft:
        """Return a fresh draft of a job's picture, read and priced again. Raises InputError, UseError."""
        return await draft_again(self._context, job)

    async def reorder(self, job_ids: Sequence[str]) -> None:
        """Put these queued jobs in front, in this order. Jobs that have begun are left alone."""
        queued = [i for i in job_ids if (job := self._job_table.get(i)) is not None and job.state is _S.QUEUED]
        first = min((job.position for job in self._job_table.all()), default=0) - len(queued)
        for position, job_id in enumerate(queued, first):
            await self._job_table.update(job_id, insist=False, position=position)

    async def move(self, job_id: str, *, up: bool) -> None:
        """Swap a queued job with the one before it (`up`) or after it, if there is one. Otherwise do nothing."""
        queued = sorted((self._job_table[i] for i in self._job_table.ids(_S.QUEUED)), key=lambda j: (j.position, j.id))
        places = [job.id for job in queued]
        if job_id not in places:
            return
        here = places.index(job_id)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(queued):
            return
        first, second = queued[min(here, there)], queued[max(here, there)]
        if first.position == second.position:  # jobs of two runs, ordered by their ids: there is nothing to swap
            await self.reorder([*places[: min(here, there)], second.id, first.id])
            return
        await self._job_table.update(second.id, insist=False, position=first.position)
        await self._job_table.update(first.id, insist=False, position=second.position)

    async def forget(self, job_ids: Iterable[str]) -> None:
        """Clear final jobs from the list; files, ledger and unfinished jobs stay. Raises ComputerError."""
        await self._job_table.hide(job_ids)

    async def forget_over(self) -> None:
        """Clear all final jobs from the list, except trials, which belong to their pictures. Raises ComputerError."""
        await self._job_table.hide_over()

    async def refresh_balance(self, account: Account) -> Balance:
        """Ask for the credits of the account. Raises AccountError, NetworkError, ServiceError."""
        return await self._balances.refresh(account)

    # -- what is at the service ------------------------------------------------------------------------------------

    async def recover(self, account: Account) -> tuple[RemoteJob, ...]:
        """Return downloadable jobs of the last 7 days of the account that this profile does not know, newest first.

        Costs nothing. If a part of the list cannot be read, an event says so. Raises AccountError, NetworkError,
        ServiceError.
        """
        client = await self._context.services.get(account)
        known = await self._context.store.at_service(but=await self._unreadable())
        found = await strangers(client, known, self._context.clock.now())
        if found.fault is not None:
            self.events.emit(EngineError(found.fault))
        return found.jobs

    async def fetch(self, account: Account, remotes: Iterable[RemoteJob], folder: Path) -> tuple[Job, ...]:
        """Adopt remote jobs into this profile and download their results into `folder`, named by model and time.

        Costs nothing. Jobs that the profile has come to know meanwhile are left out. Raises ComputerError when the
        folder cannot be written.
        """
        await asyncio.to_thread(files.check_writable, folder)
        known = (await self._context.store.at_service(but=await self._unreadable())).remote_ids
        wanted = list({remote.remote_id: remote for remote in remotes if remote.remote_id not in known}.values())
        if not wanted:
            return ()
        run = RunRecord(uuid.uuid4().hex, self._context.clock.now(), None)
        position = 1 + max((job.position for job in self._job_table.all()), default=0)
        catalogue = self._context.catalogue
        jobs = adopted_jobs(account, wanted, folder, catalogue, run.id, position, run.created_at)
        await self._job_table.adopt(run, jobs)
        return jobs

    async def cancel_price(self, job_id: str) -> tuple[float, int]:
        """Return the percentage done and the cost of cancelling now in whole units: share done × 1.1, free at 0 %.

        A doubtful job returns the most it can cost, a finished one the whole price. Asks the service, and raises what
        the service raises.
        """
        job = await self.recall(job_id)
        if job.state in (_S.SUBMITTING, _S.DOUBTFUL):
            return job.percent, job.estimate.credits
        if job.charged is not None:
            return 100.0, job.charged
        if job.state not in (_S.RUNNING, _S.CANCELLING):
            return 0.0, 0
        if not job.recipe.service.traits.can_cancel:  # the service finishes it, whatever happens here
            return job.percent, job.estimate.credits
        client = await self._context.service_of(job)
        remote = sane(await status_of(client, job), self._context.clock.now())
        whole = job.estimate.credits if remote.credits is None else remote.credits
        percent = 100.0 if remote.state is RemoteState.COMPLETED else remote.percent
        return percent, cancel_cost(whole, percent)

    async def refunds(self, account: Account) -> Refunds:
        """Check by the service's figures whether failed jobs got their money back. Raises what the service raises."""
        client = await self._context.services.get(account)
        mine = [job for job in await self._context.store.refunded() if job.account == account]
        return await check_refunds(client, mine, self._context.clock.now())

    async def _unreadable(self) -> frozenset[str]:
        """Return the ids of all unreadable rows of the list: what they have at the service counts as unknown."""
        async for _ in self.pages():
            pass
        return self._unread

    # -- inside ---------------------------------------------------------------------------------------------------

    def _heard(self, job: Job) -> None:
        self._result_paths.learn(job)
        self._context.sharing.learn(job)
        if job.state in (_S.RUNNING, _S.CANCELLING):
            self._poller(job).wake.ring()
            if job.account in self._reconcilers:
                self._reconcilers[job.account].taken()
        elif job.state is _S.DOUBTFUL:
            self._reconciler(job).wake.ring()
        elif job.submitted_at is not None and (job.state is _S.READY or job.state.is_final):
            self._balances.want(job.account)
        self._scheduler.heard(job)
        self._tell_idlers()

    def _gate_changed(self) -> None:
        if any(isinstance(why, CreditError) for why in self._gate.stopped.values()):
            self._balances.watch()
        self._scheduler.wake.ring()
        for wake in (*(p.wake for p in self._pollers.values()), *(r.wake for r in self._reconcilers.values())):
            wake.ring()
        self._tell_idlers()

    def _tell_idlers(self) -> None:
        for idler in self._idlers:
            idler.event.set()

    def _poller(self, job: Job) -> Poller:
        account = job.account
        if account not in self._pollers:
            self._pollers[account] = Poller(self._context, account)
            self._supervisor.spawn(f"poll:{account}", self._pollers[account].run())
        return self._pollers[account]

    def _reconciler(self, job: Job) -> Reconciler:
        account = job.account
        if account not in self._reconcilers:
            self._reconcilers[account] = Reconciler(self._context, account)
            self._reconcilers[account].looked = self._tell_idlers
            self._supervisor.spawn(f"reconcile:{account}", self._reconcilers[account].run())
        return self._reconcilers[account]

    def _refilled(self, account: Account, balance: Balance) -> None:
        """Let the account's jobs, which wait for credits, go on if the new balance pays for the next of them."""
        if self._gate.by_user:
            return
        queued = [self._job_table[i] for i in self._job_table.ids(_S.QUEUED)]
        mine = [job for job in queued if job.account == account]
        if mine and balance.available >= min(mine, key=lambda j: j.position).estimate.credits:
            self._gate.let_go(account)

    def _lost(self, error: ProfileLostError) -> None:
        """Stop everything: another program works on the profile, so what this one knows is outdated."""
        self._gate.lose(error)
        self._supervisor.stop()
        self._tell_idlers()

    def _is_idle(self, idler: _Idler) -> bool:
        if self._gate.is_lost:
            return True
        if self._gate.is_checking:  # even a command with nothing to do reports what is wrong with the list
            return False
        left = self._job_table.unfinished()
        return not self._scheduler.is_busy and all(self._is_stuck(job, idler) for job in left)

    def _are_idle(self, job_ids: Collection[str], idler: _Idler) -> bool:
        if self._gate.is_lost:
            return True
        if self._gate.is_checking:
            return False
        jobs = [job for job_id in job_ids if (job := self._job_table.get(job_id)) is not None]
        return all(job.state.is_final or self._is_at_rest(job, idler) for job in jobs)

    def _is_at_rest(self, job: Job, idler: _Idler) -> bool:
        return not self._scheduler.works_on(job.id) and self._is_stuck(job, idler)

    def _may_rest(self, job: Job, idler: _Idler) -> bool:
        """Tell whether a job that is not sent before its hours may be left to a later command."""
        if not job.waits_for_hours(self._context.clock.now()):
            return False
        return not idler.for_hours or not any(each.waits_for(job) for each in self._idlers)

    def _goes_on_at(self, job: Job) -> float | None:
        account = job.account
        match job.state:
            case _S.QUEUED if job.hours is not None and job.waits_for_hours(now := self._context.clock.now()):
                return job.hours.opens_at(now)
            case _S.QUEUED:
                return self._unsent.waits_until(job)
            case _S.DOUBTFUL:
                return self._reconcilers[account].decided_by(job) if account in self._reconcilers else None
            case _S.RUNNING:
                return self._pollers[account].quiet_until if account in self._pollers else None
            case _:
                return self._scheduler.held_until(job)

    def _is_stuck(self, job: Job, idler: _Idler | None = None) -> bool:
        if self._gate.is_blocked(job.account):
            return job.state is not _S.WAITING
        if job.state is _S.QUEUED:
            if idler is not None and self._may_rest(job, idler):
                return True
            return self._gate.stops(job.account) or self._unsent.is_stuck(job)
        reconciler = self._reconcilers.get(job.account)
        return job.state is _S.DOUBTFUL and reconciler is not None and reconciler.waits_for_user(job)


def broken_rows(ids: Sequence[str]) -> ComputerError:
    """Return the error for rows of the list that cannot be read as jobs."""
    count = nsay("1 job", "{n} jobs", len(ids))
    return ComputerError(
        say("{count:text} in the list cannot be read", count=count),
        "They are left as they are, and all others go on. The service keeps results for 7 days: “Recover results” "
        "gets them.",
        details=", ".join(ids),
        code=Code.COMPUTER_JOBS_UNREADABLE,
    )
