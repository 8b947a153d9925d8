"""A team whose machines have programs of different versions: who is not of the database's version writes nothing."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from tests.engine.test_store import job
from tests.support.any_store import ROOTS
from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team import WAIT_S, Team, team, until
from tests.support.team_chaos import rows
from tests.support.unkept_store import UnkeptStore
from topazdesk.domain.job import JobState
from topazdesk.engine.job_store import RunRecord
from topazdesk.errors import ProfileLostError
from topazdesk.team import versions
from topazdesk.team.connections import Connections, TeamConnection
from topazdesk.team.roots import Roots
from topazdesk.team.schema import STEPS
from topazdesk.team.setup import init

#: What the next version of the program will do to the tables.
NEWER = (*STEPS, ("CREATE TABLE more (x text)",))


@pytest.fixture
def shared(tmp_path: Path, team_url: str, sandbox: RunningSandbox) -> Iterator[Team]:  # noqa: F811
    with team(tmp_path, team_url, sandbox) as made:
        yield made


def test_a_program_that_was_open_before_writes_nothing_into_newer_tables(team_url: str) -> None:
    """It had looked at the version when it opened the database, and never again."""

    async def test() -> None:
        store = await UnkeptStore.open(Connections(team_url, "old", Roots(ROOTS)), "old")
        lost: list[ProfileLostError] = []
        store.lost = lost.append
        try:
            await store.add(RunRecord("r1", 1.0, None), [job(1)])
            init(team_url, steps=NEWER)
            for write in (
                store.save(job(1, state=JobState.PREPARING), job(1)),
                store.add(RunRecord("r2", 1.0, None), [job(2)]),
                store.set_meta("paused", "user"),
            ):
                with pytest.raises(ProfileLostError, match="newer topazdesk"):
                    await write
        finally:
            await store.close()
        assert len(lost) == 3

    asyncio.run(test())
    assert rows(team_url, "SELECT id, state FROM jobs") == [("j1", "queued")]


def test_bringing_up_waits_for_who_writes_and_who_comes_later_reads_the_new_version(team_url: str) -> None:
    connections = Connections(team_url, "old", Roots(ROOTS))
    with psycopg.connect(team_url, autocommit=True) as looking, psycopg.connect(connections.url) as writing:
        versions.check_still(TeamConnection(writing, Roots({})))  # one that has looked, and has not written yet
        upgrade = threading.Thread(target=init, args=(team_url,), kwargs={"steps": NEWER})
        upgrade.start()

        def waiting() -> int:
            query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            found = looking.execute(query).fetchone()
            return int(found[0]) if found else 0

        until(lambda: waiting() == 1)
        late: list[BaseException] = []

        def write() -> None:
            try:
                connections.run(versions.check_still, writes=True)
            except ProfileLostError as error:
                late.append(error)

        writer = threading.Thread(target=write)
        writer.start()
        until(lambda: waiting() == 2)
        writing.execute("INSERT INTO meta VALUES ('x', 'written before')")
        writing.commit()
        upgrade.join()
        writer.join()
    connections.close()
    assert len(late) == 1
    assert rows(team_url, "SELECT value FROM meta WHERE key IN ('x', 'version') ORDER BY key") == [
        (str(len(NEWER)),),
        ("written before",),
    ]


def test_a_worker_at_work_ends_with_a_sentence_and_what_it_sent_is_found(shared: Team) -> None:
    assert shared.run("team", "root", "scans", str(shared.scans)).returncode == 0
    for number in range(4):
        shared.picture(f"{number}.png", number)
    shared.add()
    old = shared.start("old")
    until(lambda: bool(rows(shared.url, "SELECT 1 FROM jobs WHERE intent_at > 0")))
    init(shared.url, steps=NEWER)
    assert old.wait(WAIT_S) != 0
    assert "This team uses a newer topazdesk" in shared.log_of("old")
    with psycopg.connect(shared.url, autocommit=True) as raw:  # the new program, as far as the old one knows it
        raw.execute("UPDATE topazdesk.meta SET value = %s WHERE key = 'version'", (str(len(STEPS)),))
    shared.start("new")
    until(lambda: rows(shared.url, "SELECT DISTINCT state FROM jobs") == [("done",)])
    assert len(shared.sandbox.rows("jobs")) == 4


def test_the_task_queue_of_an_older_release_is_brought_up_by_its_own_migrations(postgres: Cluster) -> None:
    url = postgres.new_database(f"t{uuid.uuid4().hex}")
    fresh = postgres.new_database(f"t{uuid.uuid4().hex}")
    init(fresh)
    with psycopg.connect(url, autocommit=True, options="-c search_path=topazdesk") as raw:
        raw.execute("CREATE SCHEMA topazdesk")
        raw.execute('CREATE TABLE meta (key text COLLATE "C" PRIMARY KEY, value text NOT NULL)')
        for each in versions.queue_migrations():
            if each.stem < "03.02":
                raw.execute(each.read_bytes())
        for statement in STEPS[0][1:]:
            raw.execute(statement)
        raw.execute("INSERT INTO meta VALUES ('version', '1'), ('procrastinate', '3.1.2')")
    assert init(url) == 1
    parts = (
        (
            "SELECT proname, pg_get_function_identity_arguments(p.oid) FROM pg_proc p "
            "WHERE pronamespace = 'topazdesk'::regnamespace ORDER BY 1, 2"
        ),
        (
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'topazdesk' ORDER BY 1, 2"
        ),
        "SELECT value FROM meta WHERE key = 'queue'",
    )
    for query in parts:
        assert rows(url, query) == rows(fresh, query)
    assert "procrastinate_fetch_job_v2" in {name for name, _ in rows(url, parts[0])}
    assert SchemaManager.get_schema().count("procrastinate_fetch_job_v2") > 0


@pytest.mark.parametrize(
    ("release", "last"), [("3.10.0", "03.04.00_50"), ("3.1.2", "03.01.00_50"), ("2.14.0", "02.08")]
)
def test_which_migrations_a_release_of_the_task_queue_has(release: str, last: str) -> None:
    assert versions.queue_of_release(release).startswith(last)


def test_another_task_queue_is_refused(team_url: str) -> None:
    connections = Connections(team_url, "m", Roots({}))
    try:
        for queue, code in (("99.00.00_01_x", "computer.team_newer"), ("03.00.00_01_x", "computer.team_older")):
            with psycopg.connect(team_url, autocommit=True) as raw:
                raw.execute("UPDATE topazdesk.meta SET value = %s WHERE key = 'queue'", (queue,))
            with pytest.raises(ProfileLostError) as caught:
                connections.run(versions.check, writes=False)
            assert caught.value.code == code
    finally:
        connections.close()
