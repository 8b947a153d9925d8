"""Which steps may be done now: asked by the keeper of an account, in statements that touch no job that is over.

That a submit may really begin is decided later, in the transaction that lets it (`accounts.may_begin`); here it is only
worked out who is called to try.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from topazdesk.domain.job import JobState
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.engine.policy import Policy
from topazdesk.engine.sql import SqlConnection
from topazdesk.team import accounts
from topazdesk.team.lineage import PLACE
from topazdesk.team.queue import Step
from topazdesk.team.schema import IN_STEP, WORKING
from topazdesk.team.team_store import tell

#: Results waiting for their download: no more is bought while a disk is full.
_BACKLOG = 50
#: Downloads and cancels that are put into the queue at once.
_MOST = 200
_NOT_IN_QUEUE = (
    "NOT EXISTS (SELECT 1 FROM procrastinate_jobs p WHERE p.queueing_lock = {lane} || ':' || jobs.id "
    "AND p.status = 'todo') AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs p WHERE p.lock = jobs.id "
    "AND p.status = 'doing')"
)
_NEXT_WAIT = "SELECT min(not_before) FROM jobs WHERE state = 'waiting' AND account = ?"
_HOW_IT_STANDS = (
    f"SELECT {accounts.NOW}, ({_NEXT_WAIT}), (SELECT value FROM meta WHERE key = '{accounts.PAUSED_BY_USER}'), "  # noqa: S608
    f"places, held_until, paused, verified = {PLACE} FROM (SELECT 1) one LEFT JOIN accounts ON account = ?"
)


class Due(NamedTuple):
    """What may be done now, and in how many seconds time alone brings something new (None: never).

    Unless the account `is_verified`, what is in its queue has to be looked up at its service before any of it is sent.
    """

    steps: list[Step]
    again_s: float | None
    is_verified: bool = True


def due(connection: SqlConnection, account: str, policy: Policy, alive_s: float) -> Due:
    """Let waiting jobs go on whose time has come, and return the steps of an account that may be done."""
    now, next_at, by_user, places, held_until, paused, verified = connection.execute(
        _HOW_IT_STANDS, (account, account)
    ).fetchone()
    if next_at is not None and next_at <= now:
        _wake(connection, account, now)
        next_at = connection.execute(f"SELECT ({_NEXT_WAIT})", (account,)).fetchone()[0]
    is_verified = bool(verified)
    steps = _to_fetch_or_cancel(connection, account)
    waits = [None if next_at is None else max(0.0, next_at - now)]
    if by_user != "user" and places is not None and paused is None and verified:
        if held_until > now:
            waits.append(held_until - now)
        else:
            found, wait = _submits(connection, account, policy, max(1, int(places)), now, alive_s)
            steps += found
            waits.append(wait)
    times = [wait for wait in waits if wait is not None]
    return Due(steps, max(0.0, min(times)) if times else None, is_verified)


def _wake(connection: SqlConnection, account: str, now: float) -> None:
    rows = connection.execute(
        "UPDATE jobs SET state = coalesce(resume_to, 'queued'), resume_to = NULL, changed_at = ? WHERE id IN "
        "(SELECT id FROM jobs WHERE state = 'waiting' AND account = ? AND not_before <= ? FOR UPDATE SKIP LOCKED) "
        "AND state = 'waiting' RETURNING id, state",
        (now, account, now),
    ).fetchall()
    for job_id, state in rows:
        connection.execute(
            "INSERT INTO history (job_id, at, from_state, to_state, note) VALUES (?, ?, 'waiting', ?, '')",
            (job_id, now, state),
        )
    if rows:
        tell(connection, jobs=[row[0] for row in rows])


def _to_fetch_or_cancel(connection: SqlConnection, account: str) -> list[Step]:
    lane = "(CASE state WHEN 'ready' THEN 'fetch' ELSE 'cancel' END)"
    query = (
        f"SELECT {lane}, id, roots, position FROM jobs WHERE account = ? AND state IN ('ready', 'cancelling') "  # noqa: S608
        f"AND state IN {WORKING} AND {_NOT_IN_QUEUE.format(lane=lane)} ORDER BY position LIMIT {_MOST}"
    )
    found = connection.execute(query, (account,)).fetchall()
    return [Step(lane, account, job_id, roots, position) for lane, job_id, roots, position in found]


def _submits(
    connection: SqlConnection, account: str, policy: Policy, places: int, now: float, alive_s: float
) -> tuple[list[Step], float | None]:
    query = "SELECT 1 FROM jobs WHERE account = ? AND state = 'queued' LIMIT 1"
    if connection.execute(query, (account,)).fetchone() is None:
        return [], None  # most of the time
    taken, preparing, backlog = connection.execute(
        f"SELECT count(*) FILTER (WHERE {accounts.takes_place(policy)}), count(*) FILTER (WHERE state = 'preparing'), "  # noqa: S608
        "count(*) FILTER (WHERE state IN ('ready', 'downloading', 'verifying')) FROM jobs "
        f"WHERE account = ? AND state IN {WORKING}",
        (account,),
    ).fetchone()
    if backlog >= _BACKLOG:
        return [], None
    served = _served(connection, account, alive_s)
    # A task for a job that is still in the queue has a place already, if somebody is there to do it.
    query = (
        "SELECT count(*) FROM procrastinate_jobs p JOIN jobs ON jobs.id = p.lock AND jobs.account = ? "
        "AND jobs.state = 'queued' WHERE p.task_name = 'submit' "
        "AND (p.status = 'doing' OR (p.status = 'todo' AND jobs.roots = ANY(?)))"
    )
    called = int(connection.execute(query, (account, served)).fetchone()[0])
    free = places - taken - preparing - called
    if free <= 0:
        return [], None
    is_open, wait = _hours(connection, account, now)
    if not served:
        return [], wait
    query = (
        "SELECT id, roots, position, upload_group FROM jobs WHERE account = ? AND state = 'queued' "  # noqa: S608
        f"AND (hours IS NULL OR hours = ANY(?)) AND roots = ANY(?) AND {_NOT_IN_QUEUE.format(lane=repr('submit'))} "
        "AND (upload_group = '' OR NOT EXISTS (SELECT 1 FROM jobs mate WHERE mate.upload_group = jobs.upload_group "
        "AND mate.upload_group != '' AND mate.state IN ('preparing', 'submitting'))) "
        "ORDER BY position, created_at LIMIT ?"
    )
    found: list[Step] = []
    groups = set()
    for job_id, roots, position, group in connection.execute(query, (account, is_open, served, free)).fetchall():
        if not group or group not in groups:
            groups.add(group)
            found.append(Step("submit", account, job_id, roots, position))
    return found, wait


def _hours(connection: SqlConnection, account: str, now: float) -> tuple[list[str], float | None]:
    """Return the hours of queued jobs that are open now, and for how long the others are not."""
    query = "SELECT DISTINCT hours FROM jobs WHERE account = ? AND state = 'queued' AND hours IS NOT NULL"
    is_open, waits = [], []
    for (stored,) in connection.execute(query, (account,)).fetchall():
        hours = SendingHours.restored(stored)
        if hours.is_open(now):
            is_open.append(stored)
        else:
            waits.append(min(hours.opens_at(now) - now, 30.0))
    return is_open, min(waits, default=None)


def _served(connection: SqlConnection, account: str, alive_s: float) -> list[str]:
    """Return the sets of roots of queued jobs that some living machine with the account's key has all of."""
    machines = [
        set(roots.split("+"))
        for (roots,) in connection.execute(
            "SELECT roots FROM machines WHERE seen_at > now() - make_interval(secs => ?) AND uploads > 0 "
            "AND ? = ANY(string_to_array(accounts, ' '))",
            (alive_s, account),
        ).fetchall()
    ]
    wanted = connection.execute("SELECT roots FROM root_sets").fetchall()
    return [roots for (roots,) in wanted if any(set(filter(None, roots.split("+"))) <= each for each in machines)]


def server_up_s(connection: SqlConnection) -> float:
    """Return for how many seconds the database's server has been up."""
    query = "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::double precision"
    return float(connection.execute(query).fetchone()[0])


def orphans(connection: SqlConnection, account: str, dead_s: float) -> list[tuple[str, JobState]]:
    """Return the jobs in the middle of a step at which no living worker is."""
    query = (
        f"SELECT id, state FROM jobs WHERE account = ? AND state IN {WORKING} AND state IN {IN_STEP} AND NOT EXISTS "  # noqa: S608
        "(SELECT 1 FROM procrastinate_jobs p JOIN procrastinate_workers w ON w.id = p.worker_id WHERE p.lock = jobs.id "
        "AND p.status = 'doing' AND w.last_heartbeat > now() - make_interval(secs => ?))"
    )
    return [(job_id, JobState(state)) for job_id, state in connection.execute(query, (account, dead_s)).fetchall()]


def roots_of(machine: Iterable[str]) -> str:
    """Return the roots of a machine as its row has them, those that it can write once more with `!`."""
    return "+".join(sorted(machine))


def machines_of(connection: SqlConnection) -> Sequence[tuple[object, ...]]:
    """Return all machines that ever worked for the team, the latest seen first."""
    return connection.execute(
        "SELECT name, version, roots, uploads, downloads, trouble, away, clock_ahead, "
        "extract(epoch FROM now() - seen_at)::double precision FROM machines ORDER BY seen_at DESC"
    ).fetchall()
