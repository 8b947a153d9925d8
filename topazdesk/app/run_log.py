"""Appends a line of CSV for every job that is over: what was made of what, where, by what, and for how much.

The job list can be cleared and restored; this file only grows. It is for spreadsheets; the program reads it only to
find what it lacks: a kill can come between the end of a job and its line, which is then written at the next start. A
program that ends in order leaves a note that nothing is lacking, so that a long log is not read at every start.
"""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from topazdesk import __version__
from topazdesk.disk import private_file
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.events import Event, EventHub, JobChanged
from topazdesk.engine.originals import OriginalState, original_state

COLUMNS = (
    "time",
    "run",
    "job",
    "state",
    "service",
    "model",
    "job_at_service",
    "original",
    "original_sha256",
    "result",
    "result_sha256",
    "delivered_sha256",
    "width",
    "height",
    "charged",
    "unit",
    "metadata",
    "remarks",
    "problem",
    "program",
    "original_bytes",
    "original_changed_at",
    "original_after",
    "page",
    "copies",
)
_JOB, _STATE = COLUMNS.index("job"), COLUMNS.index("state")
#: Originals of jobs without a line that are read again; of more, nothing is said.
_MOST_READ = 100
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
#: What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t")
_MOST_CHARACTERS = 4_000

_log = logging.getLogger(__name__)


class RunLog:
    """Writes the lines, in the order in which jobs end, on a thread of its own. Trials are left out."""

    def __init__(self, path: Path, events: EventHub) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="run-log")
        self._unsubscribe = events.subscribe(self._on_event)
        self._written: dict[str, JobState] = {}
        self._lead = b""
        self._note = path.with_name(f"{path.name}.complete")
        self._is_owner = False
        self._lacks_lines = False

    def close(self) -> None:
        """Stop, after the lines already begun are written. Blocking."""
        self._unsubscribe()
        self._pool.shutdown(wait=True)
        if self._is_owner and not self._lacks_lines:
            with suppress(OSError):  # then the next start reads the log
                private_file.write(self._note, self._facts())

    def take_over(self) -> bool:
        """Become the one program that vouches for the log. Return False if it may lack lines: then call `mend`.

        It is complete if the program that had it before said so when it ended, and nobody wrote to it since. Blocking.
        """
        self._is_owner = True
        try:
            is_complete = self._note.read_text("utf-8") == self._facts()
            self._note.unlink()
        except (OSError, ValueError):
            return False
        return is_complete

    def _facts(self) -> str:
        """Return what a note that the log is complete is about: its length and columns. Raises OSError."""
        size = self._path.stat().st_size if self._path.exists() else 0
        return f"{size} {','.join(COLUMNS)}\n"

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, JobChanged):
            return
        job = event.job
        if not job.state.is_final or job.is_hidden or job.trial is not None:
            self._written.pop(job.id, None)
        elif self._written.get(job.id) is not job.state:  # a job that is over may still change: a refund, a new path
            self._written[job.id] = job.state
            self._pool.submit(self._append, job)

    def mend(self, over: Mapping[str, JobState], find: Callable[[list[str]], list[Job]]) -> None:
        """Write the lines that are missing for jobs that are over, before any other line; in the log's thread.

        `over` has the states of jobs as they were before the engine was started; `find` returns jobs, and may block.
        """
        self._pool.submit(self._mend, over, find)

    def _mend(self, over: Mapping[str, JobState], find: Callable[[list[str]], list[Job]]) -> None:
        try:
            known, self._lead = _known(self._path)
            missing = [job_id for job_id, state in over.items() if (job_id, state.value) not in known]
            jobs = sorted(find(missing), key=lambda job: job.changed_at) if missing else []
        except Exception as error:  # noqa: BLE001 a file of somebody else, a database that closes: never the run's end
            _log.warning("the log of runs was not completed: %s", type(error).__name__)
            self._lacks_lines = True
            return
        reads = len(jobs) <= _MOST_READ
        for job in jobs:
            if over[job.id] is job.state:
                self._append(job, reads=reads)

    def _append(self, job: Job, *, reads: bool = True) -> None:
        values = line_of(job, original_state(job) if reads else None)
        try:
            handle = os.open(self._path, _FLAGS, 0o600)
            try:
                is_new = os.fstat(handle).st_size == 0
                # One write a line: lines of two programs do not mix.
                os.write(handle, (_text(COLUMNS) if is_new else self._lead) + _text(values))
                self._lead = b""
            finally:
                os.close(handle)
        except OSError as error:
            # The job is over and in the job list; a log that cannot be written must not say otherwise.
            _log.warning("no line in the log of runs: %s", type(error).__name__)
            self._lacks_lines = True


def _known(path: Path) -> tuple[set[tuple[str, str]], bytes]:
    """Return the jobs and states that have a line, and what must stand before the next one.

    That is the end of a line that was cut off, and the names of the columns where an older program had others. Raises
    OSError, csv.Error.
    """
    known: set[tuple[str, str]] = set()
    header: list[str] = list(COLUMNS)
    is_cut = False
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            for row in csv.reader(file):
                if row[:1] == ["time"]:
                    header = row
                elif len(row) >= len(header):
                    known.add((row[_JOB], row[_STATE]))
        with path.open("rb") as raw:
            raw.seek(max(0, path.stat().st_size - 1))
            is_cut = raw.read(1) not in (b"\n", b"")
    except FileNotFoundError:
        return known, b""
    return known, (b"\r\n" if is_cut else b"") + (b"" if header == list(COLUMNS) else _text(COLUMNS))


def line_of(job: Job, original: OriginalState | None = None) -> tuple[object, ...]:
    """Return the values of `COLUMNS` for a job that is over. `original`: what its original is after the job."""
    size = job.result_size or job.target_size
    report = job.kept
    return (
        _time(job.changed_at),
        job.run_id,
        job.id,
        job.state.value,
        job.recipe.service.value,
        job.recipe.model,
        job.remote_id,
        str(job.picture),
        job.source_digest,
        str(job.result) if job.result is not None else "",
        job.result_digest if job.result is not None else "",
        job.delivered_digest if job.result is not None else "",
        size.width,
        size.height,
        "" if job.charged is None else job.charged,
        job.recipe.service.unit.value,
        report.mode.value if report is not None else "",
        "; ".join(report.lines) if report is not None else "",
        job.trouble.title if job.trouble is not None else "",
        f"topazdesk {__version__}",
        job.source_bytes or "",
        _time(job.source_mtime_ns / 1e9) if job.source_mtime_ns else "",
        "" if original is None else original.value,
        job.page + 1,
        "; ".join(str(path) for _, path in job.copy_paths),
    )


def csv_text(lines: Iterable[tuple[object, ...]]) -> str:
    """Return lines as CSV that no spreadsheet takes for formulas."""
    return "".join(_text(line).decode("utf-8") for line in lines)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _text(values: tuple[object, ...]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer).writerow([_cell(value) for value in values])
    return buffer.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = one_line(value, _MOST_CHARACTERS)
    return f"'{text}" if text.startswith(_FORMULA) else text
