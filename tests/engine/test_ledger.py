"""The books alone, on a real database: what a line becomes, what counts, and what a limit lets through."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.queue_jobs import job
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.services import ServiceName
from topazdesk.engine import ledger
from topazdesk.engine.ledger import LedgerLine, MoneyKind, MoneyMove
from topazdesk.engine.migrations import migrate
from topazdesk.errors import BudgetError

K = MoneyKind
NOW = 1_800_000_000.0
TODAY = NOW - 3600.0


@pytest.fixture
def books(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "jobs.db")) as connection:
        migrate(connection, tmp_path / "jobs.db")
        yield connection


def a_job(name: str, credits: int = 6, *, service: ServiceName = ServiceName.TOPAZ, run: str = "run") -> Job:
    """`credits` below 0: nobody knows its price."""
    plain = job(f"{name}.jpg", JobState.PREPARING)
    source = EstimateSource.UNKNOWN if credits < 0 else EstimateSource.TABLE
    estimate = Estimate(max(0, credits), source, unit=service.unit)
    return replace(plain, id=name, run_id=run, estimate=estimate, recipe=replace(plain.recipe, service=service))


def reserve(books: sqlite3.Connection, each: Job, *, cap: int | None = None, at: float = NOW) -> None:
    ledger.apply(books, each, MoneyMove(K.RESERVE, at, each.estimate.credits, cap, TODAY))


def budget(books: sqlite3.Connection, run: str, most: int | None) -> None:
    books.execute("INSERT INTO runs VALUES (?, ?, ?)", (run, NOW, most))


def line(books: sqlite3.Connection, name: str) -> LedgerLine:
    (found,) = [each for each in ledger.lines(books) if each.job_id == name]
    return found


def spent(books: sqlite3.Connection, unit: Unit = Unit.CREDIT, *, is_play: bool = False) -> int:
    return ledger.spent_since(books, unit, TODAY, is_play=is_play)


@pytest.mark.parametrize(("run_budget", "day_cap"), [(100, None), (None, 100), (100, 100)])
def test_where_the_price_is_not_known_a_limit_lets_nothing_through(
    books: sqlite3.Connection, run_budget: int | None, day_cap: int | None
) -> None:
    budget(books, "run", run_budget)
    with pytest.raises(BudgetError) as refused:
        reserve(books, a_job("a", -1), cap=day_cap)
    assert refused.value.code == "account.run_budget"
    assert not ledger.lines(books)


def test_where_the_price_is_not_known_and_there_is_no_limit_it_is_let_through(books: sqlite3.Connection) -> None:
    budget(books, "run", None)
    reserve(books, a_job("a", -1))
    assert line(books, "a").reserved == 0


def test_a_limit_is_used_up_to_its_last_credit_and_no_further(books: sqlite3.Connection) -> None:
    budget(books, "run", 12)
    reserve(books, a_job("a"), cap=18)
    reserve(books, a_job("b"), cap=18)
    with pytest.raises(BudgetError) as refused:
        reserve(books, a_job("c", 1), cap=18)
    assert refused.value.code == "account.run_budget"
    reserve(books, a_job("d", run="other"), cap=18)
    with pytest.raises(BudgetError) as capped:
        reserve(books, a_job("e", 1, run="other"), cap=18)
    assert capped.value.code == "account.day_cap"
    assert [each.job_id for each in ledger.lines(books)] == ["a", "b", "d"]


def test_a_job_tried_again_does_not_count_beside_itself(books: sqlite3.Connection) -> None:
    budget(books, "run", 6)
    each = a_job("a")
    reserve(books, each, cap=6)
    ledger.apply(books, each, MoneyMove(K.RELEASE, NOW))
    assert spent(books) == 0
    reserve(books, each, cap=6)
    reserve(books, each, cap=6)
    assert spent(books) == 6


def test_play_money_dollars_and_yesterday_are_no_credits_of_today(books: sqlite3.Connection) -> None:
    reserve(books, a_job("play", 5, service=ServiceName.SANDBOX))
    reserve(books, a_job("dollars", 7, service=ServiceName.RUNFLOW))
    reserve(books, a_job("yesterday", 9), at=TODAY - 1.0)
    reserve(books, a_job("today", 1))
    assert spent(books) == 1
    assert spent(books, is_play=True) == 5
    assert spent(books, Unit(ServiceName.RUNFLOW.unit)) == 7
    # What was begun yesterday and settled today is money of today.
    ledger.apply(books, a_job("yesterday", 9), MoneyMove(K.CHARGE, NOW, 9))
    assert spent(books) == 10
    reserve(books, a_job("capped", 2), cap=12)
    with pytest.raises(BudgetError):
        reserve(books, a_job("too much", 1), cap=12)
    reserve(books, a_job("more play", 100, service=ServiceName.SANDBOX), cap=105)


def test_what_a_line_becomes(books: sqlite3.Connection) -> None:
    each = a_job("a")
    reserve(books, each)
    assert line(books, "a") == LedgerLine("a", "run", "topaz", 6, 6, None, None, NOW, None, "credit")
    ledger.apply(books, each, MoneyMove(K.CHARGE, NOW + 5, 4))
    assert line(books, "a") == LedgerLine("a", "run", "topaz", 6, 0, 4, None, NOW, NOW + 5, "credit")
    ledger.apply(books, each, MoneyMove(K.RELEASE, NOW + 6))
    assert line(books, "a").charged == 4
    ledger.apply(books, each, MoneyMove(K.REFUND, NOW + 7, 4))
    assert line(books, "a") == LedgerLine("a", "run", "topaz", 6, 0, 0, 4, NOW, NOW + 7, "credit")
    assert spent(books) == 0


@pytest.mark.parametrize("said", [-1000, 10**30])
def test_an_amount_that_cannot_be_true_is_booked_as_estimated(books: sqlite3.Connection, said: int) -> None:
    each = a_job("a")
    reserve(books, each)
    ledger.apply(books, each, MoneyMove(K.CHARGE, NOW, said))
    assert line(books, "a").charged == 6
    assert spent(books) == 6


def test_amounts_of_an_older_program_that_cannot_be_true_count_as_estimated(books: sqlite3.Connection) -> None:
    for name, estimated, reserved, charged in (("a", 6, 0, -1000), ("b", -6, -5, None), ("c", -6, 0, -1)):
        reserve(books, a_job(name))
        books.execute(
            "UPDATE ledger SET estimated = ?, reserved = ?, charged = ? WHERE job_id = ?",
            (estimated, reserved, charged, name),
        )
    assert spent(books) == 6
    told = [(each.estimated, each.reserved, each.charged) for each in ledger.lines(books)]
    assert told == [(6, 0, 6), (0, 0, None), (0, 0, 0)]


def test_a_job_that_was_found_counts_when_it_was_paid(books: sqlite3.Connection) -> None:
    running = replace(a_job("running"), submitted_at=TODAY - 10)
    finished = replace(a_job("finished", 5), submitted_at=TODAY - 20, charged=5)
    for each in (running, finished):
        ledger.enter_found(books, each)
    assert line(books, "running") == LedgerLine("running", "run", "topaz", 6, 6, None, None, TODAY - 10, None, "credit")
    paid = LedgerLine("finished", "run", "topaz", 5, 0, 5, None, TODAY - 20, TODAY - 20, "credit")
    assert line(books, "finished") == paid
    assert [each.job_id for each in ledger.lines(books)] == ["finished", "running"]
    assert spent(books) == 0


def test_a_reservation_that_a_newer_database_had_asks_no_limit(books: sqlite3.Connection) -> None:
    budget(books, "run", 1)
    ledger.apply(books, a_job("a"), MoneyMove(K.FOUND, NOW, 6, 1, TODAY))
    assert line(books, "a").reserved == 6
