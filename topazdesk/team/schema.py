"""The tables of a team's database and the steps from older ones. One of a newer program is refused untouched.

The tables of jobs, history, runs and ledger have the columns of the profile's own (`engine.migrations`), so that one
set of queries serves both. What a team has beside them: which roots a job needs, who started it and who works on it;
its accounts with their places, pauses and holds; and its machines.
"""

from __future__ import annotations

#: Where everything of the program lives, so that a database may have other tables, too.
SCHEMA = "topazdesk"
#: The channel on which every change is told.
CHANNEL = "topazdesk"

FINAL = "('done', 'cancelled', 'failed', 'expired')"
#: States of jobs that take a place at the service, beside doubts that are new.
AT_SERVICE = "('submitting', 'running', 'cancelling')"
#: States of jobs that somebody works on or looks after; PostgreSQL uses their index for the very same words.
WORKING = "('preparing', 'submitting', 'running', 'cancelling', 'doubtful', 'ready', 'downloading', 'verifying')"
#: States in which a step is at work, or has died.
IN_STEP = "('preparing', 'submitting', 'downloading', 'verifying')"

#: Statements that lead from version n to n + 1. Never change an entry that was released; append one.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        'CREATE TABLE meta (key text COLLATE "C" PRIMARY KEY, value text NOT NULL)',
        """CREATE TABLE runs (
            id text COLLATE "C" PRIMARY KEY, created_at double precision NOT NULL, budget bigint
        )""",
        """CREATE TABLE jobs (
            rowid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
            id text COLLATE "C" PRIMARY KEY, token text COLLATE "C" NOT NULL UNIQUE,
            run_id text COLLATE "C" NOT NULL REFERENCES runs (id),
            source bytea NOT NULL, source_digest text NOT NULL, source_size text NOT NULL, recipe text NOT NULL,
            target_size text NOT NULL, estimate text NOT NULL, state text NOT NULL,
            created_at double precision NOT NULL, changed_at double precision NOT NULL, remote_id text NOT NULL,
            source_id text NOT NULL, percent double precision NOT NULL, remote_eta double precision, charged bigint,
            result bytea, result_size text, echoed text NOT NULL, trouble text, resume_to text,
            not_before double precision NOT NULL, attempts bigint NOT NULL, cancel_wanted bigint NOT NULL,
            format text NOT NULL, position bigint NOT NULL, source_bytes bigint NOT NULL,
            source_mtime_ns bigint NOT NULL, intent_at double precision NOT NULL, submitted_at double precision,
            completed_at double precision, refunded bigint, target bytea, result_bytes bigint NOT NULL,
            result_digest text NOT NULL, damaged bigint NOT NULL, resends bigint NOT NULL, is_hidden bigint NOT NULL,
            trial text, upload_group text NOT NULL, by_source bigint NOT NULL, source_gone text NOT NULL,
            handed_over bigint NOT NULL, delivered_bytes bigint NOT NULL, delivered_digest text NOT NULL, label bytea,
            label_bytes bigint NOT NULL, label_digest text NOT NULL, kept text, sent text, verdict text NOT NULL,
            hours text, remark text, account_id text NOT NULL,
            account text NOT NULL, roots text NOT NULL, started_on text NOT NULL, worked_on text NOT NULL
        ) WITH (fillfactor = 70)""",
        """CREATE TABLE history (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job_id text COLLATE "C" NOT NULL,
            at double precision NOT NULL, from_state text NOT NULL, to_state text NOT NULL, note text NOT NULL,
            machine text NOT NULL DEFAULT coalesce(current_setting('topazdesk.machine', true), '')
        )""",
        "CREATE INDEX history_job ON history (job_id)",
        """CREATE TABLE ledger (
            job_id text COLLATE "C" PRIMARY KEY, run_id text COLLATE "C" NOT NULL, service text NOT NULL,
            estimated bigint NOT NULL, reserved bigint NOT NULL, charged bigint, refunded bigint,
            reserved_at double precision NOT NULL, settled_at double precision, unit text NOT NULL,
            account_id text NOT NULL
        )""",
        "CREATE INDEX ledger_run ON ledger (run_id)",
        "CREATE INDEX ledger_time ON ledger (reserved_at)",
        "CREATE INDEX ledger_settled ON ledger (settled_at)",
        f"CREATE INDEX jobs_open ON jobs (position, created_at) WHERE state NOT IN {FINAL}",
        "CREATE INDEX jobs_made ON jobs (created_at, rowid) WHERE is_hidden = 0",
        "CREATE INDEX jobs_of_source ON jobs (source)",
        "CREATE INDEX jobs_sharing ON jobs (upload_group) WHERE upload_group != ''",
        "CREATE INDEX jobs_trials ON jobs (created_at) WHERE trial IS NOT NULL",
        "CREATE INDEX jobs_remote ON jobs (remote_id) WHERE remote_id != ''",
        "CREATE INDEX jobs_length ON jobs (source_bytes)",
        "CREATE INDEX jobs_digest ON jobs (source_digest) WHERE source_digest != ''",
        "CREATE INDEX jobs_result ON jobs (result_bytes) WHERE result_digest != ''",
        "CREATE INDEX jobs_label ON jobs (label_bytes) WHERE label_digest != ''",
        "CREATE INDEX jobs_of_run ON jobs (run_id)",
        # What the keeper of an account asks again and again; none of them holds a job that is over.
        "CREATE INDEX jobs_queued ON jobs (account, position, created_at) WHERE state = 'queued'",
        "CREATE INDEX jobs_waiting ON jobs (not_before) WHERE state = 'waiting'",
        f"CREATE INDEX jobs_working ON jobs (account, state) WHERE state IN {WORKING}",
        """CREATE TABLE accounts (
            account text PRIMARY KEY, places double precision NOT NULL, was_refused boolean NOT NULL DEFAULT false,
            deaf_until double precision NOT NULL DEFAULT 0, held_until double precision NOT NULL DEFAULT 0,
            paused text, day_cap bigint, keeper text NOT NULL DEFAULT ''
        )""",
        """CREATE TABLE machines (
            name text PRIMARY KEY, version text NOT NULL, roots text NOT NULL, uploads integer NOT NULL,
            downloads integer NOT NULL, trouble text, accounts text NOT NULL, clock_ahead double precision NOT NULL,
            seen_at timestamptz NOT NULL DEFAULT now()
        )""",
        # Which roots jobs need together: a worker serves the queues of those that it has all of.
        "CREATE TABLE root_sets (roots text PRIMARY KEY)",
    ),
    # Which key a job was sent with, as a mark that does not tell it. Of what was sent before that is not known.
    ("ALTER TABLE jobs ADD COLUMN key_mark text NOT NULL DEFAULT ''",),
    # Whether a path is a source or a result, whatever its case and spelling: asked for each name of a result. They
    # follow from the paths; `setup` works them out for the jobs that are there.
    (
        "ALTER TABLE jobs ADD COLUMN source_key bigint NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN result_key bigint",
        "CREATE INDEX jobs_source_key ON jobs (source_key)",
        "CREATE INDEX jobs_result_key ON jobs (result_key) WHERE result_key IS NOT NULL",
    ),
    # How long was waited for what is perhaps on its way: keepers may end before the whole wait is over.
    (
        """CREATE TABLE doubts (
            job_id text COLLATE "C" NOT NULL, what text NOT NULL, intent_at double precision NOT NULL,
            waited_s double precision NOT NULL, PRIMARY KEY (job_id, what)
        )""",
    ),
    # The mark by which each machine knows the folder of a root, and what is amiss with those of a machine. In which
    # roots the jobs that are there write their results works `setup` out.
    (
        "CREATE TABLE roots (name text PRIMARY KEY, mark text NOT NULL, made_on text NOT NULL)",
        "ALTER TABLE machines ADD COLUMN away text NOT NULL DEFAULT '{}'",
    ),
    # Where the queue of an account was last looked up at its service, and how many results there no job knew then.
    ("ALTER TABLE accounts ADD COLUMN verified text NOT NULL DEFAULT '', ADD COLUMN lost integer NOT NULL DEFAULT 0",),
    # Copies of results in other formats. All that ever were are known by their content: they are no new pictures.
    (
        "ALTER TABLE jobs ADD COLUMN copies text NOT NULL DEFAULT '[]'",
        """CREATE TABLE copies (
            digest text COLLATE "C" NOT NULL, job_id text COLLATE "C" NOT NULL, bytes bigint NOT NULL,
            PRIMARY KEY (digest, job_id)
        )""",
        "CREATE INDEX copies_length ON copies (bytes)",
    ),
)

#: The version in which jobs got the keys of their paths.
PATH_KEYS = 3
#: The version in which jobs tell in which roots they write.
WRITTEN_ROOTS = 5
