"""The engine of a machine in a team: it asks and follows; steps are run by workers, each account by its keeper."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from topazdesk.domain.account import DEFAULT_ACCOUNT, Account
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.day_limit import DayLimit
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance, Draft, Pictures, ServiceSource
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.engine import attention
from topazdesk.engine.canceller import Canceller
from topazdesk.engine.engine import Engine, of_account
from topazdesk.engine.engine_context import EngineContext, OtherMachines
from topazdesk.engine.events import BalanceChanged, EngineError, EventHub, JobProgress, LimitsChanged, LineChanged
from topazdesk.engine.job_queries import ListPosition, Page
from topazdesk.engine.job_store import NotYetError
from topazdesk.engine.job_table import StepLostError
from topazdesk.engine.pauses import Pause, pauses
from topazdesk.engine.policy import Policy
from topazdesk.engine.preview import Preview
from topazdesk.engine.reconcile import Reconciler
from topazdesk.engine.sql import SqlConnection
from topazdesk.engine.submit_gate import SubmitGate
from topazdesk.engine.supervisor import Supervisor
from topazdesk.errors import AccountError, Code, ComputerError, CreditError, TopazdeskError, UseError
from topazdesk.language import say
from topazdesk.team import accounts, lineage
from topazdesk.team.connections import database_error
from topazdesk.team.ears import Ears, Told
from topazdesk.team.own_name import OwnName
from topazdesk.team.queue_look import QueueLook
from topazdesk.team.root_watch import RootWatch
from topazdesk.team.roots import named
from topazdesk.team.team_clock import TeamClock
from topazdesk.team.team_gate import TeamGate
from topazdesk.team.team_store import TeamStore, tell

_S = JobState
#: What is heard within so many seconds is read together.
_TOGETHER_S = 0.03
#: How often the database's clock is asked.
_CLOCK_S = 60.0
#: A job that enters one of these leaves its keeper nothing to call anybody for.
_IN_STEP = frozenset({_S.PREPARING, _S.SUBMITTING, _S.DOWNLOADING, _S.VERIFYING})
#: What the keeper of an account has in memory.
_KEPT = frozenset({_S.RUNNING, _S.CANCELLING, _S.DOUBTFUL})
_LOST_AGAIN_S = 2.0


@dataclass(slots=True)
class TeamParts:
    """What a team's engine is made of."""

    store: TeamStore
    services: ServiceSource
    pictures: Pictures
    catalogue: Catalogue
    folder: Path
    clock: TeamClock
    events: EventHub
    read_policy: Callable[[], UsagePolicy] = UsagePolicy
    wants_labels: Callable[[], bool] = bool
    policy: Policy | None = None


class TeamEngine(Engine):
    """An engine whose jobs many machines share. With `follows` it knows all that is unfinished, as a face needs it."""

    def __init__(self, parts: TeamParts, *, follows: bool) -> None:
        policy = parts.policy or Policy()
        gate = TeamGate(parts.events, parts.clock, policy)
        super().__init__(
            store=parts.store,
            services=parts.services,
            pictures=parts.pictures,
            catalogue=parts.catalogue,
            folder=parts.folder,
            clock=parts.clock,
            events=parts.events,
            policy=policy,
            read_policy=parts.read_policy,
            wants_labels=parts.wants_labels,
            gate=gate,
            others=OtherMachines(True, self._is_elsewhere, self._is_left),
        )
        self.team_gate = gate
        self.store = parts.store
        self.roots = RootWatch(parts.store.roots, lambda: parts.store.marks)
        self.kept: set[Account] = set()
        self.news: Callable[[], None] = lambda: None  # called when anything of the team has changed
        self.own_name = OwnName(self.store.machine)  # of one that works, and does not follow
        self._follows = follows
        self._clock = parts.clock
        self._ears: Ears | None = None
        self._heard_ids: dict[str, None] = {}
        self._heard_all = self._heard_accounts = self._heard_roots = False
        self._is_reading = False
        self._is_down = False
        self._places: dict[str, tuple[str, str]] = {}
        self._working: set[str] = set()
        self._known_accounts: dict[Account, accounts.AccountState] = {}
        self._told_caps: dict[Account, int | None] = {}  # a day, as whoever asked was told since the last news
        # What a user wants of the queue and what stops an account are written in their order, and what is read last is
        # what counts: several threads ask the database, and one whose line is cut asks again later.
        self._pausing, self._sharing, self._hearing = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._canceller = Canceller(self._context)
        self._queue_look = QueueLook(self._context, parts.store, self._unsent, self._lost_results, self._let_go)
        gate.share = self._share
        gate.share_places = self._share_places
        parts.store.lost = self._lost

    @property
    def context(self) -> EngineContext:
        """The engine's own parts, for workers and keepers."""
        return self._context

    @property
    def supervisor(self) -> Supervisor:
        """Who owns the engine's tasks."""
        return self._supervisor

    @property
    def gate(self) -> SubmitGate:
        """Whether this machine may do paid work."""
        return self._gate

    # -- life ------------------------------------------------------------------------------------------------------

    async def start(self, *, submits: bool = True) -> None:  # noqa: ARG002 who only looks starts no worker
        """Begin to hear what the team does. Raises ComputerError when its database cannot be reached."""
        await self._set_clock()
        await self._hear_accounts()
        if self._follows:
            jobs, broken = await self.store.load_open()
            self._unread = frozenset(broken)
            self._learn(jobs)
            await self._learn_places(job.id for job in jobs)
        self._job_table.listen(self._heard)
        self._gate.changed = self._gate_changed
        self._ears = Ears(self.store.connections, self._told, "" if self._follows else self.store.machine)
        self._supervisor.spawn("clock of the team", self._keep_time())

    async def close(self) -> None:
        """Leave the team: what this machine worked on is taken up by others."""
        await super().close()
        if self._ears is not None:
            await self._ears.close()

    async def _set_clock(self) -> None:
        self._clock.set(await self.store.now())

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(_CLOCK_S)
            with suppress(ComputerError):
                await self._set_clock()

    def _learn(self, jobs: Iterable[Job]) -> None:
        jobs = list(jobs)
        self._job_table.fill(jobs)
        for job in jobs:
            self._result_paths.learn(job)
            self._context.sharing.learn(job)

    # -- what others do --------------------------------------------------------------------------------------------

    def places(self, job_id: str) -> tuple[str, str]:
        """Return the names of the machines that started a job and that moved it last; "" where that is not known."""
        return self._places.get(job_id, ("", ""))

    @property
    def paused_on(self) -> str:
        """The machine on which somebody paused the queue; "" for none."""
        return self.team_gate.paused_on

    async def page(self, count: int, after: ListPosition | None = None) -> Page:
        """Return the next jobs of the list; see `Engine.page`."""
        page = await super().page(count, after)
        await self._learn_places(job.id for job in page.jobs)
        return page

    async def _learn_places(self, job_ids: Iterable[str]) -> None:
        unknown = [job_id for job_id in job_ids if job_id not in self._places]
        if self._follows and unknown:
            self._places |= await self.store.places(unknown)

    def _told_places(self, told: Told) -> None:
        """Take in where jobs were started or are worked on; of those of which that is not told it is asked again."""
        for job_id in told.get("jobs", ()):
            known = self._places.get(job_id)
            if "new" in told:
                self._places[job_id] = (str(told["new"]), "")
            elif "on" in told and known is not None:
                self._places[job_id] = (known[0], str(told["on"]))
            elif "by" not in told:  # by an older program
                self._places.pop(job_id, None)

    def _told_progress(self, told: Told) -> None:
        for job_id, state, percent, eta in told.get("progress", ()):
            job = self._job_table.get(job_id)
            if job is None or job.state.value != state or job_id in self._working:
                continue
            if job.state is _S.RUNNING:
                self._job_table.progress(job_id, float(percent), eta)
            else:
                self.events.emit(JobProgress(job_id, float(percent)))

        for name, (available, reserved) in told.get("balances", {}).items():
            account = Account.parse(name)
            balance = Balance(int(available), int(reserved), account.service.unit)
            self.events.emit(BalanceChanged(account, balance))

    def _line(self, error: ComputerError | None) -> None:
        """Say once that the line to the database is down, and once that it is there again."""
        if (error is not None) is not self._is_down:
            self._is_down = error is not None
            self.events.emit(LineChanged(error))

    def _told(self, told: Told) -> None:
        if "down" in told:
            self._line(database_error(told["down"], self.store.connections.host))
            return
        if "own_name" in told:
            self.own_name.heard(is_own=told["own_name"])
            return
        if told.get("again"):
            self._line(None)
        if "progress" in told:
            if self._follows:
                self._told_progress(told)
            return
        if self._follows:
            self._told_places(told)
        ids = told.get("jobs", ())
        if told.get("by") != self.store.teller and self._concerns(ids, told.get("state")):
            self._heard_ids.update(dict.fromkeys(ids))
        self._heard_accounts |= bool(told.get("accounts") or told.get("again"))
        self._heard_all |= bool(told.get("again"))
        self._heard_roots |= bool(told.get("again") or told.get("roots"))
        for job_id in told.get("reconsider", ()):
            job = self._job_table.get(job_id)
            if job is not None and job.account in self._reconcilers:
                self._reconcilers[job.account].reconsider(job_id)
        if told.get("state") not in _IN_STEP and "progress" not in told:
            self.news()
        if self._has_news() and not self._is_reading:
            self._is_reading = self._supervisor.spawn("news of the team", self._read_news()) is not None

    def _concerns(self, ids: Iterable[str], state: str | None) -> bool:
        """Tell whether this program has to read jobs of which another one tells that they are in a state by now."""
        if self._follows or (self.kept and (state is None or state in _KEPT)):
            return True
        return any(self._job_table.get(job_id) is not None for job_id in ids)

    def _has_news(self) -> bool:
        return bool(self._heard_ids) or self._heard_accounts or self._heard_all or self._heard_roots

    async def _read_news(self) -> None:
        try:
            while self._has_news():
                await asyncio.sleep(_TOGETHER_S)
                try:
                    await self._read_once()
                except ComputerError as error:
                    self._heard_accounts = self._heard_roots = self._heard_all = True  # whichever was not read
                    if not self._is_down:
                        self.events.emit(EngineError(error))
                    await asyncio.sleep(_LOST_AGAIN_S)
        finally:
            self._is_reading = False

    async def _read_once(self) -> None:
        if self._heard_accounts:
            self._heard_accounts = False
            await self._hear_accounts()
        if self._heard_roots:
            self._heard_roots = False
            await self.store.load_marks()
            if not self._follows:
                await self.roots.look()
        ids, self._heard_ids = list(self._heard_ids), {}
        if self._heard_all:
            self._heard_all = False
            await self.store.check_version()
            ids = [job.id for job in self._job_table.all()]
            self._places.clear()  # machines may have taken jobs up meanwhile
            for job_id in sorted(self._working):
                await self._queue_look.reclaim(job_id)
            await self._load()
            await self._learn_places(ids)
        elif ids:
            await self._learn_places(ids)
        in_step = [job_id for job_id in ids if job_id in self._working]
        await self._refresh([job_id for job_id in ids if job_id not in self._working])
        await self._refresh(in_step, in_step=True)

    async def _refresh(self, job_ids: Sequence[str], *, in_step: bool = False) -> None:
        wanted = [each for each in job_ids if self._follows or self.kept or self._job_table.get(each) is not None]
        new = await self._job_table.refresh(wanted, in_step=in_step)
        if self._follows:
            self._learn_groups(new)
            await self._job_table.show(job for job in new if not job.is_hidden)
        else:
            self._fill_kept(new)

    def _learn_groups(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._context.sharing.learn(job)

    async def _load(self) -> None:
        """Read what this program has to know."""
        if self._follows:
            jobs, _ = await self.store.load_open()
            await self._learn_places(job.id for job in jobs)
            await self._job_table.show(jobs)
        for account in tuple(self.kept):
            await self.load_kept(account)

    async def _hear_accounts(self) -> None:
        def op(
            connection: SqlConnection,
        ) -> tuple[str | None, dict[Account, accounts.AccountState], JobError | None]:
            found = dict(accounts.accounts(connection, self._context.policy))
            return accounts.paused_on(connection), found, lineage.restored(connection)

        async with self._hearing:
            self._take_accounts(*await self.store._read(op))  # noqa: SLF001 the store of this very engine

    def _take_accounts(
        self, paused_on: str | None, found: dict[Account, accounts.AccountState], restored: JobError | None
    ) -> None:
        # A limit may have been asked for before the news of it came: it is old as soon as there is another one.
        before = {name: each.day_cap for name, each in self._known_accounts.items()} | self._told_caps
        paused = {name: each.paused for name, each in found.items() if each.paused is not None}
        self._known_accounts, self._told_caps = found, {}
        self.team_gate.heard(paused_on, paused, restored)
        if any(before.get(name) != each.day_cap for name, each in found.items()):
            self.events.emit(LimitsChanged())

    async def _find_day_limits(self, account: Account, jobs: Callable[[], Iterable[Job]]) -> list[DayLimit]:
        found, limit = await super()._find_day_limits(account, jobs), await self._day_limit(account)
        if limit is not None:
            found.append(replace(limit, used=limit.used + of_account(jobs(), account)))
        return found

    async def _day_limit(self, account: Account) -> DayLimit | None:
        if account.service.unit is not Unit.CREDIT:
            return None
        while True:
            heard = self._known_accounts
            known = heard.get(account)
            if known is not None and known.day_cap is None:
                return None
            limit = await self.store.day_limit(account)
            if heard is self._known_accounts:  # else the news may be younger than what was read
                self._told_caps[account] = None if limit is None else limit.amount
                return limit

    def _share(self, op: Callable[[SqlConnection], None]) -> None:
        async def in_turn() -> None:
            async with self._sharing:
                await self._share_it(lambda: self.store.of_account(op))

        self._supervisor.spawn("account", in_turn())

    def _share_places(self, op: Callable[[SqlConnection], bool]) -> None:
        self._supervisor.spawn("places of an account", self._share_it(lambda: self.store.of_places(op)))

    async def _share_it(self, write: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await write()
            except ComputerError as error:
                if self.store.is_closed:
                    return
                self.events.emit(EngineError(error))
                await asyncio.sleep(_LOST_AGAIN_S)
            else:
                return

    # -- the keeper's part -----------------------------------------------------------------------------------------

    async def keep(self, account: Account) -> None:
        """Look after the running and doubtful jobs of an account from now on."""
        self.kept.add(account)
        await self.load_kept(account)

    async def load_kept(self, account: Account) -> None:
        """Load the running and doubtful jobs of an account, and those that share an upload with the doubtful."""
        self._fill_kept(await self.store.kept(account))

    def _fill_kept(self, jobs: Iterable[Job]) -> None:
        mine = [job for job in jobs if job.account in self.kept and job.state in _KEPT]
        self._learn(mine)
        for job in mine:
            self._heard(self._job_table[job.id])

    def leave(self, account: Account) -> None:
        """Look after an account no more: another machine does."""
        self.kept.discard(account)
        self._supervisor.cancel(f"poll:{account}", f"reconcile:{account}", f"look:{account}")
        self._pollers.pop(account, None)
        self._reconcilers.pop(account, None)

    def _heard(self, job: Job) -> None:
        self._result_paths.learn(job)
        self._context.sharing.learn(job)
        account = job.account
        if account in self.kept:
            if job.state in (_S.RUNNING, _S.CANCELLING):
                self._poller(job).wake.ring()
                if account in self._reconcilers:
                    self._reconcilers[account].taken()
            elif job.state is _S.DOUBTFUL:
                super()._reconciler(job).wake.ring()
            elif job.submitted_at is not None and (job.state is _S.READY or job.state.is_final):
                self._balances.want(account)
        if not self._follows and job.id not in self._working and not (account in self.kept and job.state in _KEPT):
            asyncio.get_running_loop().call_soon(self._let_go, job.id)
        if job.state not in _IN_STEP:
            self.news()
        self._tell_idlers()

    def _let_go(self, job_id: str) -> None:
        job = self._job_table.get(job_id)
        if job is None or job_id in self._working or (job.account in self.kept and job.state in _KEPT):
            return
        if job_id not in self._queue_look.held:
            self._job_table.drop(job_id)

    def _reconciler(self, job: Job) -> Reconciler:
        """Return one that looks once, where another machine keeps the account."""
        account = job.account
        return super()._reconciler(job) if account in self.kept else Reconciler(self._context, account)

    def _refilled(self, account: Account, balance: Balance) -> None:
        if isinstance(self.team_gate.stopped.get(account), CreditError) and balance.available > 0:
            self._share(lambda c: accounts.resume(c, str(account)))

    async def take_up_orphan(self, job_id: str) -> None:
        """Move a job that a dead worker has left in the middle of a step to where it can continue."""
        if job_id in self._working:  # by this very program, which only could not say that it lives
            return
        self._working.add(job_id)
        try:
            self._learn(await self.store.find([job_id]))
            await self._job_table.refresh([job_id])
            job = self._job_table.get(job_id)
            fallback = None if job is None else job.state.traits.falls_back_to
            if job is None or fallback is None:
                return
            changes: dict[str, Any] = {}
            if fallback is _S.DOUBTFUL:
                changes["trouble"] = attention.looking("its worker ended before the answer came")
            note = "continued after its worker had died"
            await self._job_table.move(job_id, fallback, only_from={job.state}, insist=False, note=note, **changes)
        finally:
            self._working.discard(job_id)
            self._let_go(job_id)

    def verify(self, account: Account) -> None:
        """Begin to look up what an account has in the queue, unless that is going on: it may have been sent already."""
        if not self._queue_look.is_looking(account):
            self._supervisor.spawn(f"look:{account}", self._queue_look.run(account))

    async def count_lost(self, account: Account) -> None:
        """Note how many of an account's results at the service are still unknown here, where any were."""
        known = self._known_accounts.get(account)
        if known is None or not known.lost:
            return
        if not self._queue_look.has_looked(account):
            if not self._queue_look.is_looking(account):
                self._supervisor.spawn(f"look:{account}", self._queue_look.look_for_lost(account))
        elif (left := await self._queue_look.lost(account)) != known.lost:
            await self.store.of_account(lambda c: accounts.note_lost(c, str(account), left))

    async def watch_balances(self) -> None:
        """Ask for credits where they have changed, and look whether an empty account was refilled; until cancelled."""
        await self._balances.run()

    # -- a worker's part -------------------------------------------------------------------------------------------

    async def step(self, lane: str, job_id: str) -> None:
        """Do one step of a job, if it still wants it."""
        wanted = {"submit": _S.QUEUED, "fetch": _S.READY, "cancel": _S.CANCELLING}[lane]
        if job_id in self._working:  # it is being taken up here: it is called again
            return
        self._working.add(job_id)
        try:
            if self._job_table.get(job_id) is None:
                self._learn(await self.store.find([job_id]))
            else:
                await self._job_table.refresh([job_id])
            job = self._job_table.get(job_id)
            if job is None or job.state is not wanted:
                return
            if lane != "cancel" and not await self.roots.serves(self.store.needs(job)):
                return  # it is called again where its files are
            if job.upload_group:
                self._learn(await self.store.sharing([job.upload_group]))
            with suppress(StepLostError, NotYetError):
                match lane:
                    case "submit":
                        await self._submit_step(job)
                    case "fetch":
                        await self._fetcher.run(job_id)
                    case _:
                        await self._canceller.run(job_id)
        finally:
            self._working.discard(job_id)
            self._let_go(job_id)

    async def _submit_step(self, job: Job) -> None:
        if not self._gate.is_blocked(job.account) and self._context.sharing.take_turn(job):
            known = self._known_accounts.get(job.account)
            turn = self._gate.turn(job.account)
            try:
                if known is not None and known.lost:  # the runner refuses what may be one of these
                    await self._queue_look.lost(job.account)
                await self._runner.run(job.id)
            except AccountError as error:
                self._gate.stop(error, job.account, turn)
            except StepLostError:
                await self._queue_look.reclaim(job.id)
                raise
            finally:
                self._context.sharing.end_turn(self._job_table.get(job.id) or job)

    async def _is_elsewhere(self, job: Job, error: TopazdeskError) -> bool:
        """Tell whether this machine does not have the roots of a job, as was just seen: it is left to others then."""
        needs = self.store.needs(job)
        if error.code == Code.COMPUTER_FOLDER_READ_ONLY:
            for name, is_written in named(needs):
                if is_written:
                    self.roots.refused(name)
        return not await self.roots.serves(needs)

    async def _is_left(self, folder: Path, error: ComputerError) -> bool:
        """Tell whether results in a folder that this machine cannot write are left to others.

        A volume that can only be read here is meant to be written by others. Where only the rights are missing, it
        takes one that is known to write in this root.
        """
        try:
            root = self.store.roots.root_of(folder)
        except UseError:
            return False
        match error.code:
            case Code.COMPUTER_FOLDER_READ_ONLY:
                self.roots.refused(root)
                return True
            case Code.COMPUTER_FOLDER_UNWRITABLE:
                return await self.store.is_written_elsewhere(root)
            case _:
                return False

    # -- what a user asks for --------------------------------------------------------------------------------------

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
        """Start drafts for the whole team; see `Engine.enqueue`. Raises UseError for what only this machine can do."""
        for draft in drafts:
            if draft.recipe.service.traits.is_local:
                raise _of_this_machine()
        await self._check_roots(drafts)
        return await super().enqueue(
            drafts,
            run_budget=run_budget,
            run_id=run_id,
            limits=limits,
            hours=hours,
            account_id=account_id,
            since=since,
        )

    async def _check_roots(self, drafts: Sequence[Draft]) -> None:
        """Raise UseError where a picture is in a folder that is not the team's: others would be sent in its place."""
        folders = {each.info.path.parent for each in drafts}
        folders |= {Path(each.recipe.output.folder) for each in drafts if each.recipe.output.folder}
        for fault in (await self._root_faults({self.store.roots.root_of(folder) for folder in folders})).values():
            raise fault

    async def _root_faults(self, names: Iterable[str]) -> dict[str, UseError]:
        """Return why roots cannot be used here, by their names; nothing of those that can."""
        states = await self.roots.look(names)
        return {
            name: UseError(
                say("The root {name} cannot be used here: {state:text}", name=name, state=state.reason),
                "Look whether its share is mounted. If the pictures have moved: topazdesk team root NAME FOLDER "
                "--moved",
                code=Code.USE_TEAM_ROOT,
            )
            for name, state in states.items()
            if not state.is_readable
        }

    async def preview(self, drafts: Sequence[Draft], *, names: bool = False, of: int = 0) -> tuple[Preview, ...]:
        """Return what `enqueue` would do; see `Engine.preview`. What the team cannot do is refused."""
        found = await super().preview(drafts, names=names, of=of)
        needed = [self._roots_of(draft) for draft in drafts]
        faults = await self._root_faults({name for each in needed if not isinstance(each, UseError) for name in each})

        def refusal(roots: list[str] | UseError) -> UseError | None:
            if isinstance(roots, UseError):
                return roots
            return next((faults[name] for name in roots if name in faults), None)

        return tuple(
            each if (why := refusal(roots)) is None else Preview(draft, refusal=why)
            for draft, roots, each in zip(drafts, needed, found, strict=True)
        )

    def _roots_of(self, draft: Draft) -> list[str] | UseError:
        """Return the roots in which a draft reads and writes, or why a team cannot do it."""
        if draft.recipe.service.traits.is_local:
            return _of_this_machine()
        folder = draft.recipe.output.folder
        try:
            return [self.store.roots.root_of(path) for path in (draft.info.path, *([Path(folder)] if folder else []))]
        except UseError as error:
            return error

    async def pause(self) -> None:
        """Stop new submits of the whole team."""
        async with self._pausing:
            await self.store.pause_by(self.store.machine)
            await self._hear_accounts()

    async def resume(self) -> None:
        """Let the queue go on, for the whole team, whether somebody or the account stopped it."""
        async with self._pausing:
            await self.store.pause_by("")
            self._gate.open()
            await self._hear_accounts()

    async def resume_later(self) -> None:
        """Let the queue go on at once: workers are there for it."""
        await self.resume()

    async def retry(self, job_id: str) -> Job:
        """Try a job again; see `Engine.retry`."""
        job = await super().retry(job_id)
        if job.state is _S.DOUBTFUL:
            await self.store._write(lambda c: tell(c, reconsider=[job_id]))  # noqa: SLF001 the store of this engine
        return job

    # -- how it stands ---------------------------------------------------------------------------------------------

    def pauses(self) -> tuple[Pause, ...]:
        """Return what the jobs wait for, and until when."""
        jobs = [job for job in self._job_table.unfinished() if not self._is_stuck(job)]
        return pauses(jobs, self._clock.now(), self._goes_on_at, lambda _: 0.0)

    def _goes_on_at(self, job: Job) -> float | None:
        if job.state is _S.WAITING:
            return job.not_before
        if job.state is _S.QUEUED and job.hours is not None and job.waits_for_hours(self._clock.now()):
            return job.hours.opens_at(self._clock.now())
        return None

    def _is_stuck(self, job: Job, idler: object = None) -> bool:
        if job.state is _S.QUEUED:
            if idler is not None and self._may_rest(job, idler):  # type: ignore[arg-type]
                return True
            return self.team_gate.stops(job.account)
        return job.state is _S.DOUBTFUL and attention.is_undecided(job)


def _of_this_machine() -> UseError:
    return UseError(
        "A team works with services on the net",
        "The sandbox and “This computer” are each machine's own: use them without --team.",
        code=Code.USE_TEAM_SERVICE,
    )
