"""The money of a team, kept in the database: whether an account may begin a submit, and what every machine must heed.

All of it is asked and changed inside transactions, and `may_begin` locks the account's row until its own ends: two
machines can never use the last place, or the last credits of a cap, both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from topazdesk.domain.account import Account
from topazdesk.domain.day_limit import DayLimit, Whose
from topazdesk.domain.job import Job, JobError
from topazdesk.domain.money import Unit
from topazdesk.engine.job_store import NotYetError
from topazdesk.engine.ledger import MoneyMove, spent_since
from topazdesk.engine.policy import Policy
from topazdesk.engine.sql import SqlConnection
from topazdesk.errors import BudgetError, Code
from topazdesk.language import say
from topazdesk.team.lineage import PLACE
from topazdesk.team.schema import AT_SERVICE, WORKING

#: The database's own clock in Unix seconds: those of the machines may be hours apart.
NOW = "extract(epoch FROM clock_timestamp())::double precision"
#: The start of the day, where the database is.
_DAY = "extract(epoch FROM date_trunc('day', clock_timestamp()))::double precision"
#: In the small values: whether somebody paused the queue, and on which machine.
PAUSED_BY_USER, PAUSED_ON = "paused", "paused_on"
_PLACES = f"SELECT places, held_until, paused, day_cap, verified = {PLACE} FROM accounts WHERE account = ?"  # noqa: S608
_UNVERIFIED = say("what is in the queue is looked up at the service first")


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account: its places at the service and how many are taken, until when it is held, and why it is paused.

    `is_verified`: its queue was looked up since the database is where it is. `lost`: so many results at the service no
    job knew then.
    """

    account: Account
    places: int
    taken: int
    held_until: float
    paused: JobError | None
    day_cap: int | None
    keeper: str
    is_verified: bool = True
    lost: int = 0


def place_of_doubt(policy: Policy) -> str:
    """Return the condition for a doubt that may still be at the service, and so takes a place."""
    return f"state = 'doubtful' AND intent_at > {NOW} - {policy.doubt_holds_slot_s:f}"


def takes_place(policy: Policy) -> str:
    """Return the condition for a job that takes a place of its account."""
    return f"(state IN {AT_SERVICE} OR {place_of_doubt(policy)})"


def taken(connection: SqlConnection, account: str, policy: Policy) -> int:
    """Count the jobs that take a place of an account."""
    query = (
        f"SELECT count(*) FROM jobs WHERE account = ? AND state IN {WORKING} "  # noqa: S608 our own words
        f"AND {takes_place(policy)}"
    )
    return int(connection.execute(query, (account,)).fetchone()[0])


def ensure(connection: SqlConnection, account: str, policy: Policy) -> None:
    """Make the row of an account if it is not there yet."""
    statement = "INSERT INTO accounts (account, places) VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(statement, (account, policy.in_flight_first))


def is_paused_by_user(connection: SqlConnection) -> bool:
    """Tell whether somebody paused the team's queue."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (PAUSED_BY_USER,)).fetchone()
    return row is not None and row[0] == "user"


def paused_on(connection: SqlConnection) -> str | None:
    """Return on which machine somebody paused the team's queue, "" for one that is not known; None: nobody did."""
    query = "SELECT key, value FROM meta WHERE key IN (?, ?)"
    found = dict(tuple(row) for row in connection.execute(query, (PAUSED_BY_USER, PAUSED_ON)).fetchall())
    return str(found.get(PAUSED_ON, "")) if found.get(PAUSED_BY_USER) == "user" else None


def may_begin(connection: SqlConnection, job: Job, move: MoneyMove, policy: Policy) -> None:
    """Raise NotYetError unless the account of the job has a free place, is not paused and not held back.

    Raises BudgetError where the team's limit for a day leaves no room. The account is locked until the transaction
    ends.
    """
    account = str(job.account)
    row = connection.execute(f"{_PLACES} FOR UPDATE", (account,)).fetchone()
    if row is None:
        ensure(connection, account, policy)
        row = connection.execute(f"{_PLACES} FOR UPDATE", (account,)).fetchone()
    places, held_until, paused, day_cap, is_verified = row
    if not is_verified:
        raise NotYetError(_UNVERIFIED)
    if is_paused_by_user(connection):
        raise NotYetError("the queue was paused")
    if paused is not None:
        raise NotYetError("its account is paused")
    if held_until > now(connection):
        raise NotYetError("its account is held back")
    if taken(connection, account, policy) >= max(1, int(places)):
        raise NotYetError("all places of its account are taken")
    if day_cap is not None and job.estimate.unit is Unit.CREDIT:
        start = float(connection.execute(f"SELECT {_DAY}").fetchone()[0])
        is_play = job.recipe.service.traits.is_free
        if (
            spent_since(connection, Unit.CREDIT, start, is_play=is_play, but=job.id, account=job.account) + move.credits
            > day_cap
        ):
            raise BudgetError(
                say("Your team's daily limit is reached"),
                say("The queue waits; raise the limit, or go on tomorrow."),
                code=Code.ACCOUNT_TEAM_CAP,
            )


def day_limit(connection: SqlConnection, account: Account) -> DayLimit | None:
    """Return the team's limit for an account a day, and what was spent of it; None where there is none."""
    row = connection.execute(f"SELECT day_cap, {_DAY} FROM accounts WHERE account = ?", (str(account),)).fetchone()  # noqa: S608
    if row is None or row[0] is None:
        return None
    is_play = account.service.traits.is_free
    spent = spent_since(connection, Unit.CREDIT, float(row[1]), is_play=is_play, account=account)
    return DayLimit(Whose.TEAM, int(row[0]), spent)


def check_verified(connection: SqlConnection, account: str) -> None:
    """Raise NotYetError while what an account has in the queue may have been sent already; see `lineage`."""
    row = connection.execute(f"SELECT verified = {PLACE} FROM accounts WHERE account = ?", (account,)).fetchone()  # noqa: S608
    if row is None or not row[0]:
        raise NotYetError(_UNVERIFIED)


def note_lost(connection: SqlConnection, account: str, number: int) -> None:
    """Note how many results of an account at its service no job knows."""
    connection.execute("UPDATE accounts SET lost = ? WHERE account = ?", (number, account))


def now(connection: SqlConnection) -> float:
    """Return the time by the database's clock."""
    return float(connection.execute(f"SELECT {NOW}").fetchone()[0])


def went_well(connection: SqlConnection, account: str, policy: Policy) -> bool:
    """Raise an account's places, because a submit was accepted; see `policy.InFlightLimit`. False: it has the most."""
    raised = connection.execute(
        "UPDATE accounts SET places = least(?, places + CASE WHEN was_refused THEN 1 / places ELSE 0.5 END) "
        "WHERE account = ? AND places < ? RETURNING 1",
        (policy.in_flight_most, account, policy.in_flight_most),
    )
    return raised.fetchone() is not None


def refused(connection: SqlConnection, account: str, quiet: float) -> None:
    """Halve an account's places because of a 429; several within `quiet` seconds count as one."""
    connection.execute(
        "UPDATE accounts SET was_refused = true, "  # noqa: S608 our own words
        f"places = CASE WHEN deaf_until > {NOW} THEN places ELSE greatest(1, places / 2) END, "
        f"deaf_until = CASE WHEN deaf_until > {NOW} THEN deaf_until ELSE {NOW} + ? END WHERE account = ?",
        (quiet, account),
    )


def hold(connection: SqlConnection, account: str, seconds: float) -> None:
    """Hold submits back for a while, on every machine."""
    statement = f"UPDATE accounts SET held_until = greatest(held_until, {NOW} + ?) WHERE account = ?"  # noqa: S608
    connection.execute(statement, (seconds, account))


def unhold(connection: SqlConnection, account: str) -> None:
    """Submit again now."""
    connection.execute("UPDATE accounts SET held_until = 0 WHERE account = ?", (account,))


def pause(connection: SqlConnection, account: str, why: JobError) -> None:
    """Pause an account for all machines, until somebody resumes the queue or the account is refilled."""
    words = json.dumps([why.code, why.title, why.hint, why.details])
    connection.execute("UPDATE accounts SET paused = ? WHERE account = ? AND paused IS NULL", (words, account))


def resume(connection: SqlConnection, account: str | None = None) -> None:
    """Let one account go on, or all of them."""
    statement = "UPDATE accounts SET paused = NULL, held_until = 0 WHERE (paused IS NOT NULL OR held_until > 0)"
    if account is None:
        connection.execute(statement)
    else:
        connection.execute(f"{statement} AND account = ?", (account,))


def cap_day(connection: SqlConnection, account: str, credits: int | None) -> None:
    """Limit what an account may spend a day; None for no limit.

    A pause because of a daily limit ends: each submit is checked against the new one, and pauses the account anew if
    that is too low, too. Other pauses stay.
    """
    connection.execute("UPDATE accounts SET day_cap = ? WHERE account = ?", (credits, account))
    row = connection.execute("SELECT paused FROM accounts WHERE account = ?", (account,)).fetchone()
    if row is not None and row[0] is not None and JobError(*json.loads(row[0])).code == Code.ACCOUNT_TEAM_CAP:
        connection.execute("UPDATE accounts SET paused = NULL WHERE account = ?", (account,))


def accounts(connection: SqlConnection, policy: Policy) -> Mapping[Account, AccountState]:
    """Return all accounts that were ever used."""
    found = {}
    for word, places, held_until, paused, day_cap, keeper, is_verified, lost in connection.execute(
        f"SELECT account, places, held_until, paused, day_cap, keeper, verified = {PLACE}, lost FROM accounts "  # noqa: S608
        "ORDER BY account"
    ).fetchall():
        name = Account.parse(word)
        why = None if paused is None else JobError(*json.loads(paused))
        number = taken(connection, word, policy)
        found[name] = AccountState(
            name, max(1, int(places)), number, held_until, why, day_cap, keeper, is_verified, lost
        )
    return found
