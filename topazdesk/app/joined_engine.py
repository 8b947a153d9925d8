"""The engine of a second command: it looks things up itself, and has the rest done by the program with the profile.

A command uses it as it uses its own engine, so prices, refusals and words are the same in both. It never writes to the
job list: only one program may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypedDict, Unpack

from topazdesk.app.job_wire import (
    WireError,
    drafts_to_json,
    error_from_json,
    job_from_json,
    limits_to_json,
    pause_from_json,
)
from topazdesk.app.owner_line import Json, OwnerLine, heard_error, other_version
from topazdesk.domain.account import DEFAULT_ACCOUNT, Account
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.domain.ports import Clock, Draft, Pictures, RemoteJob, ServiceSource
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.engine.engine import Admitted, Engine
from topazdesk.engine.events import EngineError, EventHub, JobAdded, JobChanged, JobProgress, QueuePaused
from topazdesk.engine.job_store import JobStore
from topazdesk.engine.jobs_before import Before
from topazdesk.engine.pauses import Pause
from topazdesk.errors import ComputerError

_ASKS_SERVICE_S = 120.0
_PER_DRAFT_S = 0.05
#: What a copy of a large result may take.
_PER_COPY_S = 600.0


class EngineParts(TypedDict):
    """What an engine is made of, whether it works by itself or joins another program's."""

    store: JobStore
    services: ServiceSource
    pictures: Pictures
    catalogue: Catalogue
    folder: Path
    clock: Clock
    events: EventHub
    read_policy: Callable[[], UsagePolicy]
    wants_labels: Callable[[], bool]


class JoinedEngine(Engine):
    """An engine without work of its own. What only the owner of the profile may do raises `in_use`."""

    def __init__(
        self,
        *,
        line: OwnerLine,
        mark_of: Callable[[Account], Awaitable[str]],
        in_use: ComputerError,
        account_changed: Callable[[Account, bool], Coroutine[Any, Any, None]],
        **parts: Unpack[EngineParts],
    ) -> None:
        super().__init__(**parts)
        self._line = line
        self._store = parts["store"]
        self._mark_of = mark_of
        self._in_use = in_use
        self._account_changed = account_changed
        self._known: dict[str, Job] = {}
        self._pauses: list[Any] = []
        self._is_stopped = False
        line.news = self._hear
        self._supervisor.spawn("line to the running topazdesk", line.listen())

    @property
    def is_owner(self) -> bool:
        """Return False: it knows of no more than the owner has told."""
        return False

    @property
    def lost(self) -> ComputerError | None:
        """Why the line ended; None while it stands."""
        return self._line.lost

    # -- what the owner tells ------------------------------------------------------------------------------------------

    def _hear(self, message: Json) -> None:
        match message.get("event"):
            case "job":
                job = job_from_json(message.get("job"))
                was, self._known[job.id] = self._known.get(job.id), job
                self.events.emit(JobAdded(job) if was is None else JobChanged(job))
                if was is None and job.state is not JobState.QUEUED:
                    self.events.emit(JobChanged(job))
            case "progress":
                self.events.emit(JobProgress(*_progress(message)))
            case "paused":
                self._is_stopped = message.get("paused") is True
                self.events.emit(QueuePaused(self._is_stopped, heard_error(message)))
            case "account":
                account, is_used = _account_of(message), message.get("used") is True
                self._supervisor.spawn(f"change of {account}", self._account_changed(account, is_used))
            case "error":
                if (error := heard_error(message)) is not None:
                    self.events.emit(EngineError(error))
            case "pauses":
                found = message.get("pauses")
                self._pauses = found if isinstance(found, list) else []
            case _:
                pass  # of a newer program; nothing that is asked for here

    # -- what there is -------------------------------------------------------------------------------------------------

    def jobs(self) -> tuple[Job, ...]:
        """Return the jobs that the owner has told of, newest first."""
        return tuple(sorted(self._known.values(), key=lambda job: (job.created_at, job.position), reverse=True))

    def unfinished(self) -> tuple[Job, ...]:
        """Return those of them that are not over."""
        return tuple(job for job in self._known.values() if not job.state.is_final)

    def get(self, job_id: str) -> Job | None:
        """Return a job that the owner has told of, else None."""
        return self._known.get(job_id)

    def job(self, job_id: str) -> Job:
        """Return a job that the owner has told of. Raises UseError."""
        return self._known[job_id] if job_id in self._known else super().job(job_id)

    async def recall(self, job_id: str) -> Job:
        """Return a job, and be told of it from now on. Raises UseError, ComputerError."""
        if job_id not in self._known:
            await self._line.ask("follow", jobs=[job_id])
            await self._load([job_id])
        return self.job(job_id)

    async def follow_all(self) -> None:
        """Be told of all jobs that are not over. Raises ComputerError."""
        await self._line.ask("follow", jobs=None)

    def pauses(self) -> tuple[Pause, ...]:
        """Return what the jobs wait for that the owner has told of."""
        found = (pause_from_json(each, self._known) for each in self._pauses)
        return tuple(pause for pause in found if pause is not None)

    @property
    def is_paused(self) -> bool:
        """Whether the queue was stopped since this program listens."""
        return self._is_stopped

    @property
    def stopped_by(self) -> Account | None:
        """Return None: the owner tells the reason."""
        return None

    async def idle(
        self,
        job_ids: Collection[str] | None = None,
        *,
        for_hours: bool = True,
        own: Collection[str] | None = None,  # noqa: ARG002 - it waits for no others
    ) -> None:
        """Wait until these jobs, or all that the owner has told of, are over or need the user.

        An owner that ends is told as an error of the run; the jobs then stand as they are on the disk.
        """
        try:
            while True:
                wanted = sorted(self._known if job_ids is None else job_ids)
                await self._line.ask("idle", seconds=None, jobs=wanted, for_hours=for_hours)
                if job_ids is not None or set(self._known) == set(wanted):
                    break
        except ComputerError as error:
            for job in await self._store.find(self._known):
                if job.state is not self._known[job.id].state:
                    self._known[job.id] = job
                    self.events.emit(JobChanged(job))
            if self.unfinished():
                self.events.emit(EngineError(error))

    # -- what a user asks for ------------------------------------------------------------------------------------------

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
        """Hand the drafts over; see `Engine.admit`. The owner reads and prices them again, and may refuse some."""
        if not drafts:
            return Admitted((), {})
        marks = await self._marks({Account(draft.recipe.service, account_id) for draft in drafts})
        wanted = await asyncio.to_thread(drafts_to_json, drafts)
        copies = 0 if again else sum(len(each.lacks) for each in (await self.had(drafts)).values())
        said = await self._line.ask(
            "admit",
            seconds=30.0 + _PER_DRAFT_S * len(drafts) + _PER_COPY_S * copies,
            run=run_id,
            budget=run_budget,
            hours=None if hours is None else hours.stored,
            again=again,
            limits=limits_to_json(limits),
            account=account_id,
            accounts=marks,
            **wanted,
        )
        try:
            ids = [str(job_id) for job_id in said["jobs"]]
            before = {int(number): str(job_id) for number, job_id in said["before"].items()}
            refused = {int(number): error_from_json(each) for number, each in said["refused"].items()}
        except (KeyError, TypeError, ValueError, AttributeError, WireError) as error:
            raise other_version(self._line.note, str(error)) from error
        await self._load((*ids, *before.values()))
        return Admitted(
            tuple(self.job(job_id) for job_id in ids),
            {number: self.job(job_id) for number, job_id in before.items()},
            refused,
        )

    async def take_up(self, job_ids: Iterable[str]) -> tuple[Job, ...]:
        """Have jobs continued; see `Engine.take_up`."""
        wanted = list(job_ids)
        found = await self._line.ask("take_up", jobs=wanted) if wanted else []
        await self._load(found)
        return tuple(self.job(job_id) for job_id in found)

    async def cancel(self, job_id: str) -> None:
        """Have a job cancelled."""
        await self._line.ask("cancel", job=job_id)

    async def cancel_price(self, job_id: str) -> tuple[float, int]:
        """Return the percentage done and what cancelling would cost now."""
        percent, cost = await self._line.ask("cancel_price", seconds=_ASKS_SERVICE_S, job=job_id)
        return float(percent), int(cost)

    async def retry(self, job_id: str) -> Job:
        """Have a job tried again; see `Engine.retry`."""
        marks = await self._marks_of(job_id)
        new = str(await self._line.ask("retry", seconds=_ASKS_SERVICE_S, job=job_id, accounts=marks))
        await self._load([new])
        return self.job(new)

    async def resolve(self, job_id: str, resend: bool) -> None:
        """Have a doubtful job settled; see `Engine.resolve`."""
        marks = await self._marks_of(job_id)
        await self._line.ask("resolve", seconds=_ASKS_SERVICE_S, job=job_id, resend=resend, accounts=marks)

    async def fetch(self, account: Account, remotes: Iterable[RemoteJob], folder: Path) -> tuple[Job, ...]:
        """Have remote jobs adopted and their results fetched; see `Engine.fetch`. The owner looks them up itself."""
        found = await self._line.ask(
            "fetch",
            seconds=_ASKS_SERVICE_S,
            account=str(account),
            processes=[remote.remote_id for remote in remotes],
            folder=str(folder),
            accounts=await self._marks({account}),
        )
        await self._load(found)
        return tuple(self.job(job_id) for job_id in found)

    async def pause(self) -> None:
        """Have new submits stopped."""
        await self._line.ask("pause")

    async def resume(self) -> None:
        """Have the queue resumed."""
        await self._line.ask("resume")

    async def account_mended(self, account: Account) -> None:
        """Have the jobs of an account go on."""
        await self._line.ask("mended", account=str(account))

    async def resume_later(self) -> None:
        """Have the queue resumed at once: somebody works on it."""
        await self.resume()

    async def reorder(self, job_ids: Sequence[str]) -> None:
        """Have these queued jobs put in front."""
        await self._line.ask("reorder", jobs=list(job_ids))

    async def move(self, job_id: str, *, up: bool) -> None:
        """Have a queued job swapped with its neighbour."""
        await self._line.ask("move", job=job_id, up=up)

    async def leave(self) -> None:
        """End the line; what was asked for is then written, or will never be."""
        await self._line.leave()

    async def wind_down(self) -> None:
        """Do nothing: the owner sends, and goes on."""

    async def close(self) -> None:
        """End the line. The owner goes on."""
        await self.leave()
        await super().close()

    # -- what only the owner may do ----------------------------------------------------------------------------------

    async def start(self, *, submits: bool = True) -> None:  # noqa: ARG002
        """Raise ComputerError, as the others below do: another program works on the profile."""
        self._refuse()

    async def enqueue(  # noqa: D102
        self,
        drafts: Sequence[Draft],  # noqa: ARG002
        *,
        run_budget: int | None = None,  # noqa: ARG002
        run_id: str = "",  # noqa: ARG002
        limits: Sequence[SpendingLimit] = (),  # noqa: ARG002
        hours: SendingHours | None = None,  # noqa: ARG002
        account_id: str = DEFAULT_ACCOUNT,  # noqa: ARG002
        since: int | None = None,  # noqa: ARG002
    ) -> NoReturn:
        self._refuse()

    async def complete(self, before: Before) -> NoReturn:  # noqa: ARG002, D102
        self._refuse()

    async def use(self, job_id: str) -> NoReturn:  # noqa: ARG002, D102
        self._refuse()

    async def judge(self, job_id: str, verdict: Verdict) -> NoReturn:  # noqa: ARG002, D102
        self._refuse()

    async def forget(self, job_ids: Iterable[str]) -> NoReturn:  # noqa: ARG002, D102
        self._refuse()

    async def forget_over(self) -> NoReturn:  # noqa: D102
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise self._in_use

    # -- inside --------------------------------------------------------------------------------------------------------

    async def _load(self, job_ids: Iterable[str]) -> None:
        missing = [job_id for job_id in job_ids if job_id not in self._known]
        for job in await self._store.find(missing):
            self._known.setdefault(job.id, job)  # what the owner has told of it meanwhile is newer

    async def _marks(self, accounts: Iterable[Account]) -> dict[str, str]:
        return {str(account): await self._mark_of(account) for account in accounts}

    async def _marks_of(self, job_id: str) -> dict[str, str]:
        return await self._marks({(await self.recall(job_id)).account})


def _account_of(message: Mapping[str, Any]) -> Account:
    """Return the account of which the owner tells. Raises WireError."""
    try:
        return Account.parse(str(message.get("account")))
    except ValueError:
        raise WireError("no account") from None


def _progress(message: Mapping[str, Any]) -> tuple[str, float | None, int | None, int | None]:
    try:
        percent, done, total = message["percent"], message["done"], message["total"]
        return (
            str(message["job"]),
            None if percent is None else float(percent),
            None if done is None else int(done),
            None if total is None else int(total),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"no progress: {error}") from error
