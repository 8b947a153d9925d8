"""The account's ledger: every change of the balance is one entry, and the entries always add up to the balance.

A job's credits (Topaz, page on pricing and the 425 text) are reserved at submit, charged on completion and returned on
failure; a cancelled job costs 1.1 × its progress. Functions run on the database thread inside the caller's transaction,
so that a job's state and its credits never disagree.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass

from topazdesk.sandbox.answers import ApiError

STARTING_CREDITS = 500


@dataclass(frozen=True, slots=True)
class CreditAccount:
    """A balance in whole credits: `available` can be spent, `reserved` belongs to unfinished jobs."""

    available: int
    reserved: int

    def to_json(self) -> dict[str, int]:
        """Return the body of the balance call (page api-reference/account/credits): integers, total is the sum."""
        return {
            "available_credits": self.available,
            "reserved_credits": self.reserved,
            "total_credits": self.available + self.reserved,
        }


def open_account(db: sqlite3.Connection, credits: int, at: float) -> None:
    """Grant the starting credits, once per state folder."""
    fresh = db.execute("INSERT OR IGNORE INTO account VALUES (1, 0, 0)").rowcount
    if fresh:
        _enter(db, None, "grant", at, available=credits)


def grant_up_to(db: sqlite3.Connection, credits: int, at: float) -> None:
    """Have exactly so many credits that can be spent, by a grant; a grant of less than nothing takes them away."""
    _enter(db, None, "grant", at, available=credits - account(db).available)


def account(db: sqlite3.Connection) -> CreditAccount:
    """Return the current balance."""
    row = db.execute("SELECT available, reserved FROM account").fetchone()
    return CreditAccount(row["available"], row["reserved"])


def reserve(db: sqlite3.Connection, process_id: str, credits: int, at: float) -> None:
    """Reserve credits at submit. Raises ApiError 402 when there are too few."""
    if account(db).available < credits:
        raise ApiError(402, "Insufficient funds.")
    _enter(db, process_id, "reserve", at, available=-credits, reserved=credits)


def charge(db: sqlite3.Connection, process_id: str, credits: int, at: float) -> None:
    """Charge the reserved credits of a completed job."""
    _enter(db, process_id, "charge", at, reserved=-credits)


def refund(db: sqlite3.Connection, process_id: str, credits: int, at: float) -> None:
    """Return the reserved credits of a failed job."""
    _enter(db, process_id, "refund", at, available=credits, reserved=-credits)


def settle_cancel(db: sqlite3.Connection, process_id: str, credits: int, progress: int, at: float) -> int:
    """Charge a cancelled job for the work done and return the rest; return the credits charged."""
    kept = cancel_cost(credits, progress)
    if kept:
        _enter(db, process_id, "charge", at, reserved=-kept)
    if credits > kept:
        _enter(db, process_id, "refund", at, available=credits - kept, reserved=kept - credits)
    return kept


def cancel_cost(credits: int, progress: int) -> int:
    """Return what a cancelled job costs: 1.1 × its progress (percent), nothing at 0 %, never more than all its credits.

    The published rule does not mention rounding. There are only whole credits, so the sandbox rounds up, as prices do.
    """
    return min(credits, math.ceil(credits * progress * 11 / 1000))


def grant(db: sqlite3.Connection, credits: int, at: float) -> None:
    """Add credits, as a top-up does."""
    _enter(db, None, "grant", at, available=credits)


def _enter(
    db: sqlite3.Connection, process_id: str | None, kind: str, at: float, *, available: int = 0, reserved: int = 0
) -> None:
    db.execute(
        "INSERT INTO ledger (at, process_id, kind, available, reserved) VALUES (?, ?, ?, ?, ?)",
        (at, process_id, kind, available, reserved),
    )
    db.execute("UPDATE account SET available = available + ?, reserved = reserved + ?", (available, reserved))
