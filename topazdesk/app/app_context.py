"""The context that the window and the command line work in: each opens one, with everything put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topazdesk.app.accounts import Accounts
from topazdesk.app.awake import Awake
from topazdesk.app.examples import Examples
from topazdesk.app.joined_engine import EngineParts, JoinedEngine
from topazdesk.app.keys import Keys, in_environment
from topazdesk.app.log import start_log
from topazdesk.app.offers import Offers
from topazdesk.app.own_folders import ensure
from topazdesk.app.owner import Owner
from topazdesk.app.owner_line import OwnerLine, somebody_listens
from topazdesk.app.paths import Paths
from topazdesk.app.policy_file import PolicyFile, policy_file
from topazdesk.app.resources import load_catalogue
from topazdesk.app.run_log import RunLog
from topazdesk.app.run_report import RunFacts
from topazdesk.app.sandbox_launcher import SandboxLauncher
from topazdesk.app.services import Services
from topazdesk.app.session import Session
from topazdesk.app.settings import Settings
from topazdesk.app.sidecar_names import is_sidecar
from topazdesk.app.sidecars import Origin, Sidecars, read_sidecar
from topazdesk.app.trials import Trials
from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Clock
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.domain.settings_report import SettingsReport, settings_report_of
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.engine import files
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.engine import Engine
from topazdesk.engine.estimates import Estimator
from topazdesk.engine.events import AccountChanged, EventHub
from topazdesk.engine.job_queries import Page
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.store import Store
from topazdesk.errors import CatalogueError, Code, ComputerError, UseError
from topazdesk.language import say
from topazdesk.media.picture_files import PictureFiles

if TYPE_CHECKING:
    from topazdesk.app.team_desk import TeamDesk

#: Seconds that a program may take from claiming the profile until it listens, or from its last word until its end.
_STARTS_S = 10.0
_LOOK_S = 0.1
#: Jobs that are read from the disk at a time.
_PAGE = 500


class AppContext:
    """Profile, settings, keys, catalogue, services and engine. Open it with `open`, close it with `close`."""

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        keys: Keys,
        catalogue: tuple[Catalogue, tuple[CatalogueError, ...]],
        store: JobStore,
        log_handler: logging.Handler,
        policy: PolicyFile,
        rules: UsagePolicy,
        accounts: Accounts,
    ) -> None:
        self.paths = paths
        self.settings = settings
        #: What of them was read, or is saved: the rest was changed here since.
        self._saved = settings
        self.keys = keys
        self.accounts = accounts
        self._in_use: dict[ServiceName, Account] = {}
        #: Services whose account was named for this run alone.
        self._named: set[ServiceName] = set()
        self._mending: set[asyncio.Task[None]] = set()
        self.policy = rules
        self.catalogue, self.catalogue_faults = catalogue[0].under(self.policy), catalogue[1]
        self.sandbox = SandboxLauncher(
            paths.sandbox, speed=settings.sandbox_speed, log_folder=paths.logs, models=paths.own_models
        )
        self.services = Services(lambda: self.settings, keys, self.sandbox, paths, accounts)
        self.services.unlocked = self._unlocked
        self.events = EventHub()
        self.clock: Clock = SystemClock()
        self.estimator = Estimator(self.services, self.account)
        self.offers = Offers(paths.offers, self.estimator.estimate, self.clock)
        self._saving = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._log_handler = log_handler
        self._parts: EngineParts = {
            "store": store,
            "services": self.services,
            "pictures": PictureFiles(paths.pyramids, lambda: self.settings.metadata_choice),
            "catalogue": self.catalogue,
            "folder": paths.uploads,
            "clock": self.clock,
            "events": self.events,
            "read_policy": policy.read,
            "wants_labels": lambda: self.settings.labels,
        }
        self.engine = self._new_engine()
        self.trials = self._trials()
        self.examples = Examples(paths.examples)
        self._run_log: RunLog | None = None
        self._cards: list[str] | None = None
        self._sidecars: Sidecars | None = None
        self._awake: Awake | None = None
        #: What the computer does after this run.
        self.after_run = settings.after_run_action
        self._owner: Owner | None = None
        self._team: TeamDesk | None = None
        self._cap()

    def _new_engine(self) -> Engine:
        """Return the engine of this profile, or that of its team."""
        if isinstance(self._store, Store):
            return Engine(**self._parts)
        from topazdesk.app.team_context import team_engine

        engine, self.clock = team_engine(self._parts, follows=True)
        return engine

    def _trials(self) -> Trials:
        return Trials(
            self.paths.trials,
            self.clock,
            self.engine,
            self.catalogue,
            self.estimator.estimate,
            self.offers.require,
            self.account,
        )

    @classmethod
    async def open(
        cls,
        profile: Path | None = None,
        *,
        exclusive: bool = True,
        change: Callable[[Settings], Settings] | None = None,
        account: tuple[ServiceName | None, str | None] = (None, None),
        machine: str = "",
    ) -> AppContext:
        """Open a profile (see `Paths.choose`). `change` alters the settings for this run without saving them;
        `account` names the account that is used in it, at a service or that of the settings.

        Does not start the engine: `begin` does, or joins the program that has the profile. An `exclusive` context
        claims it at once. With a team nothing is claimed, and this program is its `machine`. Raises TopazdeskError;
        ComputerError if another program uses the profile.
        """
        paths = Paths.choose(profile)
        await asyncio.to_thread(ensure, paths)
        settings = saved = await asyncio.to_thread(Settings.load, paths.settings)
        if change is not None:
            settings = change(settings)
        catalogue = await asyncio.to_thread(load_catalogue, paths.own_models)
        policy, rules = await asyncio.to_thread(_policy)
        accounts = Accounts(paths.accounts)
        await asyncio.to_thread(accounts.load)
        store: JobStore
        keys = Keys(paths.keys)
        if settings.team_url:
            from topazdesk.app.team_context import open_team, without_plain_password

            store, exclusive = await open_team(settings, paths.profile, machine=machine, keys=keys), False
            if saved.team and (tidy := await without_plain_password(saved, keys)) != saved:  # written by hand
                await asyncio.to_thread(tidy.save, paths.settings)
                if settings.team == saved.team:
                    settings = settings.with_(team=tidy.team, team_password=True)
        else:
            store = await Store.open(paths.jobs)
        if exclusive:
            try:
                await store.claim()
            except BaseException:
                await store.close()
                raise
        context = cls(paths, settings, keys, catalogue, store, start_log(paths.logs), policy, rules, accounts)
        if exclusive:
            await context._keep_books()
        if account[1] is not None:
            try:
                context.use_account(context.account_named(account[0] or settings.service_name, account[1]))
            except BaseException:
                await context.close()
                raise
        await asyncio.to_thread(context.offers.load)
        return context

    async def begin(
        self, *, submits: bool = True, everything: bool = False, show: Callable[[list[Path]], None] | None = None
    ) -> None:
        """Start the engine; or, where another program has the profile, have `engine` do everything through that one.

        `submits`: what is queued may be sent and paid. `everything`: be told of all jobs that are not over. `show` is
        how a window is brought to the front with more pictures. Raises ComputerError, also where the other program
        cannot be talked to.
        """
        if self.is_team:
            await self.engine.start(submits=submits)
            return
        until = self.clock.now() + _STARTS_S
        while True:
            try:
                await self._store.claim()
                break
            except ComputerError as error:
                if error.code != Code.COMPUTER_PROFILE_IN_USE:
                    raise
                if await self._join(error, submits, everything):
                    return
                if self.clock.now() > until:
                    raise
                await asyncio.sleep(_LOOK_S)  # it is starting or ending
        await self._keep_books()
        await self.engine.start(submits=submits)
        self._owner = Owner(
            self.paths.owner_note,
            self.engine,
            self.events,
            self.services,
            self.catalogue,
            change_settings=self._take_over_settings,
            account_changed=lambda account, is_used: self.take_over_account(account, is_used=is_used),
            submits=submits,
            show=show,
        )
        await self._owner.open()

    async def _join(self, in_use: ComputerError, submits: bool, everything: bool) -> bool:
        """Join the program that has the profile; return False if it is not there yet, or not any more."""
        line = await OwnerLine.open(self.paths.owner_note)
        if line is None:
            return False
        if submits and not line.submits:  # a command that looks or cancels, and ends soon
            await line.leave()
            return False
        before = self.engine
        self.engine = JoinedEngine(
            line=line,
            mark_of=lambda account: self._mark_of(line, account),
            in_use=in_use,
            account_changed=self._heard_of_account,
            **self._parts,
        )
        self.trials = self._trials()
        self._cap()
        await before.close()
        if everything:
            await self.engine.follow_all()
        return True

    async def _mark_of(self, line: OwnerLine, account: Account) -> str:
        return line.note.account(*await self.services.credentials(account))

    def account(self, service: ServiceName) -> Account:
        """Return the account that new jobs of a service belong to, and whose balance is meant.

        A key in the environment is that of the account without a name, and goes before a choice of an earlier time.
        """
        if service.traits.is_local:
            return Account(service)
        chosen = self._in_use.get(service)
        if chosen is None:
            plain = Account(service)
            chosen = plain if in_environment(plain) else self.accounts.selected(service)
        return chosen

    def account_name(self, account: Account) -> str:
        """Return the name of an account where its service has several, so that it has to be told; else ""."""
        return self.accounts.label(account) if self.accounts.has_several(account.service) else ""

    def account_named(self, service: ServiceName, name: str) -> Account:
        """Return an account of a service by its name. Raises UseError if there is none."""
        if service.traits.is_local:
            raise UseError(
                say("{service} has no accounts.", service=service.label),
                "It runs on this computer and is free. Leave --account out, or name another service.",
                code=Code.USE_NO_KEY_NEEDED,
            )
        return self.accounts.named(service, name)

    async def account_changed(self, account: Account, *, is_used: bool = False) -> None:
        """Take in another key, name or limit of an account, also in a program that works on the profile.

        `is_used`: new jobs of the service belong to it from now on, as the list of accounts says already.
        """
        line = await OwnerLine.open(self.paths.owner_note)
        if line is not None:
            listening = asyncio.create_task(line.listen(), name="line to the running topazdesk")
            try:
                await line.ask("mended", account=str(account), used=is_used)
            finally:
                await line.leave()
                await listening
        await self.take_over_account(account, is_used=is_used)

    async def take_over_account(self, account: Account, *, is_used: bool = False) -> None:
        """Take in what was changed of an account (see `account_changed`), and go on with what waited for that."""
        await self._heard_of_account(account, is_used)
        await self.engine.account_mended(account)

    async def _heard_of_account(self, account: Account, is_used: bool) -> None:
        """Take in what was changed of an account, and tell of it here."""
        await asyncio.to_thread(self.accounts.load)
        self.keys.look_again(account)
        self.cap_accounts()
        used = self._in_use.get(account.service)
        if used is not None and account.service not in self._named and (is_used or not self.is_known(used)):
            del self._in_use[account.service]
        self.events.emit(AccountChanged(account, is_used))

    def _unlocked(self, account: Account) -> None:
        """Go on with what waited for a key ring that was unlocked at last."""
        task = asyncio.create_task(self.engine.account_mended(account), name=f"key of {account}")
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def account_has_key(self, account: Account) -> None:
        """Go on with what waited for the key of an account."""
        await self.engine.account_mended(account)

    def use_account(self, account: Account, *, in_this_run: bool = True) -> None:
        """Have new jobs of a service belong to this account until the program ends.

        Not `in_this_run`: until another is chosen, here or for good by another program.
        """
        self._in_use[account.service] = account
        if in_this_run:
            self._named.add(account.service)
        else:
            self._named.discard(account.service)

    def is_known(self, account: Account) -> bool:
        """Whether the account is on the list, so that a choice of it holds."""
        return any(each.account == account for each in self.accounts.of(account.service))

    @property
    def is_team(self) -> bool:
        """Whether the jobs are those of a team, which its workers do."""
        return not isinstance(self._store, Store)

    @property
    def store(self) -> JobStore:
        """Where the jobs are."""
        return self._store

    async def whereabouts(self, job: Job) -> tuple[str, str]:
        """Return on which machines of the team a job was started and is worked on; "" without a team."""
        if isinstance(self._store, Store):
            return "", ""
        from topazdesk.app.team_context import whereabouts

        return await whereabouts(self._store, job.id)

    @property
    def engine_parts(self) -> EngineParts:
        """What this profile's engine is made of."""
        return self._parts

    async def keep_books(self, events: EventHub) -> None:
        """Write sidecars and the log of runs of the work that these events tell of, as whoever does it does."""
        await self._keep_books(events)

    @property
    def services_offered(self) -> tuple[ServiceName, ...]:
        """The services that a window offers, the free ones first. A team works with those on the net."""
        known = tuple(each for each in SERVICES.free_first if self.catalogue.of(each))
        return tuple(each for each in known if not each.traits.is_local) if self.is_team else known

    @property
    def service_in_use(self) -> ServiceName:
        """The service of the settings, or the first that is offered where that one is not."""
        chosen, offered = self.settings.service_name, self.services_offered
        return chosen if chosen in offered or not offered else offered[0]

    @property
    def team(self) -> TeamDesk | None:
        """This machine's part in the team, None without one."""
        if self._team is None and self.is_team:
            from topazdesk.app.team_desk import TeamDesk

            self._team = TeamDesk(self)
        return self._team

    @property
    def is_joined(self) -> bool:
        """Whether another program does the work."""
        return isinstance(self.engine, JoinedEngine)

    async def saved_run(self, start: str) -> list[Job]:
        """Return the jobs of one run on disk by its id or the beginning of it; "last" is the newest.

        Raises UseError unless exactly one matches.
        """
        found = await self._store.runs_named("" if start == "last" else start)
        if len(found) != 1:
            if start == "last":
                title, hint = say("No runs yet"), say("A run begins with enhance, run or watch.")
            else:
                title = say("Several runs begin with this id") if found else say("There is no such run")
                hint = say("The newest: {command}", command="topazdesk jobs report last")
            raise UseError(title, hint, details=start, code=Code.USE_NO_JOB)
        return await self._store.of_run(found[0])

    async def saved_since(self, moment: float) -> list[Job]:
        """Return the jobs of the list that were made since `moment` (Unix seconds), the oldest first."""
        found: list[Job] = []
        async for page in self.saved_pages(_PAGE):
            new = [job for job in page.jobs if job.created_at >= moment]
            found += new
            if len(new) < len(page.jobs):
                break
        return found[::-1]

    async def facts_of(self, jobs: Iterable[Job], refused: Iterable[Refusal] = ()) -> RunFacts:
        """Return what a report of these jobs tells, with their lines in the books as they stand on disk."""
        found = tuple(jobs)
        ledger = await self._store.ledger_of(dict.fromkeys(job.id for job in found))
        models = {job.recipe.model: self.model_name(job) for job in found}
        return RunFacts(found, ledger, tuple(refused), models)

    @property
    def lost_owner(self) -> ComputerError | None:
        """Why the program that did the work does not any more; None while it does, or where this one does it."""
        return self.engine.lost if isinstance(self.engine, JoinedEngine) else None

    async def jobs_of_run(self, run_id: str) -> list[Job]:
        """Return the jobs of a run as they are on disk. What was just asked for elsewhere is there by then, or never.

        The line to the other program ends with that.
        """
        if isinstance(self.engine, JoinedEngine):
            await self.engine.leave()
        return await self._store.of_run(run_id)

    async def _keep_books(self, events: EventHub | None = None) -> None:
        """Write the log of runs and sidecars from now on, and keep the computer awake for the work.

        Only for the program that has claimed the profile.
        """
        if self._run_log is not None:
            return
        events = events or self.events
        self._run_log = RunLog(self.paths.run_log, events)
        # A team's jobs are in the logs of the machines that did them.
        if not await asyncio.to_thread(self._run_log.take_over) and not self.is_team:
            self._run_log.mend(await self._store.over(), self._find)
        self._awake = Awake(events, lambda: self.settings.stay_awake)
        self._sidecars = Sidecars(
            events,
            lambda: self.settings.sidecars or self.policy.sidecars,
            self.settings_report_of,
            self._is_result,
            self.model_of,
        )

    def let_sleep(self) -> None:
        """Do not keep the computer awake any longer, because it is to sleep."""
        if self._awake is not None:
            self._awake.let_sleep()

    async def graphics_cards(self) -> list[str]:
        """Return the names of the graphics cards that this computer can enhance pictures with."""
        if self._cards is None:
            from topazdesk.services.local import graphics_cards  # few sessions ask

            self._cards = await asyncio.to_thread(graphics_cards)
        return self._cards

    def save_settings(self, settings: Settings) -> Coroutine[Any, Any, None]:
        """Apply changed settings now, so that the next change is made to them; await what is returned to save them.

        That raises UseError, ComputerError.
        """
        self.settings = settings
        self._cap()
        return self._save()

    async def _save(self) -> None:
        """Write what was changed here; what another program has written since stays."""
        async with self._saving:
            settings = self.settings
            changes = {
                each.name: value
                for each in fields(settings)
                if (value := getattr(settings, each.name)) != getattr(self._saved, each.name)
            }
            if changes:
                await asyncio.to_thread(_save_changes, self.paths.settings, changes)
                self._saved = settings

    async def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change settings for good, also those of a program that works on the profile: it would undo them at its end.

        Raises ComputerError.
        """
        line = await OwnerLine.open(self.paths.owner_note)
        if line is None:
            await self.save_settings(self.settings.with_(**changes))
            return
        listening = asyncio.create_task(line.listen(), name="line to the running topazdesk")
        try:
            await line.ask("settings", changes=dict(changes))
        finally:
            await line.leave()
            await listening
        self.settings = self.settings.with_(**changes)
        self._cap()

    async def is_worked_on(self) -> bool:
        """Tell whether some program works on the jobs, so that what is not finished goes on."""
        return self.is_team or await somebody_listens(self.paths.owner_note)

    async def _take_over_settings(self, changes: Mapping[str, Any]) -> None:
        """Apply what another command has changed; what holds for this run alone is not saved with it."""
        self.settings = self.settings.with_(**changes)
        self._cap()
        async with self._saving:
            await asyncio.to_thread(_save_changes, self.paths.settings, changes)
            self._saved = self._saved.with_(**changes)

    def _cap(self) -> None:
        for unit in Unit:
            run, day = self.caps(unit)
            self.engine.cap_run(unit, run)
            self.engine.cap_day(unit, day, is_organisations=self.sets_caps(unit)[1])
        self.cap_accounts()

    def cap_accounts(self) -> None:
        """Apply the daily limits of single accounts."""
        for service in SERVICES.with_key:
            for known in self.accounts.of(service):
                self.engine.cap_account(known.account, known.day_cap or None)

    def caps(self, unit: Unit) -> tuple[int | None, int | None]:
        """Return the most that a run and a day may cost: the user's own limits or the policy's, whichever is lower."""
        return self.policy.caps(unit, *self.settings.caps(unit))

    def sets_caps(self, unit: Unit) -> tuple[bool, bool]:
        """Return whether the organisation set the limit that holds, for a run and a day."""
        return self.policy.sets(unit, *self.settings.caps(unit))

    async def saved_pages(self, count: int) -> AsyncIterator[Page]:
        """Yield the jobs on disk, newest first, `count` at a time. Read-only: another program may be running them."""
        place = None
        while True:
            page = await self._store.page(count, place)
            yield page
            place = page.goes_on
            if place is None:
                return

    async def unfinished_jobs(self) -> list[Job]:
        """Return the jobs on disk that are not over, newest first."""
        jobs, _ = await self._store.load_open()
        return sorted((j for j in jobs if not j.state.is_final), key=lambda j: (j.created_at, j.position), reverse=True)

    async def count_jobs(self) -> int:
        """Return the number of jobs on disk."""
        return await self._store.count()

    async def saved_job(self, job_id: str) -> Job:
        """Return one job on disk by its id or the beginning of it. Raises UseError unless exactly one matches."""
        found = await self._store.named(job_id) if job_id else []
        if len(found) != 1:
            title = say("There is no such job.") if not found else say("Several jobs begin with this id.")
            raise UseError(title, "All jobs: topazdesk jobs list", details=job_id, code=Code.USE_NO_JOB)
        return found[0]

    def settings_report_of(self, job: Job) -> SettingsReport:
        """Compare what the service reports about a finished job's settings with what was sent."""
        return settings_report_of(job, self.catalogue)

    def model_of(self, job: Job) -> Model | None:
        """Return a job's model; None if the catalogue does not have it any more."""
        return self.catalogue.by_slug(job.recipe.service, job.recipe.model)

    def model_name(self, job: Job) -> str:
        """Return the name of a job's model for people."""
        return self.catalogue.name_of(job.recipe.service, job.recipe.model)

    async def origin_of(self, path: Path) -> Origin | None:
        """Return how a file was made, if it is a sidecar or a result of a job of this profile; None for any other file.

        Only a file of the same size as a result is read. Raises UseError for a damaged sidecar.
        """
        if is_sidecar(path):
            return await asyncio.to_thread(read_sidecar, path)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
            candidates = [job for job in await self._store.with_result(path, size) if job.result_bytes == size]
            if not candidates:
                return None
            digest = await asyncio.to_thread(files.digest_of, path)
        except (OSError, ComputerError):
            return None  # it is gone or cannot be read; adding it as a picture reports that
        job = next((job for job in candidates if job.result_digest == digest), None)
        if job is None:
            return None
        return Origin(job.recipe if job.trial is None else job.trial.recipe, job.picture.name)

    def _is_result(self, digest: str) -> bool:
        """Return whether a file with this digest is a result of this profile. Blocking: not for the loop's thread."""
        return asyncio.run_coroutine_threadsafe(self._store.has_result(digest), self._loop).result()

    def _find(self, job_ids: list[str]) -> list[Job]:
        """Return these jobs. Blocking: not for the loop's thread."""
        return asyncio.run_coroutine_threadsafe(self._store.find(job_ids), self._loop).result()

    async def load_session(self) -> Session:
        """Return what the window showed last."""
        return await asyncio.to_thread(Session.load, self.paths.session)

    async def save_session(self, session: Session) -> None:
        """Save what the window shows. Raises OSError."""
        await asyncio.to_thread(session.save, self.paths.session)

    async def stop_listening(self) -> None:
        """Let go of second programs, and take in no more; part of `close`, and earlier where a window is closing."""
        if self._owner is not None:
            await self._owner.close()

    async def wind_down(self) -> None:
        """Take in no more from second programs, which wait for the profile from now on, and begin nothing new.

        What is being sent gets a moment for its answer; see `Engine.wind_down`.
        """
        await self.stop_listening()
        await self.engine.wind_down()

    async def close(self) -> None:
        """Stop the engine (jobs continue at the next start), and close connections, database and log."""
        await self.stop_listening()
        if self._team is not None:
            await self._team.end_work()
        for task in tuple(self._mending):
            task.cancel()
        if self._awake is not None:
            self._awake.close()
        await self.engine.wind_down()
        await self.engine.close()
        if self._sidecars is not None:
            await asyncio.to_thread(self._sidecars.close)
        if self._run_log is not None:
            await asyncio.to_thread(self._run_log.close)
        await self.services.close()
        await self._store.close()
        logging.getLogger().removeHandler(self._log_handler)
        self._log_handler.close()


def _save_changes(path: Path, changes: Mapping[str, Any]) -> None:
    """Change settings in their file. Blocking. Raises UseError, ComputerError."""
    Settings.load(path).with_(**changes).save(path)


def _policy() -> tuple[PolicyFile, UsagePolicy]:
    """Return the organisation's policy, to be read again later, and what it says now. Blocking."""
    file = PolicyFile(policy_file())
    return file, file.read()
