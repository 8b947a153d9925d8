"""Sums by the local calendar, reasons of differences, and a table that spreadsheets cannot be tricked with."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from tests.support.catalogue import packaged_catalogue
from tests.support.queue_jobs import NOW, job
from topazdesk.app.books import AccountSums, books_of, csv_text
from topazdesk.domain.account import Account
from topazdesk.domain.days import day_start, month_start
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.services import ServiceName
from topazdesk.engine.ledger import LedgerLine

_DAY = 86_400.0


def _line(job_id: str, at: float, charged: int | None, **changes: object) -> LedgerLine:
    plain = LedgerLine(job_id, "run", "topaz", 6, 0, charged, None, at, at if charged is not None else None)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_charges_are_added_up_by_account_day_and_month() -> None:
    noon = day_start(NOW) + _DAY / 2
    lines = [
        _line("today", noon - 60, 7),
        _line("this month", month_start(noon) + 1, 6),
        _line("before", month_start(noon) - 1, 5),
        _line("held", noon - 30, None, reserved=6),
        _line("dollars", noon - 20, 80_000, service="runflow", unit="usd"),
    ]
    books = books_of(lines, {}, packaged_catalogue(), noon)
    today = 13 if month_start(noon) == day_start(noon) else 7
    assert books.accounts == (
        AccountSums(Account(ServiceName.RUNFLOW), Unit.USD, 80_000, 80_000, 0),
        AccountSums(Account(ServiceName.TOPAZ), Unit.CREDIT, today, 13, 6),
    )
    assert [each.job_id for each in books.entries][:3] == ["dollars", "held", "today"]


def test_a_job_that_began_yesterday_and_was_charged_today_counts_today() -> None:
    noon = day_start(NOW) + _DAY / 2
    line = _line("late", noon - _DAY, 6, settled_at=noon - 5)
    assert books_of([line], {}, packaged_catalogue(), noon).accounts[0].today == 6


def test_a_difference_between_estimate_and_charge_is_explained() -> None:
    done = job("lake.jpg", JobState.DONE, charged=7, target_size=Size(6000, 4000), result_size=Size(6075, 4000))
    (entry,) = books_of([_line("lake.jpg", NOW, 7)], {done.id: done}, packaged_catalogue(), NOW).entries
    assert entry.explained == "Charged 7 credits, estimated 6 credits: the result is 24.3 MP"
    assert (entry.picture, entry.model) == ("lake.jpg", "Recover 3")


def test_the_table_holds_every_amount_and_no_formula() -> None:
    tricky = job("=cmd()", JobState.DONE, charged=6, source=Path("/p/=cmd()"), remote_id="r-1")
    lines = [_line("=cmd()", NOW, 6), _line("usd", NOW - 1, 80_000, service="runflow", unit="usd", estimated=80_000)]
    text = csv_text(books_of(lines, {tricky.id: tricky}, packaged_catalogue(), NOW).entries)
    first, second = list(csv.DictReader(io.StringIO(text)))
    assert first["picture"] == "'=cmd()"
    assert (first["estimated"], first["charged"], first["refunded"], first["process"]) == ("6", "6", "", "r-1")
    assert (second["unit"], second["charged"]) == ("usd", "0.08")
