"""The accounts of a profile for people to read: sums per account, a line per job that explains its charge, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from topazdesk.domain.account import Account
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.charges import charge_text
from topazdesk.domain.days import day_start, month_start
from topazdesk.domain.job import Job
from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.domain.ports import ServiceSource
from topazdesk.engine.ledger import LedgerLine
from topazdesk.engine.refunds import Refunds, check_refunds


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A job in the books. Amounts are in whole `unit`s, None if not known; `at` is when it was sent, Unix seconds."""

    job_id: str
    at: float
    account: Account
    unit: Unit
    picture: str
    model: str
    estimated: int
    reserved: int
    charged: int | None
    refunded: int | None
    explained: str
    process: str


@dataclass(frozen=True, slots=True)
class AccountSums:
    """What was spent from an account in one unit, today and this month (local time), and what is reserved now."""

    account: Account
    unit: Unit
    today: int
    month: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Books:
    """The accounts, most recently used first, and the entries, newest first."""

    accounts: tuple[AccountSums, ...]
    entries: tuple[BookEntry, ...]


def books_of(lines: Iterable[LedgerLine], jobs: Mapping[str, Job], catalogue: Catalogue, now: float) -> Books:
    """Combine the ledger with the jobs. A charge counts on the day on which the service settled it."""
    day, month = day_start(now), month_start(now)
    entries: list[BookEntry] = []
    sums: dict[tuple[Account, Unit], list[int]] = {}
    for line in sorted(lines, key=lambda each: each.reserved_at, reverse=True):
        account, unit, job = line.account, Unit(line.unit), jobs.get(line.job_id)
        entries.append(_entry(line, job, catalogue))
        found = sums.setdefault((account, unit), [0, 0, 0])
        when = line.settled_at if line.settled_at is not None else line.reserved_at
        found[0] += (line.charged or 0) if when >= day else 0
        found[1] += (line.charged or 0) if when >= month else 0
        found[2] += line.reserved
    accounts = tuple(AccountSums(account, unit, *found) for (account, unit), found in sums.items())
    return Books(accounts, tuple(entries))


def _entry(line: LedgerLine, job: Job | None, catalogue: Catalogue) -> BookEntry:
    model = catalogue.by_slug(job.recipe.service, job.recipe.model) if job is not None else None
    return BookEntry(
        job_id=line.job_id,
        at=line.reserved_at,
        account=line.account,
        unit=Unit(line.unit),
        picture=_named(job) if job is not None else "",
        model=catalogue.name_of(job.recipe.service, job.recipe.model) if job is not None else "",
        estimated=line.estimated,
        reserved=line.reserved,
        charged=line.charged,
        refunded=line.refunded,
        explained=charge_text(job, model.price if model is not None else None) if job is not None else "",
        process=job.remote_id if job is not None else "",
    )


def _named(job: Job) -> str:
    """Return the name of the picture; the file of a trial is a patch with a name that nobody knows."""
    if job.trial is None:
        return job.source.name
    return f"{job.picture.stem}, trial {job.trial.number or ''}".rstrip()


async def missing_refunds(
    services: ServiceSource, account: Account, lines: Iterable[LedgerLine], jobs: Mapping[str, Job], now: float
) -> Refunds:
    """Return the balance, and the failed jobs whose money did not come back within a day.

    This is free. Raises what the service raises.
    """
    client = await services.get(account)
    if not account.service.traits.lists_all:
        return Refunds(await client.balance(), 0, ())
    failed = [jobs[line.job_id] for line in lines if line.account == account and line.refunded and line.job_id in jobs]
    return await check_refunds(client, failed, now)


def csv_text(entries: Sequence[BookEntry]) -> str:
    """Return the entries as CSV: a header, then a line per job, times in UTC, dollars as dollars."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(
        (
            "date",
            "service",
            "picture",
            "model",
            "unit",
            "estimated",
            "reserved",
            "charged",
            "refunded",
            "explanation",
            "process",
            "account",
        )
    )
    for each in entries:
        amounts = (each.estimated, each.reserved, each.charged, each.refunded)
        writer.writerow(
            (
                f"{datetime.fromtimestamp(each.at, tz=UTC):%Y-%m-%d %H:%M:%S}",
                each.account.service.value,
                _cell(each.picture),
                _cell(each.model),
                each.unit.value,
                *("" if amount is None else _plain(amount, each.unit) for amount in amounts),
                _cell(each.explained),
                _cell(each.process),
                each.account.id,
            )
        )
    return sheet.getvalue()


def _cell(text: str) -> str:
    """Return a text that a spreadsheet does not calculate: a file may be called "=1+1". Invalid bytes are replaced."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _plain(amount: int, unit: Unit) -> str:
    return str(amount) if unit is not Unit.USD else f"{Decimal(amount) / MICRO_USD:f}"
