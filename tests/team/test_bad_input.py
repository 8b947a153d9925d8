"""What can be wrong with a team's database and folders: each is a sentence, and nothing is lost."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import Cluster
from topazdesk.app.keys import Keys
from topazdesk.app.settings import Settings
from topazdesk.app.team_context import joined
from topazdesk.domain.job import JobState
from topazdesk.engine import rows
from topazdesk.errors import ComputerError, Retry, TopazdeskError
from topazdesk.team import versions
from topazdesk.team.connections import Connections, database_error
from topazdesk.team.roots import Roots
from topazdesk.team.schema import STEPS
from topazdesk.team.setup import init


def opened(url: str) -> TopazdeskError | None:
    connections = Connections(url, "m", Roots({}), patience_s=0.2)
    try:
        connections.run(versions.check, writes=False)
    except TopazdeskError as error:
        return error
    finally:
        connections.close()
    return None


def test_each_fault_of_the_database_has_its_sentence(postgres: Cluster) -> None:
    empty = postgres.new_database(f"t{uuid.uuid4().hex}")
    team = postgres.new_database(f"t{uuid.uuid4().hex}")
    init(team, member="scanner")
    with psycopg.connect(team, autocommit=True) as raw:
        raw.execute("CREATE ROLE stranger LOGIN")
    assert opened(team) is None
    database = team.split("?")[0].rpartition("/")[2]
    assert opened(postgres.url_of(database, "scanner")) is None
    expected = {
        "mysql://host/x": "use.team_url",
        postgres.url_of("nowhere"): "computer.team_no_database",
        "postgresql://owner@/x?host=/nowhere": "computer.team_unreachable",
        empty: "computer.team_none",
        postgres.url_of(database, "stranger"): "computer.team_rights",
    }
    found = {}
    for url in expected:
        try:
            error = opened(url)
        except TopazdeskError as refused:
            error = refused
        assert error is not None, url
        assert error.hint
        found[url] = error.code
    assert found == expected


def test_who_enters_a_wrong_address_learns_what_is_wrong_in_it_at_once(tmp_path: Path) -> None:
    """It said after ten seconds that the database cannot be reached, and is tried again automatically."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        expected = {
            f"postgresql://anna:geheim@127.0.0.1:{port}/pictures": f"No database answers at 127.0.0.1, port {port}",
            "postgresql://anna@host.invalid/pictures": "No computer named host.invalid is found",
            "postgresql://anna@localhost:99999/pictures": "This is no address of a team's database",
            "postgresql://anna@/pictures?host=/nowhere": "No PostgreSQL runs on this computer at /nowhere/.s.PGSQL.5432",
        }
        for url, title in expected.items():
            with pytest.raises(ComputerError) as caught:
                asyncio.run(joined(Settings(), tmp_path, url, Keys()))
            assert caught.value.title == title
            assert caught.value.retry is Retry.NEVER
            with pytest.raises(ComputerError, match=re.escape(title)) as caught:
                init(url)
            assert "geheim" not in caught.value.title + caught.value.hint + caught.value.details


@pytest.mark.parametrize(
    ("said", "title", "code"),
    [
        ('FATAL:  password authentication failed for user "anna"', "does not accept the password of anna", "sign_in"),
        ("fe_sendauth: no password supplied", "The database wants a password", "sign_in"),
        (
            'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "anna", database "pictures", no encryption',
            "does not let anna into pictures from here",
            "rights",
        ),
        ('FATAL:  database "pictures" does not exist', "There is no database pictures", "no_database"),
        ('FATAL:  role "anna" does not exist', "The database has no user anna", "no_database"),
        ("server does not support SSL, but SSL was required", "cannot be encrypted", "address"),
        ("timeout expired", "There is no answer from db", "address"),
        ("FATAL:  Passwort-Authentifizierung für Benutzer »anna« fehlgeschlagen", "refuses the connection", "address"),
    ],
)
def test_what_the_server_refuses_is_said_with_its_names(said: str, title: str, code: str) -> None:
    error = psycopg.OperationalError(f'connection failed: connection to server at "db", port 5432 failed: {said}')
    told = database_error(error, "db/pictures", is_first=True)
    assert title in told.title
    assert told.code == f"computer.team_{code}"
    assert told.hint


def test_a_member_may_work_and_change_no_table(postgres: Cluster) -> None:
    team = postgres.new_database(f"t{uuid.uuid4().hex}")
    init(team, member="scanner")
    database = team.split("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres.url_of(database, "scanner"), autocommit=True) as raw:
        for statement in ("DELETE FROM topazdesk.ledger", "DELETE FROM topazdesk.jobs", "DROP TABLE topazdesk.jobs"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(statement)
    with pytest.raises(ComputerError) as caught:
        init(postgres.url_of(database, "scanner"))
    assert caught.value.code == "computer.team_rights"


def test_a_database_of_a_newer_program_is_refused_untouched_and_one_of_an_older_brought_up(postgres: Cluster) -> None:
    url = postgres.new_database(f"t{uuid.uuid4().hex}")
    assert init(url) == 0
    assert init(url) == len(STEPS)
    newer = (*STEPS, ("CREATE TABLE more (x text)",))
    older = opened(url)
    assert older is None
    assert init(url, steps=newer) == len(STEPS)
    error = opened(url)
    assert error is not None
    assert error.code == "computer.team_newer"
    with pytest.raises(ComputerError) as caught:
        init(url)
    assert caught.value.code == "computer.team_newer"


def test_the_table_of_jobs_has_every_field_of_a_job_and_every_state(team_url: str) -> None:
    """A new field of a job needs a step of this schema, too."""
    with psycopg.connect(team_url, autocommit=True) as raw:
        query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'topazdesk' AND table_name = 'jobs'"
        columns = {name for (name,) in raw.execute(query).fetchall()}
    assert set(rows.COLUMNS) <= columns
    from topazdesk.team import schema

    named = {word.strip("()' ") for text in (schema.FINAL, schema.WORKING) for word in text.split(",")}
    assert named | {"queued", "waiting"} == {state.value for state in JobState}


def test_nothing_of_a_team_is_imported_without_one(tmp_path: Path) -> None:
    """PostgreSQL's libraries are an extra, and the start of everybody else must not pay for them."""
    code = (
        "import sys, topazdesk.ui.shell.completing, topazdesk.cli.enhance, topazdesk.cli.team\n"
        "print([name for name in sys.modules if name.startswith(('psycopg', 'procrastinate', 'topazdesk.team'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
