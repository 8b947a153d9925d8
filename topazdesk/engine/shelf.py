"""What is asked of the table of jobs, each question by an index: with tens of thousands of jobs that are over, none of them
is read where it is not wanted. For the store's thread; "the list" is what the user has not cleared.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from topazdesk.disk.names import path_bytes
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.engine import rows
from topazdesk.engine.migrations import FINAL, OPEN

if TYPE_CHECKING:
    import sqlite3

#: By place, not by name: a name is looked for among all others, in each row.
_COLUMNS = ", ".join(rows.COLUMNS)
#: Ids in one statement: SQLite takes so many values at least.
_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reading of the list, newest first, has come to."""

    created_at: float
    row: int


class Sent(NamedTuple):
    """What a job at a service is known by. `token` is "" where it is not in the name: sent on another's upload, or found there."""

    remote_id: str
    token: str
    source_id: str
    submitted_at: float | None


class Page(NamedTuple):
    """Some jobs of the list, ids of rows among them that cannot be read, and where it goes on (None: that is all)."""

    jobs: list[Job]
    broken: list[str]
    goes_on: Place | None


class PastFile(NamedTuple):
    """What a job says of files on the disk: its source; and result, its bytes and digest where there is one (None, 0, "")."""

    source: str
    result: str | None
    result_bytes: int
    result_digest: str
    run_id: str


def jobs(connection: sqlite3.Connection, where: str, *values: object) -> tuple[list[Job], list[str]]:
    """The jobs of a condition, and the ids of those rows that this program cannot read."""
    return _read(connection.execute(f"SELECT {_COLUMNS} FROM jobs WHERE {where}", values))  # noqa: S608 our own words


def open_jobs(connection: sqlite3.Connection) -> tuple[list[Job], list[str]]:
    """The jobs of the list that are not over, those that share an upload with them, and all trials; and unreadable ids."""
    found, broken = jobs(connection, f"is_hidden = 0 AND {OPEN} ORDER BY position, created_at")
    mates = sharing(connection, sorted({job.upload_group for job in found}))
    trials, unread = jobs(connection, "trial IS NOT NULL AND is_hidden = 0 ORDER BY created_at")
    return list({job.id: job for job in (*found, *mates, *trials)}.values()), list(dict.fromkeys(broken + unread))


def sharing(connection: sqlite3.Connection, groups: Iterable[str]) -> list[Job]:
    """The jobs of the list in these upload groups."""
    return _by(connection, "upload_group", tuple(filter(None, groups)), "upload_group != '' AND is_hidden = 0")


def page(connection: sqlite3.Connection, count: int, after: Place | None) -> Page:
    """The next jobs of the list, newest first, those of one run last first."""
    place = after or Place(float("inf"), 0)
    query = (
        f"SELECT {_COLUMNS}, rowid AS row_number FROM jobs WHERE created_at <= ? AND (created_at < ? OR rowid < ?) "  # noqa: S608
        "AND is_hidden = 0 ORDER BY created_at DESC, rowid DESC LIMIT ?"
    )
    found = connection.execute(query, (place.created_at, place.created_at, place.row, count)).fetchall()
    goes_on = Place(found[-1]["created_at"], found[-1]["row_number"]) if len(found) == count else None
    return Page(*_read(found), goes_on)


def count(connection: sqlite3.Connection) -> int:
    """How many jobs the list has."""
    return int(connection.execute("SELECT count(*) FROM jobs WHERE is_hidden = 0").fetchone()[0])


def counts(connection: sqlite3.Connection) -> dict[JobState, int]:
    """How many jobs of the list are over, by their state; trials are counted with their pictures."""
    query = (
        f"SELECT state, count(*) FROM jobs WHERE state IN {FINAL} AND is_hidden = 0 AND trial IS NULL GROUP BY state"  # noqa: S608
    )
    return {JobState(state): number for state, number in connection.execute(query)}


def hide_over(connection: sqlite3.Connection) -> None:
    """Takes all jobs that are over off the list, but trials."""
    connection.execute(f"UPDATE jobs SET is_hidden = 1 WHERE state IN {FINAL} AND is_hidden = 0 AND trial IS NULL")  # noqa: S608


def named(connection: sqlite3.Connection, start: str) -> list[Job]:
    """The jobs of the list whose id begins like this, two at most."""
    return jobs(connection, "id >= ? AND id < ? AND is_hidden = 0 LIMIT 2", start, f"{start}\U0010ffff")[0]


def find(connection: sqlite3.Connection, job_ids: Iterable[str]) -> list[Job]:
    """These jobs, in this order, also the hidden ones."""
    wanted = tuple(job_ids)
    found = {job.id: job for job in _by(connection, "id", wanted)}
    return [found[job_id] for job_id in dict.fromkeys(wanted) if job_id in found]


def of_sources(connection: sqlite3.Connection, sources: Iterable[Path]) -> list[Job]:
    """The jobs of the list on these pictures, newest first."""
    found = _by(connection, "source", tuple(map(path_bytes, sources)), "is_hidden = 0")
    return sorted(found, key=lambda job: (job.created_at, job.position), reverse=True)


def lengths(connection: sqlite3.Connection, wanted: Iterable[int]) -> set[int]:
    """Those of these lengths that a picture of any job has."""
    query = "SELECT 1 FROM jobs WHERE source_bytes = ? LIMIT 1"
    return {length for length in wanted if connection.execute(query, (length,)).fetchone() is not None}


def of_digests(connection: sqlite3.Connection, digests: Iterable[str]) -> list[Job]:
    """The jobs, also the hidden ones, on pictures of this content."""
    return _by(connection, "source_digest", tuple(digests), "source_digest != ''")


def past_files(connection: sqlite3.Connection) -> list[PastFile]:
    """Sources and results of all jobs, also of those that were cleared from the list."""
    query = (
        "SELECT source, CASE state WHEN 'done' THEN result END, result_bytes, "
        "CASE state WHEN 'done' THEN result_digest ELSE '' END, run_id FROM jobs"
    )
    return [
        PastFile(os.fsdecode(source), None if result is None else os.fsdecode(result), size, digest, run_id)
        for source, result, size, digest, run_id in connection.execute(query)
    ]


def ours(connection: sqlite3.Connection, service: ServiceName) -> list[Sent]:
    """What the jobs of a service are known by there, also those that were cleared from the list."""
    query = (
        "SELECT remote_id, token, by_source, intent_at, source_id, submitted_at, recipe FROM jobs WHERE remote_id != ''"
    )
    at: dict[object, bool] = {}  # thousands of jobs have one recipe
    found = []
    for remote_id, token, by_source, intent_at, source_id, submitted_at, recipe in connection.execute(query):
        is_there = at.get(recipe)
        if is_there is None:
            is_there = at[recipe] = rows.service_of(recipe) is service
        if is_there:
            found.append(Sent(remote_id, "" if by_source or not intent_at else token, source_id, submitted_at))
    return found


def unknown(connection: sqlite3.Connection, names: Mapping[str, Collection[str]]) -> set[str]:
    """Those of these remote ids that no row has, nor any row the tokens that go with it."""
    by_id = "SELECT 1 FROM jobs WHERE remote_id = ? AND remote_id != ''"  # as the index has it
    by_name = "SELECT 1 FROM jobs WHERE token = ?"
    return {
        remote_id
        for remote_id, tokens in names.items()
        if connection.execute(by_id, (remote_id,)).fetchone() is None
        and all(connection.execute(by_name, (token,)).fetchone() is None for token in tokens)
    }


def hide(connection: sqlite3.Connection, job_ids: Sequence[str]) -> None:
    """Takes those of these jobs that are over off the list."""
    for first in range(0, len(job_ids), _IDS_AT_ONCE):
        some = job_ids[first : first + _IDS_AT_ONCE]
        marks = ", ".join("?" * len(some))
        connection.execute(f"UPDATE jobs SET is_hidden = 1 WHERE id IN ({marks}) AND state IN {FINAL}", some)  # noqa: S608


def _by(connection: sqlite3.Connection, column: str, values: Sequence[object], also: str = "1") -> list[Job]:
    """The jobs whose `column` is one of these, under a further condition; hundreds of values in one statement."""
    found: list[Job] = []
    for first in range(0, len(values), _IDS_AT_ONCE):
        some = values[first : first + _IDS_AT_ONCE]
        found += jobs(connection, f"{column} IN ({', '.join('?' * len(some))}) AND {also}", *some)[0]
    return found


def _read(found: Iterable[sqlite3.Row]) -> tuple[list[Job], list[str]]:
    read, broken = [], []
    for row in found:
        try:
            read.append(rows.from_values(list(row[: len(rows.COLUMNS)])))
        except rows.BrokenRowError:
            broken.append(str(row["id"]))
    return read, broken
