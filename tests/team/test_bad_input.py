"""What can be wrong with a team's database and folders: each is a sentence, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import Cluster
from topazdesk.domain.job import JobState
from topazdesk.engine import rows
from topazdesk.errors import ComputerError, TopazdeskError
from topazdesk.team import versions
from topazdesk.team.connections import Connections
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
