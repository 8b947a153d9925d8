"""Queries on the table of jobs, for the store's thread. "The list" means the jobs that the user has not cleared.

Each query uses an index, so that none of tens of thousands of final jobs is read without need.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from topazdesk.disk.names import path_bytes
from topazdesk.domain.account import Account
from topazdesk.domain.job import Job, JobState
from topazdesk.engine import rows
from topazdesk.engine.migrations import FINAL, OPEN

if TYPE_CHECKING:
    from topazdesk.engine.sql import SqlConnection

#: Columns in order: reading them by index is faster than looking each name up in every row.
_COLUMNS = ", ".join(rows.COLUMNS)
#: Ids in one statement; SQLite accepts at least as many values.
_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ListPosition:
    """A position in the list, newest first, up to which it was read."""

    created_at: float
    row: int


class Sent(NamedTuple):
    """How a job is identified at a service.

    `token` is "" where the remote name does not contain it: the job used another job's upload, or was found there.
    """

    remote_id: str
    token: str
    source_id: str
    submitted_at: float | None
    key_mark: str = ""
    is_found: bool = False  # it was fetched as a result that nobody knew: it may be any job that is in doubt


class Page(NamedTuple):
    """Some jobs of the list, the ids of unreadable rows among them, and where the next page begins (None: no more)."""

    jobs: list[Job]
    broken: list[str]
    goes_on: ListPosition | None


class PastFile(NamedTuple):
    """A result that a job delivered, with size and digest ("" if unknown), and the source and recipe it is made of.

    `recipe` is the recipe as the row has it; thousands of rows share one text.
    """

    source: str
    result: str
    result_bytes: int
    result_digest: str
    run_id: str
    source_digest: str
    recipe: str


class PastPaths(NamedTuple):
    """What jobs, cleared ones included, have to do with some paths: which are sources, and which results, oldest first.

    A path may be here in another spelling than it was asked for, or by chance.
    """

    sources: list[str]
    results: list[PastFile]


class ReadFile(NamedTuple):
    """A picture as a job has read it: its digest, and the length, time and moment for which that holds."""

    source: Path
    length: int
    mtime_ns: int
    digest: str
    at: float


def jobs(connection: SqlConnection, where: str, *values: object) -> tuple[list[Job], list[str]]:
    """Return the jobs that meet a condition, and the ids of rows that cannot be read."""
    return _read(connection.execute(f"SELECT {_COLUMNS} FROM jobs WHERE {where}", values))  # noqa: S608 our own words


def open_jobs(connection: SqlConnection) -> tuple[list[Job], list[str]]:
    """Return the unfinished jobs of the list, those that share an upload with them, all trials, and unreadable ids."""
    found, broken = jobs(connection, f"is_hidden = 0 AND {OPEN} ORDER BY position, created_at")
    mates = sharing(connection, sorted({job.upload_group for job in found}))
    trials, unread = jobs(connection, "trial IS NOT NULL AND is_hidden = 0 ORDER BY created_at")
    return list({job.id: job for job in (*found, *mates, *trials)}.values()), list(dict.fromkeys(broken + unread))


def sharing(connection: SqlConnection, groups: Iterable[str]) -> list[Job]:
    """Return the jobs of the list in these upload groups."""
    return _by(connection, "upload_group", tuple(filter(None, groups)), "upload_group != '' AND is_hidden = 0")


def page(connection: SqlConnection, count: int, after: ListPosition | None) -> Page:
    """Return the next jobs of the list, newest first; of one run, the last first."""
    place = after or ListPosition(float("inf"), 0)
    query = (
        f"SELECT {_COLUMNS}, rowid AS row_number FROM jobs WHERE created_at <= ? AND (created_at < ? OR rowid < ?) "  # noqa: S608
        "AND is_hidden = 0 ORDER BY created_at DESC, rowid DESC LIMIT ?"
    )
    found = connection.execute(query, (place.created_at, place.created_at, place.row, count)).fetchall()
    goes_on = ListPosition(found[-1]["created_at"], found[-1]["row_number"]) if len(found) == count else None
    return Page(*_read(found), goes_on)


def count(connection: SqlConnection) -> int:
    """Count the jobs of the list."""
    return int(connection.execute("SELECT count(*) FROM jobs WHERE is_hidden = 0").fetchone()[0])


def counts(connection: SqlConnection) -> dict[JobState, int]:
    """Count the final jobs of the list by state, without trials, which belong to their pictures."""
    query = (
        f"SELECT state, count(*) FROM jobs WHERE state IN {FINAL} AND is_hidden = 0 AND trial IS NULL GROUP BY state"  # noqa: S608
    )
    return {JobState(state): number for state, number in connection.execute(query)}


def over(connection: SqlConnection) -> dict[str, JobState]:
    """Return the ids of the final jobs of the list with their states, without trials."""
    query = f"SELECT id, state FROM jobs WHERE state IN {FINAL} AND is_hidden = 0 AND trial IS NULL"  # noqa: S608
    return {job_id: JobState(state) for job_id, state in connection.execute(query)}


def hide_over(connection: SqlConnection) -> None:
    """Clear all final jobs from the list, except trials."""
    connection.execute(f"UPDATE jobs SET is_hidden = 1 WHERE state IN {FINAL} AND is_hidden = 0 AND trial IS NULL")  # noqa: S608


def named(connection: SqlConnection, start: str) -> list[Job]:
    """Return the jobs of the list whose id begins with `start`, two at most."""
    return jobs(connection, "id >= ? AND id < ? AND is_hidden = 0 LIMIT 2", start, f"{start}\U0010ffff")[0]


def find(connection: SqlConnection, job_ids: Iterable[str]) -> list[Job]:
    """Return these jobs in this order, hidden ones included."""
    wanted = tuple(job_ids)
    found = {job.id: job for job in _by(connection, "id", wanted)}
    return [found[job_id] for job_id in dict.fromkeys(wanted) if job_id in found]


def of_run(connection: SqlConnection, run_id: str) -> list[Job]:
    """Return the jobs of a run in their order, without those cleared from the list."""
    return jobs(connection, "run_id = ? AND is_hidden = 0 ORDER BY position, created_at", run_id)[0]


def runs_named(connection: SqlConnection, start: str) -> list[str]:
    """Return the ids of runs that begin with `start`, two at most; with "" the newest one that has jobs in the list."""
    if not start:
        query = "SELECT run_id FROM jobs WHERE is_hidden = 0 ORDER BY created_at DESC LIMIT 1"
        return [run_id for (run_id,) in connection.execute(query)]
    query = "SELECT id FROM runs WHERE id >= ? AND id < ? LIMIT 2"
    return [run_id for (run_id,) in connection.execute(query, (start, f"{start}\U0010ffff"))]


def of_sources(connection: SqlConnection, sources: Iterable[Path]) -> list[Job]:
    """Return the jobs of the list on these pictures, of each the newest first.

    That is the order in which they were made, not that of their times: the computer's clock may have been set back.
    """
    return _by(connection, "source", tuple(map(path_bytes, sources)), "is_hidden = 0 ORDER BY rowid DESC")


def lengths(connection: SqlConnection, wanted: Iterable[int]) -> set[int]:
    """Return those of these lengths that the picture of any job has."""
    query = "SELECT 1 FROM jobs WHERE source_bytes = ? LIMIT 1"
    return {length for length in wanted if connection.execute(query, (length,)).fetchone() is not None}


def of_digests(connection: SqlConnection, digests: Iterable[str]) -> list[Job]:
    """Return the jobs on pictures with this content, hidden ones included."""
    return _by(connection, "source_digest", tuple(digests), "source_digest != ''")


def past_paths(connection: SqlConnection, keys: Sequence[int]) -> PastPaths:
    """Return the sources and results whose paths have one of these keys."""
    sources: dict[str, None] = {}
    for some in _chunks(keys):
        query = f"SELECT DISTINCT source FROM jobs WHERE source_key IN ({_marks(some)})"  # noqa: S608 only marks
        sources.update((os.fsdecode(source), None) for (source,) in connection.execute(query, some))
    return PastPaths(list(sources), _past_files(connection, "result_key IN", keys))


def results_of_sources(connection: SqlConnection, sources: Sequence[Path]) -> list[PastFile]:
    """Return the results that were made of the files at these very paths, oldest first."""
    return _past_files(connection, "source IN", [path_bytes(path) for path in sources])


def results_as_long(connection: SqlConnection, sizes: Sequence[int]) -> list[PastFile]:
    """Return the results that have one of these lengths in bytes, oldest first."""
    return _past_files(connection, "result_digest != '' AND result_bytes IN", sizes)


def sources_as_long(connection: SqlConnection, size: int) -> list[str]:
    """Return the paths of pictures that a job found to be so long, and of those of which it is not known."""
    query = "SELECT DISTINCT source FROM jobs WHERE source_bytes IN (0, ?)"
    return [os.fsdecode(source) for (source,) in connection.execute(query, (size,))]


def sources(connection: SqlConnection) -> list[str]:
    """Return the paths of all pictures of all jobs. Reads all of the list."""
    return [os.fsdecode(source) for (source,) in connection.execute("SELECT DISTINCT source FROM jobs")]


def _past_files(connection: SqlConnection, condition: str, values: Sequence[object]) -> list[PastFile]:
    found = []
    for some in _chunks(values):
        query = (
            "SELECT created_at, source, result, result_bytes, result_digest, run_id, source_digest, recipe FROM jobs "  # noqa: S608
            f"WHERE state = 'done' AND result IS NOT NULL AND {condition} ({_marks(some)})"
        )
        found += [
            (at, PastFile(os.fsdecode(source), os.fsdecode(result), size, digest, run_id, of, sys.intern(recipe)))
            for at, source, result, size, digest, run_id, of, recipe in connection.execute(query, some)
        ]
    return [file for _, file in sorted(found, key=lambda each: each[0])]


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[first : first + _IDS_AT_ONCE] for first in range(0, len(values), _IDS_AT_ONCE))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def read_before(connection: SqlConnection, sources: Sequence[Path]) -> list[ReadFile]:
    """Return what jobs have read of the files at these paths, the latest last."""
    found: list[ReadFile] = []
    for first in range(0, len(sources), _IDS_AT_ONCE):
        some = [path_bytes(path) for path in sources[first : first + _IDS_AT_ONCE]]
        query = (
            "SELECT source, source_bytes, source_mtime_ns, source_digest, created_at FROM jobs "  # noqa: S608
            f"WHERE source IN ({', '.join('?' * len(some))}) AND source_digest != '' ORDER BY created_at"
        )
        found += [ReadFile(Path(os.fsdecode(row[0])), *row[1:]) for row in connection.execute(query, some)]
    return found


def results_of_lengths(connection: SqlConnection, wanted: Iterable[int]) -> dict[int, set[str]]:
    """Return the digests of results and of the copies made of them with these lengths, by length.

    Those of trials and cleared jobs are included.
    """
    found: dict[int, set[str]] = {}
    query = "SELECT result_digest FROM jobs WHERE result_digest != '' AND result_bytes = ? AND state = 'done'"
    labels = "SELECT label_digest FROM jobs WHERE label_digest != '' AND label_bytes = ?"
    copies = "SELECT digest FROM copies WHERE bytes = ?"
    for length in wanted:
        digests = {digest for each in (query, labels, copies) for (digest,) in connection.execute(each, (length,))}
        if digests:
            found[length] = digests
    return found


def note_copies(connection: SqlConnection, job: Job) -> None:
    """Note the copies of a job's result by their content."""
    statement = "INSERT INTO copies (digest, job_id, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    for each in job.copies:
        connection.execute(statement, (each.digest, job.id, each.size_bytes))


def save_copies(connection: SqlConnection, job: Job) -> None:
    """Write the copies and the report of a finished job that nobody else is about to save."""
    row = dict(zip(rows.COLUMNS, rows.to_row(job), strict=True))
    connection.execute("UPDATE jobs SET copies = ?, kept = ? WHERE id = ?", (row["copies"], row["kept"], job.id))
    note_copies(connection, job)


def ours(connection: SqlConnection, account: Account) -> list[Sent]:
    """Return how the jobs of an account are identified at its service, including those cleared from the list.

    Those of another account prove nothing: its list is another one.
    """
    query = (
        "SELECT remote_id, token, by_source, intent_at, source_id, submitted_at, key_mark, recipe FROM jobs "
        "WHERE remote_id != '' AND account_id = ?"
    )
    at: dict[object, bool] = {}  # thousands of jobs share one recipe
    found = []
    for remote_id, token, by_source, intent_at, source_id, submitted_at, key_mark, recipe in connection.execute(
        query, (account.id,)
    ):
        is_there = at.get(recipe)
        if is_there is None:
            is_there = at[recipe] = rows.service_of(recipe) is account.service
        if is_there:
            name = "" if by_source or not intent_at else token
            found.append(Sent(remote_id, name, source_id, submitted_at, key_mark, not intent_at))
    return found


def unknown(connection: SqlConnection, names: Mapping[str, Collection[str]]) -> set[str]:
    """Return those of these remote ids that no row has, if no row has one of the tokens given with them either."""
    by_id = "SELECT 1 FROM jobs WHERE remote_id = ? AND remote_id != ''"  # the index needs these words
    by_name = "SELECT 1 FROM jobs WHERE token = ?"
    return {
        remote_id
        for remote_id, tokens in names.items()
        if connection.execute(by_id, (remote_id,)).fetchone() is None
        and all(connection.execute(by_name, (token,)).fetchone() is None for token in tokens)
    }


def hide(connection: SqlConnection, job_ids: Sequence[str]) -> None:
    """Clear those of these jobs that are final from the list."""
    for first in range(0, len(job_ids), _IDS_AT_ONCE):
        some = job_ids[first : first + _IDS_AT_ONCE]
        marks = ", ".join("?" * len(some))
        connection.execute(f"UPDATE jobs SET is_hidden = 1 WHERE id IN ({marks}) AND state IN {FINAL}", some)  # noqa: S608


def _by(connection: SqlConnection, column: str, values: Sequence[object], also: str = "1 = 1") -> list[Job]:
    """Return the jobs whose `column` has one of these values and that meet `also`; hundreds of values a statement."""
    found: list[Job] = []
    for first in range(0, len(values), _IDS_AT_ONCE):
        some = values[first : first + _IDS_AT_ONCE]
        found += jobs(connection, f"{column} IN ({', '.join('?' * len(some))}) AND {also}", *some)[0]
    return found


def _read(found: Iterable[Any]) -> tuple[list[Job], list[str]]:
    read, broken = [], []
    for row in found:
        try:
            read.append(rows.from_values(list(row[: len(rows.COLUMNS)])))
        except rows.BrokenRowError:
            broken.append(str(row["id"]))
    return read, broken
