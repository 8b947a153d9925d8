"""Makes a database a team's, and brings one up to date: `topazdesk team init`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import Connection, sql

from topazdesk.engine.database_check import NAME
from topazdesk.engine.path_keys import path_key
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import say
from topazdesk.team import versions
from topazdesk.team.connections import TeamConnection, database_error, host_of, options_of
from topazdesk.team.roots import WRITTEN, Roots, named, needed_text
from topazdesk.team.schema import PATH_KEYS, SCHEMA, STEPS, WRITTEN_ROOTS
from topazdesk.team.team_store import new_name, tell

#: Members of this role may work, and no more: they cannot change the tables or see other schemas.
MEMBERS = "topazdesk_members"
_OLDEST = 130000
#: Jobs whose paths get their keys in one statement.
_AT_ONCE = 10_000
_LOCK = 0x746F70617A  # whoever sets up, alone
#: The row of `meta` with the release of the task queue, by its name.
_RELEASE = "procrastinate"


def init(url: str, *, member: str = "", steps: Sequence[Sequence[str]] = STEPS) -> int:
    """Make the database a team's or bring it to the newest schema; return the version that it had before. Blocks.

    `member`: a user of the database who may work with it from now on; made if there is none. Raises ComputerError,
    UseError.
    """
    host = host_of(url)
    try:
        with psycopg.connect(options_of(url, "init"), autocommit=True) as raw:
            if raw.info.server_version < _OLDEST:
                raise UseError(
                    "This PostgreSQL is too old",
                    "A team needs version 13 or newer.",
                    details=str(raw.info.server_version),
                    code=Code.USE_TEAM_SERVER,
                )
            raw.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            with raw.transaction():
                before = _bring_up(raw, steps)
            _grant(raw, member)
            return before
    except psycopg.Error as error:
        raise database_error(error, host, is_first=True) from error


def _bring_up(raw: Connection[Any], steps: Sequence[Sequence[str]]) -> int:
    connection = TeamConnection(raw, Roots({}))
    has_schema = raw.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.meta",)).fetchone()
    before = 0
    if has_schema is not None and has_schema[0] is not None:
        versions.hold(raw)
        before = versions.found(connection).schema
    if before > len(steps):
        versions.check(connection)
    raw.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
    for number in range(before, len(steps)):
        for statement in steps[number]:
            raw.execute(statement)
        if number + 1 == PATH_KEYS:
            _work_out_path_keys(raw)
        if number + 1 == WRITTEN_ROOTS:
            _work_out_written_roots(raw)
    queue = _bring_up_queue(raw)
    for key, value in (("version", str(len(steps))), (versions.QUEUE, queue), (NAME, new_name())):
        keep = "NOTHING" if key == NAME else "UPDATE SET value = excluded.value"
        raw.execute(f"INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO {keep}", (key, value))  # noqa: S608 our own words
    tell(connection, again=True)  # who is of another version learns that now
    return before


def _work_out_path_keys(raw: Connection[Any]) -> None:
    """Give the jobs that were there before the keys of their paths."""
    with raw.cursor("paths") as found:
        found.execute(f"SELECT rowid, source, result FROM {SCHEMA}.jobs")  # noqa: S608 our own name
        while some := found.fetchmany(_AT_ONCE):
            numbers = [row[0] for row in some]
            sources = [path_key(row[1]) for row in some]
            results = [None if row[2] is None else path_key(row[2]) for row in some]
            raw.execute(
                f"UPDATE {SCHEMA}.jobs SET source_key = given.source_key, result_key = given.result_key FROM "  # noqa: S608
                "unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS given (number, source_key, result_key) "
                "WHERE rowid = given.number",
                (numbers, sources, results),
            )


def _work_out_written_roots(raw: Connection[Any]) -> None:
    """Note of the jobs that were there before in which of their roots they write."""
    with raw.cursor("jobs_before") as found:
        found.execute(f"SELECT rowid, roots, source, recipe FROM {SCHEMA}.jobs WHERE roots != ''")  # noqa: S608 our own name
        while some := found.fetchmany(_AT_ONCE):
            raw.execute(
                f"UPDATE {SCHEMA}.jobs SET roots = given.roots FROM unnest(%s::bigint[], %s::text[]) "  # noqa: S608
                "AS given (number, roots) WHERE rowid = given.number",
                ([row[0] for row in some], [_with_written(*row[1:]) for row in some]),
            )
    raw.execute(f"INSERT INTO {SCHEMA}.root_sets SELECT DISTINCT roots FROM {SCHEMA}.jobs ON CONFLICT DO NOTHING")  # noqa: S608


def _with_written(roots: str, source: bytes, recipe: str) -> str:
    """Return a job's roots with `!` behind that of its folder for results, which is the picture's where it has none."""
    try:
        folder = str(json.loads(recipe)["output"]["folder"])
    except (ValueError, KeyError, TypeError):
        folder = ""
    written = (folder or os.fsdecode(source)).partition(":/")[0]
    names = [name for name, _ in named(roots)]
    return needed_text({name: WRITTEN if name == written or len(names) == 1 else "" for name in names})


def _bring_up_queue(raw: Connection[Any]) -> str:
    """Make the tables of the task queue, or bring them up by its own migrations; return the last that they have."""
    newest = versions.own().queue
    rows: dict[str, str] = dict(
        raw.execute("SELECT key, value FROM meta WHERE key IN (%s, %s)", (_RELEASE, versions.QUEUE)).fetchall()
    )
    if _RELEASE not in rows:
        raw.execute(SchemaManager.get_schema())
    else:
        there = rows.get(versions.QUEUE) or versions.queue_of_release(rows[_RELEASE])
        if there > newest:
            raise ComputerError(
                say("The team's task queue is of another version: {there}, here {here}", there=there, here=newest),
                "Use the newest topazdesk that a machine of the team has.",
                code=Code.COMPUTER_TEAM_NEWER,
            )
        for migration in versions.queue_migrations():
            if migration.stem > there:
                raw.execute(migration.read_text(encoding="utf-8").encode())
    raw.execute(
        "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (_RELEASE, metadata.version(_RELEASE)),
    )
    return newest


def _grant(raw: Connection[Any], member: str) -> None:
    """Give the role of members the least rights that work, and the role to `member`."""
    group, schema = sql.Identifier(MEMBERS), sql.Identifier(SCHEMA)
    with suppress(psycopg.errors.DuplicateObject):
        raw.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(group))
    for statement in (
        "GRANT USAGE ON SCHEMA {schema} TO {group}",
        "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {group}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {group}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {group}",
        # What is done with is deleted from the task queue; no job, no line of the ledger ever is.
        "GRANT DELETE ON procrastinate_jobs, procrastinate_events TO {group}",
        "GRANT DELETE ON procrastinate_workers, procrastinate_periodic_defers, machines TO {group}",
    ):
        raw.execute(sql.SQL(statement).format(schema=schema, group=group))
    if member:
        with suppress(psycopg.errors.DuplicateObject):
            raw.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(member)))
        raw.execute(sql.SQL("GRANT {} TO {}").format(group, sql.Identifier(member)))
