"""The ledger: what each job was estimated at, holds, has cost and got back. Caps are checked when reserving.

A reservation is written in the same transaction as the intent to submit. So there is no other way to spend, and two
jobs cannot both use the last credits of a budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from topazdesk.domain.account import DEFAULT_ACCOUNT, Account
from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.engine.sane_reports import MOST_AMOUNT, amount
from topazdesk.errors import BudgetError, Code
from topazdesk.language import say

if TYPE_CHECKING:
    from topazdesk.engine.sql import SqlConnection


#: Ids in one statement.
_IDS_AT_ONCE = 500
#: What a line has cost so far. An impossible charge counts as the estimate, so that no report can lower a sum.
_COST = f"""CASE WHEN charged BETWEEN 0 AND {MOST_AMOUNT} THEN charged
    WHEN charged IS NULL AND reserved <= 0 OR charged IS NOT NULL AND estimated <= 0 THEN 0
    WHEN charged IS NULL AND reserved <= {MOST_AMOUNT} THEN reserved
    WHEN charged IS NOT NULL AND estimated <= {MOST_AMOUNT} THEN estimated ELSE {MOST_AMOUNT} END"""


class MoneyKind(StrEnum):
    """What happens to a job's line in the ledger."""

    RESERVE = "reserve"  # a submit is about to begin
    FOUND = "found"  # sent before this copy of the database was made: reserved without checking caps
    RELEASE = "release"  # the service certainly did not accept it
    CHARGE = "charge"  # the service says it cost `credits`
    REFUND = "refund"  # the service failed: it cost nothing, `credits` are refunded


@dataclass(frozen=True, slots=True)
class MoneyMove:
    """A change of a job's line. `credits` are whole units of the job's money; `at` is in Unix seconds.

    Only RESERVE uses `day_cap` (in the same unit, None for no cap), `day_start` (Unix seconds), `is_organisations`,
    which tells that the cap is not the user's own, and `account_cap`, a daily limit of the job's account alone.
    """

    kind: MoneyKind
    at: float
    credits: int = 0
    day_cap: int | None = None
    day_start: float = 0.0
    is_organisations: bool = False
    account_cap: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A job's line: whole `unit`s estimated, held now, charged and refunded (None: unknown). Times in Unix seconds."""

    job_id: str
    run_id: str
    service: str
    estimated: int
    reserved: int
    charged: int | None
    refunded: int | None
    reserved_at: float
    settled_at: float | None
    unit: str = Unit.CREDIT.value
    account_id: str = DEFAULT_ACCOUNT

    @property
    def account(self) -> Account:
        """The account that it was paid from."""
        return Account(ServiceName(self.service), self.account_id)


def apply(connection: SqlConnection, job: Job, move: MoneyMove) -> None:
    """Write a change. Raises BudgetError, writing nothing, when a reservation exceeds the cap of the run or the day.

    An impossible amount (negative or huge) is booked as the estimate.
    """
    if amount(move.credits) is None:
        move = replace(move, credits=amount(job.estimate.credits) or 0)
    match move.kind:
        case MoneyKind.RESERVE:
            _check_caps(connection, job, move)
            _reserve(connection, job, move)
        case MoneyKind.FOUND:
            _reserve(connection, job, move)
        case MoneyKind.RELEASE:
            connection.execute("UPDATE ledger SET reserved = 0 WHERE job_id = ?", (job.id,))
        case MoneyKind.CHARGE:
            connection.execute(
                "UPDATE ledger SET reserved = 0, charged = ?, settled_at = ? WHERE job_id = ?",
                (move.credits, move.at, job.id),
            )
        case MoneyKind.REFUND:
            connection.execute(
                "UPDATE ledger SET reserved = 0, charged = 0, refunded = ?, settled_at = ? WHERE job_id = ?",
                (move.credits, move.at, job.id),
            )


def _reserve(connection: SqlConnection, job: Job, move: MoneyMove) -> None:
    connection.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, NULL, NULL, ?, NULL, ?, ?) ON CONFLICT (job_id) DO UPDATE SET "
        "run_id = excluded.run_id, service = excluded.service, estimated = excluded.estimated, "
        "reserved = excluded.reserved, charged = NULL, refunded = NULL, reserved_at = excluded.reserved_at, "
        "settled_at = NULL, unit = excluded.unit, account_id = excluded.account_id",
        (
            job.id,
            job.run_id,
            job.recipe.service.value,
            job.estimate.credits,
            move.credits,
            move.at,
            job.estimate.unit.value,
            job.account_id,
        ),
    )


def enter_found(connection: SqlConnection, job: Job) -> None:
    """Add a line for a job paid elsewhere, at the time of its submit, so that it does not count for today's cap."""
    held = 0 if job.charged is not None else job.estimate.credits
    settled = job.submitted_at if job.charged is not None else None
    connection.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)",
        (
            job.id,
            job.run_id,
            job.recipe.service.value,
            job.estimate.credits,
            held,
            job.charged,
            job.submitted_at or job.created_at,
            settled,
            job.estimate.unit.value,
            job.account_id,
        ),
    )


def lines(connection: SqlConnection) -> tuple[LedgerLine, ...]:
    """Return all lines, oldest first."""
    return tuple(_true(LedgerLine(*row)) for row in connection.execute("SELECT * FROM ledger ORDER BY reserved_at"))


def lines_of(connection: SqlConnection, job_ids: Sequence[str]) -> tuple[LedgerLine, ...]:
    """Return the lines of these jobs, oldest first."""
    found = []
    for first in range(0, len(job_ids), _IDS_AT_ONCE):
        some = job_ids[first : first + _IDS_AT_ONCE]
        query = f"SELECT * FROM ledger WHERE job_id IN ({', '.join('?' * len(some))})"  # noqa: S608 only marks
        found += [_true(LedgerLine(*row)) for row in connection.execute(query, some)]
    return tuple(sorted(found, key=lambda line: line.reserved_at))


def _true(line: LedgerLine) -> LedgerLine:
    """Return the line with impossible amounts replaced, as in `_COST`."""
    estimated = amount(line.estimated) or 0
    charged = estimated if line.charged is not None and amount(line.charged) is None else line.charged
    reserved, refunded = amount(line.reserved) or 0, amount(line.refunded)
    return replace(line, estimated=estimated, reserved=reserved, charged=charged, refunded=refunded)


def spent_since(
    connection: SqlConnection,
    unit: Unit,
    start: float,
    *,
    is_play: bool,
    but: str = "",
    run: str = "",
    account: Account | None = None,
) -> int:
    """Return the whole units charged or held since `start` (Unix seconds) or, if given, in the run `run`.

    `is_play` asks for play money instead of real money; `but` is a job that does not count; `account` counts its own
    alone.
    """
    free = [name.value for name in SERVICES if name.traits.is_free]
    marks = ", ".join("?" * len(free))
    query = (
        f"SELECT coalesce(sum({_COST}), 0) FROM ledger "  # noqa: S608 our own words
        f"WHERE job_id != ? AND unit = ? AND (service IN ({marks})) = ? AND "
    )
    values: tuple[object, ...] = (but, unit.value, *free, is_play)
    if account is not None:
        query += "service = ? AND account_id = ? AND "
        values += (account.service.value, account.id)
    if run:
        row = connection.execute(f"{query} run_id = ?", (*values, run)).fetchone()
    else:
        row = connection.execute(f"{query} (reserved_at >= ? OR settled_at >= ?)", (*values, start, start)).fetchone()
    return int(row[0])


def _check_caps(connection: SqlConnection, job: Job, move: MoneyMove) -> None:
    # The job's own old line (an earlier try that cost nothing) is replaced, so it does not count.
    unit, is_play = job.estimate.unit, job.recipe.service.traits.is_free
    cost = amount_text(move.credits, unit)
    row = connection.execute("SELECT budget FROM runs WHERE id = ?", (job.run_id,)).fetchone()
    budget = None if row is None else row[0]
    if not job.estimate.is_known and any(cap is not None for cap in (budget, move.day_cap, move.account_cap)):
        raise BudgetError(
            "A limit cannot be kept where the price is not known",
            "No price is published for this size. Choose a smaller one, or remove the limit. Nothing was sent.",
            code=Code.ACCOUNT_RUN_BUDGET,
        )
    if budget is not None:
        used = spent_since(connection, unit, 0.0, is_play=is_play, but=job.id, run=job.run_id)
        if used + move.credits > budget:
            raise BudgetError(
                "The budget of this run is used up",
                say(
                    "This picture would cost {cost:text}; {left:text} of {budget:text} are left. Nothing was sent. "
                    "Start it again with a higher budget.",
                    cost=cost,
                    left=amount_text(max(0, budget - used), unit),
                    budget=amount_text(budget, unit),
                ),
                code=Code.ACCOUNT_RUN_BUDGET,
            )
    if move.day_cap is not None:
        used = spent_since(connection, unit, move.day_start, is_play=is_play, but=job.id)
        if used + move.credits > move.day_cap:
            theirs = move.is_organisations
            raise BudgetError(
                say("Your organisation's daily limit is reached") if theirs else say("Your daily limit is reached"),
                say(
                    "{used:text} of {limit:text} are used today. {advice:text}",
                    used=amount_text(used, unit),
                    limit=amount_text(move.day_cap, unit),
                    advice=say("The queue waits; go on tomorrow.")
                    if theirs
                    else say("The queue waits; raise the limit, or go on tomorrow."),
                ),
                code=Code.ACCOUNT_DAY_CAP,
            )
    if move.account_cap is not None:
        used = spent_since(connection, unit, move.day_start, is_play=is_play, but=job.id, account=job.account)
        if used + move.credits > move.account_cap:
            raise BudgetError(
                "The daily limit of this account is reached",
                say(
                    "{used:text} of {limit:text} are used today. {advice:text}",
                    used=amount_text(used, unit),
                    limit=amount_text(move.account_cap, unit),
                    advice=say("Its pictures wait; raise the limit, or go on tomorrow."),
                ),
                code=Code.ACCOUNT_OWN_CAP,
            )
