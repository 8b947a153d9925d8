"""How a team stands, in few statements that touch no job that is over."""

from __future__ import annotations

from typing import Any, NamedTuple

from topazdesk.domain.job import JobError, JobState
from topazdesk.engine.sql import SqlConnection
from topazdesk.team import accounts, lineage, versions
from topazdesk.team.accounts import AccountState
from topazdesk.team.dispatch import machines_of
from topazdesk.team.schema import FINAL
from topazdesk.team.team_store import TeamStore

_NEEDED = (
    "SELECT roots FROM root_sets WHERE EXISTS "
    "(SELECT 1 FROM jobs WHERE state = 'queued' AND jobs.roots = root_sets.roots) ORDER BY roots"
)


class TeamStatus(NamedTuple):
    """Unfinished jobs by state, accounts, machines (the latest seen first), and the version of the schema.

    `paused_on`: the machine on which somebody paused the queue, "" for one that is not known.
    """

    jobs: dict[JobState, int]
    accounts: tuple[AccountState, ...]
    machines: list[tuple[Any, ...]]
    is_paused: bool
    paused_on: str
    version: int
    restored: JobError | None  # how it was noticed that the database may be older than what was sent
    #: The roots that jobs in the queue need together (see `roots.named`), of all that were ever needed.
    needed: tuple[str, ...] = ()


async def machines(store: TeamStore) -> list[tuple[Any, ...]]:
    """Return the machines alone, in one statement. Raises ComputerError."""
    return await store._read(lambda c: [tuple(row) for row in machines_of(c)])  # noqa: SLF001 a query of the team's own


async def read(store: TeamStore) -> TeamStatus:
    """Return how the team stands. Raises ComputerError."""

    def op(connection: SqlConnection) -> TeamStatus:
        query = f"SELECT state, count(*) FROM jobs WHERE state NOT IN {FINAL} GROUP BY state ORDER BY state"  # noqa: S608
        jobs = {JobState(state): int(number) for state, number in connection.execute(query).fetchall()}
        found = accounts.accounts(connection, store.policy)
        by = accounts.paused_on(connection)
        known = [tuple(row) for row in machines_of(connection)]
        version = versions.found(connection).schema
        return TeamStatus(
            jobs,
            tuple(found.values()),
            known,
            by is not None,
            by or "",
            version,
            lineage.restored(connection),
            tuple(str(roots) for (roots,) in connection.execute(_NEEDED).fetchall()),
        )

    return await store._read(op)  # noqa: SLF001 a query of the team's own
