"""The jobs of a team, in PostgreSQL. Many programs write them at once, so every write is checked against the row.

Every operation may be done twice, as an answer to a commit can be lost with the connection: a job that stands as it is
to be written is written already, and a run that is there was added already.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from topazdesk.disk.names import path_bytes
from topazdesk.domain.account import Account
from topazdesk.domain.day_limit import DayLimit
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.spending_limit import SpendingLimit
from topazdesk.engine import job_queries, ledger, path_keys, rows
from topazdesk.engine.database_owner import check_remote_id
from topazdesk.engine.job_store import (
    SET_META,
    JobStore,
    NotYetError,
    OvertakenError,
    RowChangedError,
    RunRecord,
    add_history,
)
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.path_keys import path_key
from topazdesk.engine.policy import Policy
from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import Code, ComputerError, ProfileLostError, UseError
from topazdesk.team import accounts, lineage, versions
from topazdesk.team.connections import Connections
from topazdesk.team.memory import TeamMemory
from topazdesk.team.roots import WRITTEN
from topazdesk.team.schema import CHANNEL, FINAL, WORKING

T = TypeVar("T")
#: The number of the lock under which jobs are added: "adding".
_ADDING = 0x616464696E67
#: Threads that ask the database at once.
_THREADS = 8
#: Ids in one notification: PostgreSQL takes 8,000 bytes.
_IDS_AT_ONCE = 150
_COLUMNS = ", ".join(rows.COLUMNS)
_MORE = (*path_keys.COLUMNS, "account", "roots", "started_on", "worked_on")
_INSERT = (
    f"INSERT INTO jobs ({_COLUMNS}, {', '.join(_MORE)}) "  # noqa: S608 our own names
    f"VALUES ({', '.join('?' * (len(rows.COLUMNS) + len(_MORE)))})"
)


class _OlderError(Exception):
    """The database lacks what this machine has seen in it."""


class TeamStore(JobStore):
    """The jobs of a team. `machine` is this one's name, `memory` what it knows of the database from earlier times;
    `policy` has the places of an account."""

    is_shared = True

    def __init__(
        self,
        connections: Connections,
        machine: str,
        policy: Policy | None = None,
        *,
        memory: TeamMemory | None = None,
        executor: ThreadPoolExecutor | None = None,
    ) -> None:
        """Use these connections. With an `executor` all belong to another store, which closes them."""
        self.connections = connections
        self.machine = machine
        self.roots = connections.roots
        self.policy = policy or Policy()
        self._memory = memory or TeamMemory()
        self._is_beside = executor is not None
        self._executor = executor or ThreadPoolExecutor(_THREADS, thread_name_prefix="topazdesk-team")
        self.machine_key = _key(machine)
        self._closed = False
        #: What this program calls itself in what it tells: it need not read again what it has written.
        self.teller = secrets.token_hex(4)
        #: By which mark the folder of each root is known; see `root_marks`.
        self.marks: dict[str, str] = {}
        #: Called on the loop when the tables turn out to be those of another version of the program.
        self.lost: Callable[[ProfileLostError], None] = lambda _: None

    @classmethod
    async def open(
        cls, connections: Connections, machine: str, policy: Policy | None = None, memory: TeamMemory | None = None
    ) -> TeamStore:
        """Open a team's database.

        Raises ComputerError when it cannot be reached, is none of this program's, or not the one that was there before.
        """
        store = cls(connections, machine, policy, memory=memory)
        try:
            connections.expected = store._memory.name
            await store._read(versions.check)
            await store.remember()
            connections.expected = store._memory.name
            await store.load_marks()
        except BaseException:
            await store.close()
            raise
        return store

    def beside(self) -> TeamStore:
        """Return the store of another engine in this program: each hears what the other writes."""
        made = TeamStore(self.connections, self.machine, self.policy, memory=self._memory, executor=self._executor)
        made.marks = dict(self.marks)
        return made

    async def claim(self) -> None:
        """Do nothing: a team's jobs have no single owner."""

    async def check(self) -> ComputerError | None:
        """Return None: the server looks after its files itself."""
        return None

    async def close(self) -> None:
        """Finish what was asked for, then close all connections."""
        if not self._closed:
            self._closed = True
            if self._is_beside:
                return
            self.connections.close()
            await asyncio.to_thread(self._executor.shutdown)
            self._memory.close()

    async def _read(self, op: Callable[[SqlConnection], T]) -> T:
        return await self._run(op, writes=False)

    async def _write(self, op: Callable[[SqlConnection], T], *, is_hard: bool = False, is_owned: bool = False) -> T:  # noqa: ARG002 every commit is on disk, and nobody owns the jobs
        def work(connection: SqlConnection) -> T:
            versions.check_still(connection)
            return op(connection)

        return await self._run(work, writes=True)

    async def check_version(self) -> None:
        """Raise ProfileLostError if the tables are of another version by now."""
        await self._read(versions.check_still)

    def _look_up(self, op: Callable[[SqlConnection], T]) -> T:
        self._check_open()
        return self._executor.submit(lambda: self._ask(op, writes=False)).result()

    async def _run(self, op: Callable[[SqlConnection], T], *, writes: bool) -> T:
        self._check_open()
        try:
            return await asyncio.wrap_future(self._executor.submit(lambda: self._ask(op, writes=writes)))
        except ProfileLostError as error:
            self.lost(error)
            raise

    def _ask(self, op: Callable[[SqlConnection], T], *, writes: bool) -> T:
        try:
            return self.connections.run(op, writes=writes)
        except ComputerError as error:
            if error.code in (Code.COMPUTER_TEAM_FAULT, Code.COMPUTER_TEAM_NONE):
                self.connections.run(versions.check, writes=False)  # its tables may have changed: that is said then
            raise

    def _check_open(self) -> None:
        if self._closed:
            raise ComputerError("The job list is closed", "Start topazdesk again.", code=Code.COMPUTER_DATABASE_CLOSED)

    # -- writing a job ---------------------------------------------------------------------------------------------

    async def added(self) -> int:
        """Return the last line of the history, once nobody is about to write a job with an earlier one."""

        def op(connection: SqlConnection) -> int:
            connection.execute("SELECT pg_advisory_xact_lock_shared(?)", (_ADDING,))
            return int(connection.execute("SELECT coalesce(max(id), 0) FROM history").fetchone()[0])

        return await self._read(op)

    async def add(
        self,
        run: RunRecord,
        jobs: Iterable[Job],
        limits: Sequence[SpendingLimit] = (),
        since: int | None = None,
    ) -> None:
        """Write a run with all its jobs, or nothing, and tell the team. Raises as the base does, and UseError.

        UseError: a picture or a folder is in no root of this machine. Machines do so one after the other: of two that
        start the same picture at once the second sees the first, and limits hold for both.
        """
        jobs = tuple(jobs)

        def op(connection: SqlConnection) -> None:
            connection.execute("SELECT pg_advisory_xact_lock(?)", (_ADDING,))
            if has_run(connection, run.id):
                return
            if since is not None and not _started_since(connection, since).isdisjoint(_wishes(jobs)):
                raise OvertakenError
            self._add(connection, run, jobs, limits)

        await self._write(op)

    async def adopt(self, run: RunRecord, jobs: Iterable[Job]) -> None:
        """Write jobs that were found at the service, and tell the team."""
        jobs = tuple(jobs)
        await self._write(lambda c: None if has_run(c, run.id) else self._adopt(c, run, jobs))

    def _add(
        self, connection: SqlConnection, run: RunRecord, jobs: Sequence[Job], limits: Sequence[SpendingLimit]
    ) -> None:
        self._write_run(connection, run, jobs, limits)
        tell(connection, jobs=[job.id for job in jobs], new=self.machine)

    def _adopt(self, connection: SqlConnection, run: RunRecord, jobs: Sequence[Job]) -> None:
        self._write_found(connection, run, jobs)
        tell(connection, jobs=[job.id for job in jobs], new=self.machine)

    def _insert(self, connection: SqlConnection, job: Job, note: str) -> None:
        recipe, roots = self.roots.portable_recipe(job.recipe), self._roots_of(job)
        if job.trial is not None:
            raise UseError(
                "A team has no trials",
                "Try models in a profile without a team; then start the picture with the recipe you like best.",
                code=Code.USE_TEAM_TRIAL,
            )
        keys = (self._key(job.source), self._key(job.result))
        values = (*rows.to_row(replace(job, recipe=recipe)), *keys, str(job.account), roots, self.machine, "")
        connection.execute(_INSERT, values)
        connection.execute("INSERT INTO root_sets VALUES (?) ON CONFLICT DO NOTHING", (roots,))
        accounts.ensure(connection, str(job.account), self.policy)
        add_history(connection, job, "", note)

    def _roots_of(self, job: Job) -> str:
        """Return the roots that a machine needs for this job, and which it writes in. Raises UseError."""
        read = [] if job.was_found else [job.source]
        folder = job.recipe.output.folder
        written = [Path(path) for path in (folder, job.target) if path]
        return self.roots.needed(read, written or read)

    def needs(self, job: Job) -> str:
        """Return the roots that a step of this job needs. Never raises: a path in none is of no root."""
        try:
            return self._roots_of(job)
        except UseError:
            return ""

    # -- the marks of roots ----------------------------------------------------------------------------------------

    async def load_marks(self) -> None:
        """Read by which mark each root of the team is known."""
        query = "SELECT name, mark FROM roots"
        self.marks = await self._read(lambda c: {str(name): str(mark) for name, mark in c.execute(query).fetchall()})

    async def claim_root(self, name: str, mark: str) -> None:
        """Have a root known by a mark, unless it has one, and read all marks."""
        await self._mark(name, mark, "NOTHING")

    async def move_root(self, name: str, mark: str) -> None:
        """Have a root known by another mark from now on: it is another folder."""
        await self._mark(name, mark, "UPDATE SET mark = excluded.mark, made_on = excluded.made_on")

    async def _mark(self, name: str, mark: str, otherwise: str) -> None:
        statement = f"INSERT INTO roots VALUES (?, ?, ?) ON CONFLICT (name) DO {otherwise}"  # noqa: S608 our own words

        def op(connection: SqlConnection) -> None:
            connection.execute(statement, (name, mark, self.machine))
            tell(connection, roots=True)

        await self._write(op)
        await self.load_marks()

    async def is_written_elsewhere(self, name: str) -> bool:
        """Tell whether another machine that worked for the team could write in a root when it was last heard of."""
        query = "SELECT 1 FROM machines WHERE name != ? AND ? = ANY(string_to_array(roots, '+')) LIMIT 1"
        asked = (self.machine, f"{name}{WRITTEN}")
        return await self._read(lambda c: c.execute(query, asked).fetchone() is not None)

    async def marked_on(self, name: str) -> str:
        """Return the machine that a root was given its mark on, "" for none."""
        row = await self._read(lambda c: c.execute("SELECT made_on FROM roots WHERE name = ?", (name,)).fetchone())
        return "" if row is None else str(row[0])

    async def save(
        self, job: Job, was: Job, *, is_move: bool = True, note: str = "", money: MoneyMove | None = None
    ) -> None:
        """Write a job that was `was` before, and tell the team; see the base."""
        is_intent = money is not None and money.kind is MoneyKind.RESERVE
        try:
            await self._write(lambda c: self._save(c, job, was, is_move=is_move, note=note, money=money))
        except _OlderError as error:
            await self.flag_restored(str(error))
            raise NotYetError("the database is older than this machine remembers") from error
        if is_intent:  # it is remembered here, too, before the first byte leaves
            await self._read(lambda c: self._memory.note(c, job.id))

    async def remember(self) -> None:
        """Compare the database with what this machine remembers of it, tell the team if it is older, and remember it
        as it is now."""
        if lacks := await self._read(self._memory.compare):
            await self.flag_restored(lacks)

    async def flag_restored(self, details: str) -> None:
        """Tell the team that the database is older than what was sent; see `lineage`."""
        said = f"{self.machine}: {details}"

        def work(connection: SqlConnection) -> None:
            lineage.flag(connection, said)
            tell(connection, accounts=True)

        await self._write(work)
        await self._read(self._memory.note)

    def _save(
        self, connection: SqlConnection, job: Job, was: Job, *, is_move: bool, note: str, money: MoneyMove | None
    ) -> None:
        found = connection.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ? FOR UPDATE", (job.id,)).fetchone()  # noqa: S608
        if found is None:
            raise ComputerError(
                "The job is not in the team's database any more",
                "It was restored from a backup, or another database has this name now.",
                details=job.id,
                code=Code.COMPUTER_TEAM_NO_JOB,
            )
        current = rows.from_values(list(found))
        has, wanted = _facts(current), _facts(job)
        if has != _facts(was):
            if has == wanted:
                return  # written already, by the try whose answer was lost
            raise RowChangedError(current)
        if job.remote_id and job.remote_id != was.remote_id:
            check_remote_id(connection, job)
        if job.state is JobState.PREPARING and is_move:
            accounts.check_verified(connection, str(job.account))
        if money is not None:
            if money.kind is MoneyKind.RESERVE:
                if lacks := self._memory.contradiction(connection):
                    raise _OlderError(lacks)
                accounts.may_begin(connection, job, money, self.policy)
            ledger.apply(connection, job, money)
        self._update(connection, job, rows.to_row(current), is_move=is_move)
        if is_move:
            add_history(connection, job, was.state.value, note)
        more = {"on": self.machine} if is_move else {}
        tell(connection, jobs=[job.id], by=self.teller, state=job.state.value, **more)

    def _update(self, connection: SqlConnection, job: Job, before: Sequence[object], *, is_move: bool) -> None:
        after = list(rows.to_row(job))
        changed = {name: after[place] for place, name in enumerate(rows.COLUMNS) if after[place] != before[place]}
        if "recipe" in changed:
            changed["recipe"] = rows.recipe_text(self.roots.portable_recipe(job.recipe))
        if "result" in changed:
            changed["result_key"] = self._key(job.result)
        if is_move:
            changed["worked_on"] = self.machine
        if changed:
            marks = ", ".join(f"{name} = ?" for name in changed)
            connection.execute(f"UPDATE jobs SET {marks} WHERE id = ?", (*changed.values(), job.id))  # noqa: S608
        if "copies" in changed:
            job_queries.note_copies(connection, job)

    def _key(self, path: Path | None) -> int | None:
        return None if path is None else path_key(self.roots.portable(path_bytes(path)))

    def keys_of(self, path: Path) -> Sequence[int]:
        """Return the keys by which the team may know a path: roots may lie in each other."""
        return tuple(path_key(name) for name in self.roots.names_of(path_bytes(path)))

    def save_soon(self, job: Job, was: Job, note: str = "") -> None:
        """Raise an error: a team has no light states."""
        raise NotImplementedError

    async def set_meta(self, key: str, value: str) -> None:
        """Store a small value, and tell the team."""
        await super().set_meta(key, value)
        await self._write(lambda c: tell(c, accounts=True))

    # -- the account -----------------------------------------------------------------------------------------------

    async def of_account(self, op: Callable[[SqlConnection], None]) -> None:
        """Change an account, and tell the team."""

        def work(connection: SqlConnection) -> None:
            op(connection)
            tell(connection, accounts=True)

        await self._write(work)

    async def of_places(self, op: Callable[[SqlConnection], bool]) -> None:
        """Change the places of an account, and tell its keeper if `op` says that there are others now."""

        def work(connection: SqlConnection) -> None:
            if op(connection):
                tell(connection, places=True)

        await self._write(work)

    async def now(self) -> float:
        """Return the time by the database's clock, as it is when the answer is here."""

        def op(connection: SqlConnection) -> float:
            before = time.monotonic()
            there = accounts.now(connection)
            return there + (time.monotonic() - before) / 2

        return await self._read(op)

    async def kept(self, account: Account) -> list[Job]:
        """Return the jobs of an account that are at the service or may be, and those that share uploads with them."""

        def op(connection: SqlConnection) -> list[Job]:
            at = "state IN ('running', 'cancelling', 'doubtful')"
            found, _ = job_queries.jobs(connection, f"account = ? AND state IN {WORKING} AND {at}", str(account))
            groups = {job.upload_group for job in found if job.state is JobState.DOUBTFUL and job.upload_group}
            mates = job_queries.sharing(connection, sorted(groups)) if groups else []
            return list({job.id: job for job in (*mates, *found)}.values())

        return await self._read(op)

    async def other_keys(self) -> Sequence[str]:
        """Return the keys of all other machines that ever worked for the team, and that of a profile's part files."""
        names = await self._read(lambda c: [str(name) for (name,) in c.execute("SELECT name FROM machines").fetchall()])
        return ["", *(_key(name) for name in names if name != self.machine)]

    keeps_waits = True

    async def waited(self, job: Job, what: str) -> float:
        """Return for how many seconds keepers have waited for `what`, one after the other."""
        return await self._read(lambda c: _waited(c, job, what))

    async def note_wait(self, job: Job, what: str, before: float, now: float) -> float:
        """Note how long was waited; see the base. Two that hold themselves for the keeper do not count both."""

        def op(connection: SqlConnection) -> float:
            connection.execute(
                "INSERT INTO doubts VALUES (?, ?, ?, ?) ON CONFLICT (job_id, what) DO UPDATE "
                "SET intent_at = excluded.intent_at, waited_s = excluded.waited_s "
                "WHERE doubts.intent_at < excluded.intent_at "
                "OR (doubts.intent_at = excluded.intent_at AND doubts.waited_s = ?)",
                (job.id, what, job.intent_at, now, before),
            )
            return _waited(connection, job, what)

        return await self._write(op)

    async def verified(self, account: Account, place: str, lost: int, *, as_noticed: JobError | None) -> bool:
        """Let an account's submits begin, as its queue was looked up; False where something was noticed meanwhile."""

        def op(connection: SqlConnection) -> bool:
            if lineage.restored(connection) != as_noticed:
                return False
            lineage.verify(connection, str(account), place, lost)
            tell(connection, accounts=True)
            return True

        return await self._write(op)

    async def accept(self) -> None:
        """Let all submits begin, as somebody says that nothing of the queue was sent already."""
        await self.of_account(lineage.accept)

    async def queued(self, account: Account) -> list[Job]:
        """Return the jobs of an account that are in the queue, as their rows say, and those that share uploads with
        them."""

        def op(connection: SqlConnection) -> list[Job]:
            found: list[Job] = []
            for condition in ("state = 'queued'", "state = 'waiting' AND coalesce(resume_to, 'queued') = 'queued'"):
                found += job_queries.jobs(connection, f"account = ? AND {condition}", str(account))[0]
            mates = job_queries.sharing(connection, sorted({job.upload_group for job in found}))
            return list({job.id: job for job in (*mates, *found)}.values())

        return await self._read(op)

    async def is_any_prepared(self, account: Account) -> bool:
        """Tell whether a job of an account is being prepared, or was when its worker ended."""
        query = f"SELECT 1 FROM jobs WHERE account = ? AND state = 'preparing' AND state IN {WORKING} LIMIT 1"  # noqa: S608
        return await self._read(lambda c: c.execute(query, (str(account),)).fetchone() is not None)

    async def forget_machine(self) -> None:
        """Take this machine off the list of those that work."""
        await self._write(
            lambda c: c.execute("UPDATE machines SET uploads = 0, downloads = 0 WHERE name = ?", (self.machine,))
        )

    async def cap_day(self, account: Account, credits: int | None) -> None:
        """Limit what all machines together may spend from an account a day; None for no limit."""

        def op(connection: SqlConnection) -> None:
            accounts.ensure(connection, str(account), self.policy)
            accounts.cap_day(connection, str(account), credits)

        await self.of_account(op)

    async def day_cap(self, account: Account) -> int | None:
        """Return the limit of an account a day, None for none."""
        query = "SELECT day_cap FROM accounts WHERE account = ?"
        row = await self._read(lambda c: c.execute(query, (str(account),)).fetchone())
        return None if row is None or row[0] is None else int(row[0])

    async def day_limit(self, account: Account) -> DayLimit | None:
        """Return the limit of an account a day and what all machines have spent of it; None where there is none."""
        return await self._read(lambda c: accounts.day_limit(c, account))

    async def left_behind(self) -> tuple[int, int]:
        """Count the unfinished jobs that this machine started: those not sent yet, and the others."""
        query = (
            "SELECT count(*) FILTER (WHERE state IN ('queued', 'preparing') "  # noqa: S608 our own words
            "OR (state = 'waiting' AND coalesce(resume_to, 'queued') = 'queued')), count(*) FROM jobs "
            f"WHERE started_on = ? AND state NOT IN {FINAL}"
        )
        unsent, all_open = await self._read(lambda c: c.execute(query, (self.machine,)).fetchone())
        return int(unsent), int(all_open) - int(unsent)

    async def whereabouts(self, job_id: str) -> tuple[str, str]:
        """Return the names of the machines that started a job and that moved it last; "" where nobody did."""
        query = "SELECT started_on, worked_on FROM jobs WHERE id = ?"
        row = await self._read(lambda c: c.execute(query, (job_id,)).fetchone())
        return ("", "") if row is None else (str(row[0]), str(row[1]))

    async def places(self, job_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return for each of these jobs what `whereabouts` does."""
        query = "SELECT id, started_on, worked_on FROM jobs WHERE id = ANY(?)"
        rows_found = await self._read(lambda c: c.execute(query, (list(job_ids),)).fetchall())
        return {str(job_id): (str(started), str(worked)) for job_id, started, worked in rows_found}

    async def pause_by(self, machine: str) -> None:
        """Pause the queue for the whole team, as somebody at this machine wants; "" lets it go on."""

        def op(connection: SqlConnection) -> None:
            for key, value in ((accounts.PAUSED_BY_USER, "user" if machine else ""), (accounts.PAUSED_ON, machine)):
                connection.execute(SET_META, (key, value))

        await self.of_account(op)

    async def tell_progress(
        self,
        progress: Sequence[tuple[str, str, float, float | None]],
        balances: Mapping[str, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        """Tell the team how far jobs are: id, state, percent, and when they will be done; and what accounts have.

        Nothing of it is stored.
        """

        more = {"balances": dict(balances)} if balances else {}

        def op(connection: SqlConnection) -> None:
            for first in range(0, max(1, len(progress)), _IDS_AT_ONCE // 2):
                said = json.dumps({"progress": progress[first : first + _IDS_AT_ONCE // 2], **more})
                connection.execute("SELECT pg_notify(?, ?)", (CHANNEL, said))

        await self._read(op)  # not a write: it needs no transaction

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._closed


def _facts(job: Job) -> tuple[object, ...]:
    """Return what makes two versions of a job one; how far it is at the service is known to its keeper only.

    Once through a row and back: 2 and 2.0 are the same there.
    """
    stored = rows.to_row(replace(job, percent=0.0, remote_eta=None))
    return rows.to_row(rows.from_values(list(stored)))


def _key(machine: str) -> str:
    """Return what stands for a machine in the name of a file."""
    return hashlib.sha256(machine.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _waited(connection: SqlConnection, job: Job, what: str) -> float:
    query = "SELECT waited_s FROM doubts WHERE job_id = ? AND what = ? AND intent_at = ?"
    row = connection.execute(query, (job.id, what, job.intent_at)).fetchone()
    return 0.0 if row is None else float(row[0])


def _wishes(jobs: Iterable[Job]) -> set[tuple[Path | int, str]]:
    """Return what jobs want of which pictures: of a file, and of any file as long, which may have the same content."""
    return {(picture, job.recipe.digest_of_any_format) for job in jobs for picture in (job.source, job.source_bytes)}


def _started_since(connection: SqlConnection, since: int) -> set[tuple[Path | int, str]]:
    columns = ", ".join(f"jobs.{name}" for name in rows.COLUMNS)
    query = (
        f"SELECT {columns} FROM history JOIN jobs ON jobs.id = history.job_id WHERE history.id > ? AND from_state = ''"  # noqa: S608
    )
    return _wishes(rows.from_values(list(row)) for row in connection.execute(query, (since,)).fetchall())


def has_run(connection: SqlConnection, run_id: str) -> bool:
    """Tell whether a run is there already."""
    return connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is not None


def tell(connection: SqlConnection, *, jobs: Sequence[str] = (), **more: Any) -> None:
    """Tell all machines what the transaction changes, once it is committed."""
    for first in range(0, max(1, len(jobs)), _IDS_AT_ONCE):
        said = json.dumps({"jobs": list(jobs[first : first + _IDS_AT_ONCE]), **more})
        connection.execute("SELECT pg_notify(?, ?)", (CHANNEL, said))


def new_name() -> str:
    """Return the random name of a new job list."""
    return secrets.token_hex(16)
