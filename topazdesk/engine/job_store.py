"""The store of jobs as the engine knows it, and all that is the same whatever database holds them.

A store has two ways to its database, `_read` and `_write`; which database that is, how many programs share it and what
a transaction has to check is the matter of its two kinds: `store.Store` keeps the jobs of one profile in SQLite,
`team.team_store.TeamStore` those of many machines in PostgreSQL. Both pass the same tests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from topazdesk.disk.names import path_bytes
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.domain.money import Unit
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.domain.token import MARK
from topazdesk.engine import job_queries, ledger, path_keys, rows, spending_limits
from topazdesk.engine.database_check import NAME
from topazdesk.engine.database_owner import check_remote_id, check_row
from topazdesk.engine.job_queries import ListPosition, Page, PastFile, PastPaths, ReadFile, Sent
from topazdesk.engine.ledger import LedgerLine, MoneyKind, MoneyMove
from topazdesk.engine.path_keys import path_key
from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import ComputerError

T = TypeVar("T")
#: Columns that never change: they and their indexes are not written again with each step.
_IMMUTABLE = frozenset({"id", "source", "source_key", "created_at", "account_id"})
_COLUMNS = (*rows.COLUMNS, *path_keys.COLUMNS)
SAVE = (
    f"INSERT INTO jobs ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 our own names
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS if c not in _IMMUTABLE)}"
)


SET_META = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change of a job's state. `at` in Unix seconds."""

    at: float
    from_state: str
    to_state: str
    note: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One click or command: the jobs started together, and the most they may cost in all (None: no cap)."""

    id: str
    created_at: float
    budget: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """The remote ids of all jobs. For unfinished jobs without one: their tokens, or the uploads that they named.

    `fetched`: those of the ids that were fetched as results that nobody knew. They may be jobs that are in doubt.
    """

    remote_ids: frozenset[str]
    tokens: frozenset[str]
    uploads: frozenset[str]
    fetched: frozenset[str] = frozenset()

    @property
    def owned(self) -> frozenset[str]:
        """The remote ids whose job is certain."""
        return self.remote_ids - self.fetched


class RowChangedError(Exception):
    """Another program has written the row since it was read: `current` is the job as it stands now."""

    def __init__(self, current: Job) -> None:
        super().__init__(f"job {current.id} is {current.state} by now")
        self.current = current


class NotYetError(Exception):
    """The account cannot begin another submit at this moment: it is paused, held back, or all its places are taken.

    Or what is in its queue may have been sent already, and is looked up at its service first.
    """


class OvertakenError(Exception):
    """Another machine has started the same since it was looked for: nothing was written, and it is looked for again."""


class JobStore(ABC):
    """The jobs of a profile or of a team. Every method may raise ComputerError (`computer.database_…`)."""

    #: States that need not be on disk before anything depends on them, as nothing is lost with them.
    light_states: frozenset[JobState] = frozenset()
    #: Whether other programs write jobs, too.
    is_shared = False

    @abstractmethod
    async def claim(self) -> None:
        """Make this program one that runs the jobs. Raises ComputerError when it may not."""

    @abstractmethod
    async def close(self) -> None:
        """Finish the writes asked for, then close. Further calls raise ComputerError."""

    @abstractmethod
    async def check(self) -> ComputerError | None:
        """Check the list before anything is paid, in parallel with all other calls; return what is wrong with it."""

    @abstractmethod
    async def save(
        self, job: Job, was: Job, *, is_move: bool = True, note: str = "", money: MoneyMove | None = None
    ) -> None:
        """Write a job that was `was` before; a move with a history line, and `money` into the ledger: all or nothing.

        Writes nothing and raises BudgetError when `money` is a reservation beyond a cap; KnownIdError when the job has
        a new remote id that another job has. Where one program owns the jobs: ProfileLostError when another has taken
        over the profile, or when the row of a job about to be sent differs from `was`. Where several write them:
        RowChangedError when the row differs from `was`, and NotYetError when the account may not begin a submit now.
        """

    @abstractmethod
    def save_soon(self, job: Job, was: Job, note: str = "") -> None:
        """Write a step to one of the `light_states`, with the next write or a moment later. Never raises."""

    #: What tells this machine's part files from those of others; "" where one program does all.
    machine_key = ""

    async def other_keys(self) -> Sequence[str]:
        """Return the same of all other machines, and "". Raises ComputerError."""
        return ()

    #: Whether a wait goes on where another program has left it. A profile's begins anew with each program.
    keeps_waits = False

    async def waited(self, job: Job, what: str) -> float:  # noqa: ARG002 see `keeps_waits`
        """Return for how many seconds a doubt has waited for `what` until now. Raises ComputerError."""
        return 0.0

    async def note_wait(self, job: Job, what: str, before: float, now: float) -> float:  # noqa: ARG002
        """Note that it has waited `now` seconds, `before` until a moment ago; return what counts. Raises ComputerError.

        That is less where another program has noted something else: the same seconds never count twice.
        """
        return now

    @abstractmethod
    async def _read(self, op: Callable[[SqlConnection], T]) -> T:
        """Run a query."""

    @abstractmethod
    def _look_up(self, op: Callable[[SqlConnection], T]) -> T:
        """Run a query and wait for its answer, in a thread that may block."""

    @abstractmethod
    async def _write(self, op: Callable[[SqlConnection], T], *, is_hard: bool = False, is_owned: bool = False) -> T:
        """Run statements in a transaction: all of them or none.

        `is_hard`: wait until it survives a power cut. `is_owned`: only for the program that owns the jobs.
        """

    def _insert(self, connection: SqlConnection, job: Job, note: str) -> None:
        """Write a new job with its first history line."""
        connection.execute(SAVE, (*rows.to_row(job), *path_keys.keys_of(job)))
        add_history(connection, job, "", note)

    def _write_run(
        self, connection: SqlConnection, run: RunRecord, jobs: Sequence[Job], limits: Sequence[SpendingLimit]
    ) -> None:
        """Write a run with all its jobs. Raises BudgetError where limits leave no room for all of them."""
        spending_limits.check(connection, jobs, limits, run.created_at)
        connection.execute("INSERT INTO runs VALUES (?, ?, ?)", (run.id, run.created_at, run.budget))
        for job in jobs:
            self._insert(connection, job, "")

    def _write_found(self, connection: SqlConnection, run: RunRecord, jobs: Sequence[Job]) -> None:
        """Write jobs that were found at the service, with what they hold or cost there."""
        connection.execute("INSERT INTO runs VALUES (?, ?, ?)", (run.id, run.created_at, run.budget))
        for job in jobs:
            self._insert(connection, job, "found at the service")
            ledger.enter_found(connection, job)

    # -- jobs ---------------------------------------------------------------------------------------------------

    async def load(self) -> tuple[list[Job], list[str]]:
        """Return all jobs that are not hidden, oldest first, and the ids of rows that cannot be read.

        This takes seconds with tens of thousands of jobs; use it only where all are needed.
        """
        return await self._read(lambda c: job_queries.jobs(c, "is_hidden = 0 ORDER BY position, created_at"))

    async def load_open(self) -> tuple[list[Job], list[str]]:
        """Return the jobs that an engine starts with, and the ids of unreadable rows; see `shelf.open_jobs`."""
        return await self._read(job_queries.open_jobs)

    async def sharing(self, groups: Iterable[str]) -> list[Job]:
        """Return the jobs of these upload groups that are not hidden."""
        named = sorted(set(groups))
        return await self._read(lambda c: job_queries.sharing(c, named)) if named else []

    async def page(self, count: int, after: ListPosition | None = None) -> Page:
        """Return the next jobs of the list, newest first."""
        return await self._read(lambda c: job_queries.page(c, count, after))

    async def is_new(self) -> bool:
        """Tell whether the database has never had a job, not even one that was cleared."""
        return await self._read(lambda c: c.execute("SELECT 1 FROM jobs LIMIT 1").fetchone() is None)

    async def token_mark(self) -> str:
        """Return the prefix of this job list's tokens; a copy or backup has the same. "" before the list has a name."""
        return (await self.get_meta(NAME))[:MARK]

    async def unknown(self, names: Mapping[str, Collection[str]]) -> set[str]:
        """Return those of these remote ids that no job has, if no job has one of the given tokens either.

        Jobs cleared from the list count, too.
        """
        return await self._read(lambda c: job_queries.unknown(c, names)) if names else set()

    async def count(self) -> int:
        """Count the jobs of the list."""
        return await self._read(job_queries.count)

    async def counts(self) -> dict[JobState, int]:
        """Count the final jobs of the list by state, without trials."""
        return await self._read(job_queries.counts)

    async def named(self, start: str) -> list[Job]:
        """Return the jobs of the list whose id begins with `start`: two at most, which shows that it is ambiguous."""
        return await self._read(lambda c: job_queries.named(c, start))

    async def of_run(self, run_id: str) -> list[Job]:
        """Return the jobs of a run in their order, without those cleared from the list."""
        return await self._read(lambda c: job_queries.of_run(c, run_id))

    async def runs_named(self, start: str) -> list[str]:
        """Return the ids of runs that begin with `start`, two at most; with "" the newest."""
        return await self._read(lambda c: job_queries.runs_named(c, start))

    async def of_sources(self, sources: Iterable[Path]) -> list[Job]:
        """Return the jobs of the list on these pictures, newest first."""
        wanted = tuple(sources)
        return await self._read(lambda c: job_queries.of_sources(c, wanted)) if wanted else []

    async def lengths(self, wanted: Iterable[int]) -> set[int]:
        """Return those of these lengths in bytes that the picture of any job has, cleared ones included."""
        sizes = frozenset(wanted)
        return await self._read(lambda c: job_queries.lengths(c, sizes)) if sizes else set()

    async def of_digests(self, digests: Iterable[str]) -> list[Job]:
        """Return the jobs on pictures with this content, cleared ones included."""
        wanted = frozenset(digests)
        return await self._read(lambda c: job_queries.of_digests(c, wanted)) if wanted else []

    async def read_before(self, sources: Iterable[Path]) -> list[ReadFile]:
        """Return what jobs, cleared ones included, have read of the files at these paths, the latest last."""
        wanted = tuple(sources)
        return await self._read(lambda c: job_queries.read_before(c, wanted)) if wanted else []

    async def refunded(self) -> list[Job]:
        """Return the jobs of the list that failed at a service and are due a refund."""
        query = "state = 'failed' AND refunded > 0 AND remote_id != '' AND is_hidden = 0"
        return (await self._read(lambda c: job_queries.jobs(c, query)))[0]

    async def ours(self, account: Account) -> list[Sent]:
        """Return how the jobs of an account are identified at its service, cleared ones included."""
        return await self._read(lambda c: job_queries.ours(c, account))

    async def has_result(self, digest: str) -> bool:
        """Tell whether a finished job, cleared ones included, delivered a file with this content."""
        query = "SELECT 1 FROM jobs WHERE state = 'done' AND result_digest = ? LIMIT 1"
        return bool(digest) and await self._read(lambda c: c.execute(query, (digest,)).fetchone() is not None)

    async def is_result_of_another(self, job_id: str, path: Path) -> bool:
        """Tell whether another finished job, also one that was cleared, has this file as its result."""
        keys = self.keys_of(path)
        marks = ", ".join("?" * len(keys))
        where = f"state = 'done' AND result_key IN ({marks}) AND result = ? AND id != ?"
        query = f"SELECT 1 FROM jobs WHERE {where} LIMIT 1"  # noqa: S608 only marks
        values = (*keys, path_bytes(path), job_id)
        return await self._read(lambda c: c.execute(query, values).fetchone() is not None)

    # What the names of results need: asked in threads that may block, with the result's name in hand.

    def keys_of(self, path: Path) -> Sequence[int]:
        """Return the keys that the list may know a path by."""
        return (path_key(path_bytes(path)),)

    def past_paths(self, paths: Iterable[Path]) -> PastPaths:
        """Return what jobs, cleared ones included, have to do with these paths, whatever their spelling. Blocks."""
        keys = [key for path in paths for key in self.keys_of(path)]
        return self._look_up(lambda c: job_queries.past_paths(c, keys))

    def results_of_sources(self, sources: Sequence[Path]) -> list[PastFile]:
        """Return the results that were made of the files at these very paths, oldest first. Blocks."""
        return self._look_up(lambda c: job_queries.results_of_sources(c, sources))

    def results_as_long(self, sizes: Sequence[int]) -> list[PastFile]:
        """Return the results of these lengths in bytes, oldest first. Blocks."""
        return self._look_up(lambda c: job_queries.results_as_long(c, sizes))

    def sources_as_long(self, size: int) -> list[str]:
        """Return the paths of pictures of this length in bytes, or of unknown length. Blocks."""
        return self._look_up(lambda c: job_queries.sources_as_long(c, size))

    def sources(self) -> list[str]:
        """Return the paths of the pictures of all jobs. Blocks, for seconds where there are a million."""
        return self._look_up(job_queries.sources)

    async def results_of_lengths(self, wanted: Iterable[int]) -> dict[int, set[str]]:
        """Return the digests of results with these lengths in bytes, by length; trials and cleared jobs included."""
        sizes = frozenset(wanted)
        return await self._read(lambda c: job_queries.results_of_lengths(c, sizes)) if sizes else {}

    async def over(self) -> dict[str, JobState]:
        """Return the ids of the final jobs of the list with their states, without trials."""
        return await self._read(job_queries.over)

    async def find(self, job_ids: Iterable[str]) -> list[Job]:
        """Return these jobs, hidden ones included; missing and unreadable ones are left out."""
        wanted = tuple(job_ids)
        return await self._read(lambda c: job_queries.find(c, wanted)) if wanted else []

    async def with_result(self, path: Path, size: int) -> list[Job]:
        """Return finished jobs whose result is this file, or has its size (it may have been moved); newest first."""
        keys = self.keys_of(path)
        at = f"state = 'done' AND result_key IN ({', '.join('?' * len(keys))}) AND result = ?"
        moved = "state = 'done' AND result_digest != '' AND result_bytes = ?"

        def op(connection: SqlConnection) -> list[Job]:
            found = job_queries.jobs(connection, at, *keys, path_bytes(path))[0]
            found += job_queries.jobs(connection, moved, size)[0] if size else []
            unique = {job.id: job for job in found}
            return sorted(unique.values(), key=lambda job: job.changed_at, reverse=True)

        return await self._read(op)

    async def judge(self, job_id: str, verdict: Verdict) -> None:
        """Note what the user thinks of the result of a final job that nobody else is about to save."""
        statement = "UPDATE jobs SET verdict = ? WHERE id = ?"
        await self._write(lambda c: c.execute(statement, (verdict.value, job_id)), is_owned=True)

    async def save_copies(self, job: Job) -> None:
        """Write the copies and the report of a finished job that nobody else is about to save."""
        await self._write(lambda c: job_queries.save_copies(c, job), is_owned=True)

    async def hide(self, job_ids: Iterable[str]) -> None:
        """Clear those of these jobs that are final from the list: all of them or none."""
        ids = tuple(job_ids)
        await self._write(lambda c: job_queries.hide(c, ids), is_owned=True)

    async def hide_over(self) -> None:
        """Clear all final jobs from the list, except trials."""
        await self._write(job_queries.hide_over, is_owned=True)

    async def added(self) -> int:
        """Return a mark of all that was started until now, for `add`; 0 where one program does all."""
        return 0

    async def add(
        self,
        run: RunRecord,
        jobs: Iterable[Job],
        limits: Sequence[SpendingLimit] = (),
        since: int | None = None,  # noqa: ARG002 where several programs write jobs
    ) -> None:
        """Write a run with all its jobs, or nothing. Raises BudgetError where limits leave no room for all of them.

        Where several programs write jobs, raises OvertakenError if one has started any of the same, by picture and
        recipe, `since` it was looked for (see `added`); None: whatever others do.
        """
        jobs = tuple(jobs)

        await self._write(lambda c: self._write_run(c, run, jobs, limits), is_hard=True, is_owned=True)

    async def adopt(self, run: RunRecord, jobs: Iterable[Job]) -> None:
        """Write jobs that were found at the service, with what they hold or cost there: all of them or none."""
        jobs = tuple(jobs)

        await self._write(lambda c: self._write_found(c, run, jobs), is_hard=True, is_owned=True)

    async def at_service(self, *, but: Collection[str] = ()) -> Known:
        """Return how the jobs are identified at the services, including those cleared from the list.

        `but`: ids of rows that cannot be read; their results can come home only if they count as unknown.
        """
        query = "SELECT remote_id, token, by_source, source_id, state, id, intent_at FROM jobs"
        finals = {state.value for state in JobState if state.is_final}

        def op(connection: SqlConnection) -> Known:
            ids, tokens, uploads, fetched = set[str](), set[str](), set[str](), set[str]()
            for remote_id, token, by_source, source_id, state, job_id, intent_at in connection.execute(query):
                if job_id in but:
                    continue
                if remote_id:
                    ids.add(remote_id)
                    if not intent_at:
                        fetched.add(remote_id)
                elif state in finals:
                    continue  # never accepted, or given up: whatever is there may be recovered
                elif by_source:
                    uploads.add(source_id)
                else:
                    tokens.add(token)
            return Known(frozenset(ids), frozenset(tokens), frozenset(uploads), frozenset(fetched))

        return await self._read(op)

    async def history(self, job_id: str) -> tuple[HistoryLine, ...]:
        """Return all moves of a job, oldest first."""
        query = "SELECT at, from_state, to_state, note FROM history WHERE job_id = ? ORDER BY id"
        return await self._read(lambda c: tuple(HistoryLine(*row) for row in c.execute(query, (job_id,))))

    # -- money and small values -----------------------------------------------------------------------------------

    async def ledger(self) -> tuple[LedgerLine, ...]:
        """Return the ledger of this profile, oldest entry first."""
        return await self._read(ledger.lines)

    async def ledger_of(self, job_ids: Iterable[str]) -> tuple[LedgerLine, ...]:
        """Return the entries of these jobs in the ledger, oldest first."""
        wanted = tuple(job_ids)
        return await self._read(lambda c: ledger.lines_of(c, wanted))

    async def spent_since(self, unit: Unit, start: float, *, is_play: bool, account: Account | None = None) -> int:
        """Return the whole units charged or held since `start` (Unix seconds), from all accounts or from one."""
        return await self._read(lambda c: ledger.spent_since(c, unit, start, is_play=is_play, account=account))

    async def room(self, limits: Sequence[SpendingLimit], unit: Unit, *, is_play: bool, now: float) -> int | None:
        """Return the whole units that limits leave at `now`, as `add` counts them; None without a limit."""
        found = await self._read(lambda c: spending_limits.room(c, limits, unit, is_play=is_play, now=now))
        return None if found is None else found[0]

    async def get_meta(self, key: str) -> str:
        """Return a small value by its key, or ""."""

        def op(connection: SqlConnection) -> str:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
            return str(row[0]) if row else ""

        return await self._read(op)

    async def set_meta(self, key: str, value: str) -> None:
        """Store a small value."""
        await self._write(lambda c: c.execute(SET_META, (key, value)), is_hard=True)


def save_operation(
    job: Job, was: Job, *, is_move: bool, note: str, money: MoneyMove | None
) -> Callable[[SqlConnection], None]:
    """Return what writes a job that was `was` before, as `JobStore.save` says."""

    def op(connection: SqlConnection) -> None:
        if money is not None and money.kind is MoneyKind.RESERVE:
            check_row(connection, was)
        if job.remote_id and job.remote_id != was.remote_id:
            check_remote_id(connection, job)
        if money is not None:
            ledger.apply(connection, job, money)
        connection.execute(SAVE, (*rows.to_row(job), *path_keys.keys_of(job)))
        if job.copies != was.copies:
            job_queries.note_copies(connection, job)
        if is_move:
            add_history(connection, job, was.state.value, note)

    return op


def add_history(connection: SqlConnection, job: Job, came_from: str, note: str) -> None:
    """Write the line of a job's last change of state."""
    connection.execute(
        "INSERT INTO history (job_id, at, from_state, to_state, note) VALUES (?, ?, ?, ?, ?)",
        (job.id, job.changed_at, came_from, job.state.value, rows.text(note)),
    )
