"""Whether a team's database is still where it was when its queue was last looked up at the services.

A restored database is another one for PostgreSQL, although all its rows say otherwise: another cluster, another branch
of its log, other tables, or at least a server that was started since. That is its place. Each account notes for which
place its queue was looked up (`verified`); in any other none of its submits may begin. So whoever restores a database,
by whatever means, finds it looking at the services before it pays anything.
"""

from __future__ import annotations

import json
from typing import Any

from topazdesk.domain.job import JobError
from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import Code
from topazdesk.language import say

#: Cluster, branch of the log, database and table of jobs; and, behind the @, the life of the server.
PLACE = (
    "(SELECT s.system_identifier || '.' || k.timeline_id || '.' || d.oid || '.' || 'topazdesk.jobs'::regclass::oid || "
    "'@' || extract(epoch FROM pg_postmaster_start_time()) FROM pg_control_system() s, pg_control_checkpoint() k, "
    "pg_database d WHERE d.datname = current_database())"
)
_RESTORED, _FROM = "restored", "restored_from"


def is_another_line(verified: str, place: str) -> bool:
    """Tell whether a place is more than a later start of the server in which an account was verified."""
    return bool(verified) and verified.partition("@")[0] != place.partition("@")[0]


def place_of(connection: SqlConnection) -> str:
    """Return where the database is now."""
    return str(connection.execute(f"SELECT {PLACE}").fetchone()[0])


def restored(connection: SqlConnection) -> JobError | None:
    """Return how it was noticed that the database is older than what was sent; None if that is not so, or over."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_RESTORED,)).fetchone()
    return None if row is None or not row[0] else JobError(*json.loads(row[0]))


def flag(connection: SqlConnection, details: str) -> None:
    """Note for all machines that the database is older than what was sent: nothing begins before it was looked up."""
    if restored(connection) is not None:
        return
    words = (
        Code.COMPUTER_TEAM_RESTORED,
        say("The team's database may be older than what was sent"),
        say(
            "It was restored from a backup, moved, or lost its last changes. Nothing is sent until the services were "
            "asked what they have already, which takes up to an hour; paid results are fetched. “Recover results” "
            "(topazdesk jobs recover) then gets what this database does not know. Whoever is sure that nothing was "
            "sent since: topazdesk team accept"
        ),
        details,
    )
    _set(connection, _RESTORED, json.dumps(words))
    newest = connection.execute("SELECT at FROM history ORDER BY id DESC LIMIT 1").fetchone()
    _set(connection, _FROM, str(0.0 if newest is None else newest[0]))
    connection.execute("UPDATE accounts SET verified = ''")


def accept(connection: SqlConnection) -> None:
    """Take the database as it is, because a user says that nothing of its queue was sent already."""
    connection.execute(f"UPDATE accounts SET verified = {PLACE}")  # noqa: S608 our own words
    _set(connection, _RESTORED, "")


def verify(connection: SqlConnection, account: str, place: str, lost: int) -> None:
    """Note that an account's queue was looked up, for the place in which that was begun, and how many results at the
    service no job knows. The last one with work to do says that it is over."""
    connection.execute("UPDATE accounts SET verified = ?, lost = ? WHERE account = ?", (place, lost, account))
    query = (
        "SELECT 1 FROM accounts WHERE verified != ? AND EXISTS (SELECT 1 FROM jobs WHERE jobs.account = "
        "accounts.account AND state IN ('queued', 'waiting', 'preparing')) LIMIT 1"
    )
    if restored(connection) is not None and connection.execute(query, (place,)).fetchone() is None:
        _set(connection, _RESTORED, "")


def restored_from(connection: SqlConnection) -> float:
    """Return how far the database went when it was noticed that it is older than what was sent, in Unix seconds."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_FROM,)).fetchone()
    return 0.0 if row is None else float(row[0])


def _set(connection: SqlConnection, key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def look_of(connection: SqlConnection, account: str) -> tuple[str, str, Any]:
    """Return the place, the one that an account was verified in, and how it was noticed that that is not enough."""
    row = connection.execute(f"SELECT {PLACE}, verified FROM accounts WHERE account = ?", (account,)).fetchone()  # noqa: S608
    return (str(row[0]), str(row[1]), restored(connection)) if row is not None else (place_of(connection), "", None)
