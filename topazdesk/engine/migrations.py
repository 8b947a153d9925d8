"""The schema of the job database and the steps from older ones. A database from a newer program is left untouched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from topazdesk.disk import private_file
from topazdesk.engine.path_keys import path_key
from topazdesk.errors import Code, ComputerError

#: SQL conditions on the state. SQLite uses the partial index `jobs_open` only for the very same words.
FINAL = "('done', 'cancelled', 'failed', 'expired')"
OPEN = f"state NOT IN {FINAL}"

#: Statements that lead from version n to n + 1. Never change an entry that was released; append one.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE runs (id TEXT PRIMARY KEY, created_at REAL NOT NULL, budget INTEGER) WITHOUT ROWID",
        """CREATE TABLE jobs (
            id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL REFERENCES runs (id),
            source BLOB NOT NULL, source_digest TEXT NOT NULL, source_size TEXT NOT NULL, recipe TEXT NOT NULL,
            target_size TEXT NOT NULL, estimate TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL,
            changed_at REAL NOT NULL, remote_id TEXT NOT NULL, source_id TEXT NOT NULL, percent REAL NOT NULL,
            remote_eta REAL, charged INTEGER, result BLOB, result_size TEXT, echoed TEXT NOT NULL, trouble TEXT,
            resume_to TEXT, not_before REAL NOT NULL, attempts INTEGER NOT NULL, cancel_wanted INTEGER NOT NULL,
            format TEXT NOT NULL, position INTEGER NOT NULL, source_bytes INTEGER NOT NULL,
            source_mtime_ns INTEGER NOT NULL, intent_at REAL NOT NULL, submitted_at REAL, completed_at REAL,
            refunded INTEGER, target BLOB, result_bytes INTEGER NOT NULL, result_digest TEXT NOT NULL,
            damaged INTEGER NOT NULL, resends INTEGER NOT NULL, is_hidden INTEGER NOT NULL
        )""",
        """CREATE TABLE history (
            id INTEGER PRIMARY KEY, job_id TEXT NOT NULL, at REAL NOT NULL, from_state TEXT NOT NULL,
            to_state TEXT NOT NULL, note TEXT NOT NULL
        )""",
        "CREATE INDEX history_job ON history (job_id)",
        # reserved: held for a submit in progress or a running job; charged, refunded: the service's own figures.
        """CREATE TABLE ledger (
            job_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, service TEXT NOT NULL, estimated INTEGER NOT NULL,
            reserved INTEGER NOT NULL, charged INTEGER, refunded INTEGER, reserved_at REAL NOT NULL, settled_at REAL
        ) WITHOUT ROWID""",
        "CREATE INDEX ledger_run ON ledger (run_id)",
        "CREATE INDEX ledger_time ON ledger (reserved_at)",
    ),
    # Services count in different units, and a cap in one unit says nothing about another.
    ("ALTER TABLE ledger ADD COLUMN unit TEXT NOT NULL DEFAULT 'credit'",),
    # Trials, and several jobs from one upload.
    (
        "ALTER TABLE jobs ADD COLUMN trial TEXT",
        "ALTER TABLE jobs ADD COLUMN upload_group TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN by_source INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN source_gone TEXT NOT NULL DEFAULT ''",
    ),
    # How far a submit got. A remote job belongs to one job of ours. A picture is looked up by length, then by content.
    (
        "ALTER TABLE jobs ADD COLUMN handed_over INTEGER NOT NULL DEFAULT 1",
        "CREATE INDEX jobs_remote ON jobs (remote_id) WHERE remote_id != ''",
        "CREATE INDEX jobs_source ON jobs (source_bytes)",
    ),
    # Questions to a list of many thousand jobs, most of them final, that must not read all of it. Every indexed column
    # either never changes in a job's life or is empty for final jobs: a step of a job must not pay for the past.
    (
        f"CREATE INDEX jobs_open ON jobs (position) WHERE {OPEN}",
        "CREATE INDEX jobs_made ON jobs (created_at)",
        "CREATE INDEX jobs_of_source ON jobs (source)",
        "CREATE INDEX jobs_sharing ON jobs (upload_group) WHERE upload_group != ''",
        "CREATE INDEX jobs_trials ON jobs (created_at) WHERE trial IS NOT NULL",
        "CREATE INDEX ledger_settled ON ledger (settled_at)",
    ),
    # Whether a picture was done before: asked for every picture that is as long as an earlier one.
    ("CREATE INDEX jobs_digest ON jobs (source_digest) WHERE source_digest != ''",),
    # The kept file is the delivered one with metadata: a part file is known by the delivered one's length and digest.
    (
        "ALTER TABLE jobs ADD COLUMN delivered_bytes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN delivered_digest TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE jobs ADD COLUMN kept TEXT",
        f"UPDATE jobs SET delivered_bytes = result_bytes, delivered_digest = result_digest WHERE {OPEN}",  # noqa: S608
    ),
    # Whether a file is a result: asked for all files of a dropped folder, without reading the whole list each time.
    ("CREATE INDEX jobs_result ON jobs (result_bytes) WHERE result_digest != ''",),
    # What was sent: for the sidecar.
    ("ALTER TABLE jobs ADD COLUMN sent TEXT",),
    # What the user thinks of a result.
    ("ALTER TABLE jobs ADD COLUMN verdict TEXT NOT NULL DEFAULT ''",),
    # The labelled copy of a result is no new picture either.
    (
        "ALTER TABLE jobs ADD COLUMN label BLOB",
        "ALTER TABLE jobs ADD COLUMN label_bytes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN label_digest TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX jobs_label ON jobs (label_bytes) WHERE label_digest != ''",
    ),
    # The jobs of one run: for its report, its file, and what is told of it at its end.
    ("CREATE INDEX jobs_of_run ON jobs (run_id)",),
    # When a job may be sent.
    ("ALTER TABLE jobs ADD COLUMN hours TEXT",),
    # What the service said of how a job was made.
    ("ALTER TABLE jobs ADD COLUMN remark TEXT",),
    # Several accounts at a service. What there was before belongs to the account without a name.
    (
        "ALTER TABLE jobs ADD COLUMN account_id TEXT NOT NULL DEFAULT 'default'",
        "ALTER TABLE ledger ADD COLUMN account_id TEXT NOT NULL DEFAULT 'default'",
    ),
    # Which key a job was sent with, as a mark that does not tell it. Of what was sent before that is not known.
    ("ALTER TABLE jobs ADD COLUMN key_mark TEXT NOT NULL DEFAULT ''",),
    # Whether a path is a source or a result, whatever its case and spelling: asked for each name of a result.
    (
        "ALTER TABLE jobs ADD COLUMN source_key INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN result_key INTEGER",
        "UPDATE jobs SET source_key = path_key(source)",
        "UPDATE jobs SET result_key = path_key(result) WHERE result IS NOT NULL",
        "CREATE INDEX jobs_source_key ON jobs (source_key)",
        "CREATE INDEX jobs_result_key ON jobs (result_key) WHERE result_key IS NOT NULL",
    ),
    # Copies of results in other formats. All that ever were are known by their content: they are no new pictures.
    (
        "ALTER TABLE jobs ADD COLUMN copies TEXT NOT NULL DEFAULT '[]'",
        """CREATE TABLE copies (
            digest TEXT NOT NULL, job_id TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (digest, job_id)
        ) WITHOUT ROWID""",
        "CREATE INDEX copies_length ON copies (bytes)",
    ),
)


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Bring the database to the newest schema; an existing one is copied beside itself first.

    Raises ComputerError for a database of a newer program, before anything is written; sqlite3.Error as it comes.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(steps):
        raise ComputerError(
            "This profile belongs to a newer topazdesk",
            "Its jobs are safe and were not touched. Update topazdesk, or use another profile with --profile.",
            details=f"{path}: version {version}, this program knows {len(steps)}",
            code=Code.COMPUTER_DATABASE_NEWER,
        )
    if version == len(steps):
        return
    connection.create_function("path_key", 1, path_key, deterministic=True)
    if version > 0:
        with _turn(connection, version) as is_ours:
            if is_ours:
                _keep_copy(path, path.with_name(f"{path.name}.v{version}.bak"))
    for number in range(version, len(steps)):
        with _turn(connection, number) as is_ours:
            if is_ours:
                for statement in steps[number]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1:d}")


@contextmanager
def _turn(connection: sqlite3.Connection, version: int) -> Iterator[bool]:
    """Open a transaction; yield False if another program moved the database beyond `version` while we waited for it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield int(connection.execute("PRAGMA user_version").fetchone()[0]) == version
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _keep_copy(path: Path, copy: Path) -> None:
    """Copy the database, through a connection of its own: one inside a transaction would wait for itself."""
    with suppress(FileExistsError):
        private_file.create(copy, b"")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
