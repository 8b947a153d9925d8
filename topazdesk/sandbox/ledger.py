"""The account's books: every change of the balance is one line, and the lines always add up to the balance.

Life of a job's credits (Topaz, page on pricing and the 425 text): reserved at submit, charged on completion, returned on
failure; a cancelled job keeps 1.1 × its progress. Functions run on the database thread inside the caller's transaction, so
that a job's state and its credits never disagree.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass

from topazdesk.sandbox.answers import ApiError

STARTING_CREDITS = 500


@dataclass(frozen=True, slots=True)
class Account:
    """Whole credits: `available` can be spent, `reserved` belongs to unfinished jobs."""

    available: int
    reserved: int

    def to_json(self) -> dict[str, int]:
        """Body of the balance call (page api-reference/account/credits): integers, total is the sum."""
        return {
            "available_credits": self.available,
            "reserved_credits": self.reserved,
            "total_credits": self.available + self.reserved,
        }


def open_account(db: sqlite3.Connection, credits: int, at: float) -> None:
    """Grant the starting credits, once in the life of a state folder."""
    fresh = db.execute("INSERT OR IGNORE INTO account VALUES (1, 0, 0)").rowcount
    if fresh:
        _enter(db, None, "grant", at, available=credits)


def account(db: sqlite3.Connection) -> Account:
    """The present balance."""
    row = db.execute("SELECT available, reserved FROM account").fetchone()
    return Account(row["available"], row["reserved"])


def reserve(db: sqlite3.Connection, process_id: str, credits: int, at: float) -> None:
    """Set credits aside at submit. Raises ApiError 402 when there are too few."""
    if account(db).available < credits:
        raise ApiError(402, "Insufficient funds.")
    _enter(db, process_id, "reserve", at, available=-credits, reserved=credits)


def charge(db: sqlite3.Connection, process_id: str, credits: int, at: float) -> None:
    """Take the reserved credits: the job is completed."""
    _enter(db, process_id, "charge", at, reserved=-credits)


def refund(db: sqlite3.Connection, process_id: str, credits: int, at: float) -> None:
    """Give the reserved credits back: the job failed."""
    _enter(db, process_id, "refund", at, available=credits, reserved=-credits)


def settle_cancel(db: sqlite3.Connection, process_id: str, credits: int, progress: int, at: float) -> int:
    """Keep the share that was worked off, give the rest back. Returns the credits kept."""
    kept = cancel_cost(credits, progress)
    if kept:
        _enter(db, process_id, "charge", at, reserved=-kept)
    if credits > kept:
        _enter(db, process_id, "refund", at, available=credits - kept, reserved=kept - credits)
    return kept


def cancel_cost(credits: int, progress: int) -> int:
    """1.1 × progress (percent) of the credits; nothing at 0 %, never more than the whole.

    The published rule names no rounding; whole credits are the only unit, so the sandbox rounds up as all prices do.
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
