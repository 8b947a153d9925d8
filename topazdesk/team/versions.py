"""Which tables a team's database has, and whether this program is the one for them.

That is asked when it opens it, and again in every transaction that writes.

Who brings a database up to date locks `meta` first (`hold`): it waits for the transactions that have read it, and those
that begin later read what it wrote. So a program of an older version that is still running writes nothing into newer
tables. What it had sent is found by its token, as that of a worker that died.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from procrastinate.schema import SchemaManager
from psycopg import Connection

from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import Code, ProfileLostError
from topazdesk.language import say
from topazdesk.team.connections import no_rights, no_team_there
from topazdesk.team.schema import SCHEMA, STEPS

#: The row of `meta` with the last of the task queue's own migrations that the database has.
QUEUE = "queue"
_MIGRATION = re.compile(r"(\d\d)\.(\d\d)\.(\d\d)_\d\d_\w+\.sql")


class Versions(NamedTuple):
    """The version of our tables, 0 where there are none, and the last migration of the task queue's."""

    schema: int
    queue: str


@cache
def queue_migrations() -> tuple[Path, ...]:
    """Return the migrations of the task queue that this program knows, the oldest first. Blocks."""
    found = Path(SchemaManager.get_migrations_path()).iterdir()
    return tuple(sorted(path for path in found if _MIGRATION.fullmatch(path.name)))


@cache
def own() -> Versions:
    """Return what this program works with."""
    return Versions(len(STEPS), queue_migrations()[-1].stem)


def queue_of_release(release: str) -> str:
    """Return the last migration of the task queue's release, "3.10.0". It must be one that this program knows of."""
    wanted = [int(number) for number in re.findall(r"\d+", release)[:3]]
    return max(
        (path.stem for path in queue_migrations() if [int(each) for each in path.name[:8].split(".")] <= wanted),
        default="",
    )


def found(connection: SqlConnection) -> Versions:
    """Return the versions of the database."""
    query = "SELECT key, value FROM meta WHERE key IN ('version', ?)"
    rows = dict(connection.execute(query, (QUEUE,)).fetchall())
    return Versions(int(rows.get("version", 0)), str(rows.get(QUEUE, "")))


def hold(raw: Connection[Any]) -> None:
    """Wait for the transactions under way, and let no other begin before this one ends."""
    raw.execute("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")


def check(connection: SqlConnection) -> None:
    """Raise ComputerError unless the database has the tables of this program."""
    query = "SELECT has_schema_privilege(oid, 'usage') FROM pg_namespace WHERE nspname = ?"
    row = connection.execute(query, (SCHEMA,)).fetchone()
    if row is None:
        raise no_team_there(SCHEMA)
    if not row[0]:  # to such a user its tables look as if there were none
        raise no_rights(SCHEMA)
    check_still(connection)


def check_still(connection: SqlConnection) -> None:
    """Raise ProfileLostError if the tables are of another version by now. Who writes asks this first."""
    there, here = found(connection), own()
    if there == here:
        return
    details = f"version {there.schema}, this program knows {here.schema}"
    if there.schema == here.schema:
        details = f"task queue {there.queue}, this program knows {here.queue}"
    if there > here:
        raise ProfileLostError(
            "This team uses a newer topazdesk",
            say("Its jobs are safe and were not touched. Update topazdesk on this machine."),
            details=details,
            code=Code.COMPUTER_TEAM_NEWER,
        )
    raise ProfileLostError(
        "This team's database is of an older topazdesk",
        say("Stop its workers, then bring it up to date: topazdesk team init URL"),
        details=details,
        code=Code.COMPUTER_TEAM_OLDER,
    )
