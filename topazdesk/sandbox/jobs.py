"""Jobs and sources: the records, and how they are stored. All functions run on the database thread in a transaction."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, fields
from typing import Any

from topazdesk.sandbox import ledger
from topazdesk.sandbox.models import CATEGORIES

#: Statuses, inputs and outputs are kept for 7 days (OpenAPI).
RETENTION_S = 7 * 24 * 3600

#: Prefix of the endpoint of a job that came through the Runflow API; the Topaz API does not show such jobs.
RUNFLOW = "runflow/"

PENDING = "Pending"
PROCESSING = "Processing"
COMPLETED = "Completed"
CANCELLED = "Cancelled"
FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Source:
    """An uploaded picture. Sizes are in upright pixels, times in Unix seconds; `digest` identifies the content."""

    id: str
    filename: str
    format: str
    width: int
    height: int
    digest: str
    created: float


@dataclass(frozen=True, slots=True)
class SandboxJob:
    """A submitted job.

    `settings` are those it runs with; `queue_s` and `takes_s` are its planned waiting and working time. `fail_at` is
    the percentage at which a scenario makes it fail, and `refund` says whether the credits are returned then. Other
    times are Unix seconds.
    """

    id: str
    source_id: str
    filename: str
    endpoint: str
    model: str
    input_format: str
    input_width: int
    input_height: int
    output_format: str
    output_width: int
    output_height: int
    crop_to_fill: bool
    settings: dict[str, Any]
    status: str
    progress: int
    created: float
    modified: float
    started: float | None
    queue_s: float
    takes_s: float
    credits: int
    fail_at: int | None = None
    refund: bool = True
    seq: int = 0

    @property
    def eta(self) -> float:
        """When the job should be done, in Unix seconds, assuming that nothing else is running."""
        return (self.created + self.queue_s if self.started is None else self.started) + self.takes_s

    @property
    def is_finished(self) -> bool:
        """Whether the job has reached a final status."""
        return self.status in (COMPLETED, CANCELLED, FAILED)

    def percent(self, now: float) -> int:
        """Return the progress at `now`, 0 to 100; at most 99 while the job is processing."""
        if self.status != PROCESSING or self.started is None:
            return self.progress
        share = 1.0 if self.takes_s <= 0 else (now - self.started) / self.takes_s
        return min(99, max(0, int(share * 100)))

    def to_json(self, now: float) -> dict[str, Any]:
        """Return the published StatusResponse. A few settings are repeated in fields of their own."""
        body: dict[str, Any] = {
            "process_id": self.id,
            "source_id": self.source_id,
            "filename": self.filename,
            "input_format": self.input_format,
            "input_height": self.input_height,
            "input_width": self.input_width,
            "output_format": self.output_format,
            "output_height": self.output_height,
            "output_width": self.output_width,
            "category": CATEGORIES[self.endpoint],
            "model_type": "Gen" if self.endpoint.endswith("-gen") else "GAN",
            "model": self.model,
            "crop_to_fill": self.crop_to_fill,
            "options_json": json.dumps(self.settings, ensure_ascii=False),
            "status": self.status,
            "progress": self.percent(now),
            "eta": int(self.eta),
            "creation_time": int(self.created),
            "modification_time": int(self.modified),
            "credits": self.credits,
        }
        for name in _ECHOED:
            if name in self.settings:
                body[name] = self.settings[name]
        return body


_ECHOED = ("subject_detection", "face_enhancement", "face_enhancement_creativity", "face_enhancement_strength")
_SOURCE_COLUMNS = tuple(f.name for f in fields(Source))
_JOB_COLUMNS = tuple(f.name for f in fields(SandboxJob) if f.name != "seq")


def _job(row: sqlite3.Row) -> SandboxJob:
    values = {name: row[name] for name in (*_JOB_COLUMNS, "seq")}
    values |= {
        "settings": json.loads(row["settings"]),
        "crop_to_fill": bool(row["crop_to_fill"]),
        "refund": bool(row["refund"]),
    }
    return SandboxJob(**values)


def add(db: sqlite3.Connection, job: SandboxJob, source: Source | None) -> None:
    """Store a job, and its source if that is new, and reserve its credits. Raises ApiError 402."""
    ledger.reserve(db, job.id, job.credits, job.created)
    if source is not None:
        add_source(db, source)
    values = [json.dumps(job.settings) if n == "settings" else getattr(job, n) for n in _JOB_COLUMNS]
    marks = ", ".join("?" * len(_JOB_COLUMNS))
    db.execute(f"INSERT INTO jobs ({', '.join(_JOB_COLUMNS)}) VALUES ({marks})", values)  # noqa: S608


def add_source(db: sqlite3.Connection, source: Source) -> None:
    """Store a source."""
    marks = ", ".join("?" * len(_SOURCE_COLUMNS))
    db.execute(f"INSERT INTO sources VALUES ({marks})", [getattr(source, n) for n in _SOURCE_COLUMNS])  # noqa: S608


def get(db: sqlite3.Connection, process_id: str, now: float, *, api: str = "") -> SandboxJob | None:
    """Return a job of one API (`api` is "" for Topaz, or `RUNFLOW`), or None when it is deleted or over 7 days old."""
    row = db.execute(
        "SELECT * FROM jobs WHERE id = ? AND NOT deleted AND created > ? AND (endpoint LIKE 'runflow/%') = ?",
        (process_id, now - RETENTION_S, api == RUNFLOW),
    ).fetchone()
    return _job(row) if row else None


def get_source(db: sqlite3.Connection, source_id: str, now: float) -> Source | None:
    """Return a source; None when it is older than seven days."""
    row = db.execute("SELECT * FROM sources WHERE id = ? AND created > ?", (source_id, now - RETENTION_S)).fetchone()
    return Source(**dict(row)) if row else None


def expire_source(db: sqlite3.Connection, source_id: str) -> None:
    """Make a source so old that it counts as expired."""
    db.execute("UPDATE sources SET created = 0 WHERE id = ?", (source_id,))


def page(
    db: sqlite3.Connection, before_seq: int | None, limit: int | None, now: float, *, api: str = ""
) -> list[SandboxJob]:
    """Return jobs of one API, newest first; `before_seq` continues after an earlier page, `limit` None means all."""
    rows = db.execute(
        "SELECT * FROM jobs WHERE NOT deleted AND created > ? AND seq < ? AND (endpoint LIKE 'runflow/%') = ?"
        " ORDER BY seq DESC LIMIT ?",
        (
            now - RETENTION_S,
            before_seq if before_seq is not None else 1 << 62,
            api == RUNFLOW,
            -1 if limit is None else limit,
        ),
    )
    return [_job(row) for row in rows]


def unfinished(db: sqlite3.Connection) -> list[SandboxJob]:
    """Return the jobs to continue after a start, oldest first. Deleted jobs are always finished."""
    return [
        _job(row) for row in db.execute("SELECT * FROM jobs WHERE status IN (?, ?) ORDER BY seq", (PENDING, PROCESSING))
    ]


def begin(db: sqlite3.Connection, process_id: str, now: float) -> SandboxJob | None:
    """Set a pending job to Processing and return it; also return one that is processing already. None for others."""
    db.execute(
        "UPDATE jobs SET status = ?, started = ?, modified = ? WHERE id = ? AND status = ?",
        (PROCESSING, now, now, process_id, PENDING),
    )
    row = db.execute("SELECT * FROM jobs WHERE id = ? AND status = ?", (process_id, PROCESSING)).fetchone()
    return _job(row) if row else None


def complete(db: sqlite3.Connection, job: SandboxJob, now: float) -> bool:
    """Set a job to Completed and charge its credits; return False when it was cancelled meanwhile."""
    if not _finish(db, job, COMPLETED, 100, now):
        return False
    ledger.charge(db, job.id, job.credits, now)
    return True


def fail(db: sqlite3.Connection, job: SandboxJob, now: float) -> bool:
    """Set a job to Failed and refund its credits (unless a scenario withholds that); False when it was cancelled."""
    if not _finish(db, job, FAILED, job.percent(now), now):
        return False
    if job.refund:
        ledger.refund(db, job.id, job.credits, now)
    return True


def cancel(db: sqlite3.Connection, process_id: str, now: float) -> SandboxJob | None:
    """Cancel a job and charge what that costs; return None when it is finished. Raises KeyError when it is unknown."""
    job = get(db, process_id, now)
    if job is None:
        raise KeyError(process_id)
    if job.is_finished:
        return None
    progress = job.percent(now)
    _finish(db, job, CANCELLED, progress, now)
    kept = ledger.settle_cancel(db, job.id, job.credits, progress, now)
    db.execute("UPDATE jobs SET credits = ? WHERE id = ?", (kept, job.id))
    return job


def _finish(db: sqlite3.Connection, job: SandboxJob, status: str, progress: int, now: float) -> bool:
    changed = db.execute(
        "UPDATE jobs SET status = ?, progress = ?, modified = ? WHERE id = ? AND status IN (?, ?)",
        (status, progress, now, job.id, PENDING, PROCESSING),
    ).rowcount
    return changed == 1


def delete(db: sqlite3.Connection, process_id: str, now: float) -> bool:
    """Delete the status of a job; return False when it is not finished. Raises KeyError when it is unknown."""
    job = get(db, process_id, now)
    if job is None:
        raise KeyError(process_id)
    if not job.is_finished:
        return False
    forget(db, process_id)
    return True


def forget(db: sqlite3.Connection, process_id: str) -> None:
    """Delete the status of a job in any state. Its ledger entries stay."""
    db.execute("UPDATE jobs SET deleted = 1 WHERE id = ?", (process_id,))


def delete_finished(db: sqlite3.Connection) -> int:
    """Delete the statuses of all finished jobs; return their number."""
    return db.execute(
        "UPDATE jobs SET deleted = 1 WHERE NOT deleted AND endpoint NOT LIKE 'runflow/%' AND status NOT IN (?, ?)",
        (PENDING, PROCESSING),
    ).rowcount


def expired_files(db: sqlite3.Connection, now: float) -> tuple[list[str], list[str]]:
    """Return the ids of sources and of jobs whose files have expired after seven days."""
    limit = now - RETENTION_S
    sources = [r["id"] for r in db.execute("SELECT id FROM sources WHERE created <= ?", (limit,))]
    results = [r["id"] for r in db.execute("SELECT id FROM jobs WHERE modified <= ?", (limit,))]
    return sources, results
