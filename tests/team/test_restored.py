"""A team's database from a backup: what was sent since is not paid again, no result is lost, and everybody is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.engine.test_store import job
from tests.support.any_store import ROOTS
from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import FakeService
from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox, sandbox  # noqa: F401
from tests.support.team import Team, until
from tests.support.team_chaos import rows
from tests.support.unkept_store import UnkeptStore
from tests.team.test_team import states
from topazdesk.app.settings import Settings
from topazdesk.app.team_context import open_team
from topazdesk.domain.account import Account
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.engine.job_store import NotYetError, RunRecord
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.sql import SqlConnection, SqlRows
from topazdesk.errors import ComputerError
from topazdesk.team import lineage
from topazdesk.team.connections import Connections
from topazdesk.team.memory import TeamMemory
from topazdesk.team.queue_look import QueueLook
from topazdesk.team.roots import Roots
from topazdesk.team.team_store import TeamStore

_S = JobState
RESERVE = MoneyMove(MoneyKind.RESERVE, 2.0, 3)
FAST = {"TEST_ASK_AFTER": "3", "TEST_DEAD": "2"}


def told(made: Team, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in made.run(*words, "--json").stdout.splitlines()]


def add_again(made: Team, *names: str) -> None:
    words = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(made.scans / "out"), "--yes")
    done = made.run("jobs", "add", *(str(made.scans / name) for name in names), *words)
    assert done.returncode == 0, done.stdout + done.stderr


def name_of(url: str) -> str:
    return url.split("?")[0].rpartition("/")[2]


@pytest.mark.parametrize("who", ["lives on", "comes anew"])
def test_a_team_from_a_backup_pays_nothing_twice_and_loses_no_result(shared: Team, postgres: Cluster, who: str) -> None:
    """Four pictures in the queue, a backup, two more; all are done, and the database is put back.

    Once a worker has lived through it, and once nobody is left who remembers anything.
    """
    for number in range(4):
        shared.picture(f"{number}.png", number)
    shared.add()
    dump = postgres.dump(name_of(shared.url))
    for number in range(4, 6):
        shared.picture(f"{number}.png", number)
    shared.add()
    shared.start("one", **FAST)
    until(lambda: states(shared) == {"done": 6})
    sent = len(shared.sandbox.rows("jobs"))
    assert sent == 6
    if who == "comes anew":
        shared.kill("one")
    postgres.restore(name_of(shared.url), dump)
    if who == "comes anew":
        shared.start("two", **FAST)

    until(lambda: "may be older than what was sent" in "".join(map(shared.log_of, shared.workers)))
    until(lambda: states(shared) == {"done": 4})
    until(lambda: rows(shared.url, "SELECT value FROM meta WHERE key = 'restored'") == [("",)])
    assert len(shared.sandbox.rows("jobs")) == sent
    (account,) = [line for line in told(shared, "team", "status") if line["event"] == "team_account"]
    assert (account["verified"], account["lost"]) == (True, 2)
    # Two results that no job knows: the same click does not pay for them, and they are fetched.
    add_again(shared, "4.png", "5.png")
    until(lambda: states(shared) == {"done": 4, "failed": 2})
    assert len(shared.sandbox.rows("jobs")) == sent
    found = shared.run("jobs", "recover", "--service", "topaz", "--out", str(shared.scans / "found"))
    assert found.returncode == 0, found.stdout + found.stderr
    until(lambda: states(shared) == {"done": 6, "failed": 2})
    assert len(list((shared.scans / "found").iterdir())) == 2
    until(lambda: rows(shared.url, "SELECT lost FROM accounts") == [(0,)])
    assert len(shared.sandbox.rows("jobs")) == sent


def test_everybody_is_told_until_somebody_accepts_the_database(shared: Team) -> None:
    async def flag() -> None:
        store = await open_team(Settings().with_(team=shared.url), shared.folder)
        await store.cap_day(Account(ServiceName.TOPAZ), 5)
        await store.flag_restored("a line is gone")
        await store.close()

    asyncio.run(flag())
    lines = {line["event"]: line for line in told(shared, "team", "status")}
    assert "older" in lines["team_restored"]["title"]
    assert "a line is gone" in lines["team_restored"]["details"]
    assert lines["team_account"]["verified"] is False
    assert shared.run("team", "accept").returncode == 0
    lines = {line["event"]: line for line in told(shared, "team", "status")}
    assert "team_restored" not in lines
    assert lines["team_account"]["verified"] is True


def on_store(
    url: str, test: Callable[[TeamStore], Coroutine[Any, Any, None]], memory: TeamMemory | None = None
) -> None:
    async def whole() -> None:
        store = await UnkeptStore.open(Connections(url, "one", Roots(ROOTS)), "one", memory=memory)
        try:
            await test(store)
        finally:
            await store.close()

    asyncio.run(whole())


def sent(number: int) -> Any:
    return job(number, state=_S.SUBMITTING, intent_at=2e9)


def test_what_this_machine_has_sent_is_remembered_when_the_tables_are_put_back_in_place(
    team_url: str, tmp_path: Path
) -> None:
    """The server runs on, and the tables are the same: only this machine knows that a line is missing."""

    async def sends(store: TeamStore) -> None:
        await store.add(RunRecord("r1", 1.0, None), [job(number) for number in range(3)])
        await store.save(sent(1), job(1), money=RESERVE)

    async def sends_no_more(store: TeamStore) -> None:
        with pytest.raises(NotYetError):
            await store.save(sent(1), job(1), money=RESERVE)
        with pytest.raises(NotYetError):  # not even prepared
            await store.save(job(2, state=_S.PREPARING), job(2))
        why = await store._read(lineage.restored)
        assert why is not None
        assert why.code == "computer.team_restored"
        await store.accept()
        await store.save(sent(2), job(2), money=RESERVE)
        assert await store._read(lineage.restored) is None

    on_store(team_url, sends, TeamMemory(tmp_path / "mark"))
    with psycopg.connect(team_url, autocommit=True, options="-c search_path=topazdesk") as raw:
        raw.execute("DELETE FROM history WHERE to_state = 'submitting'")
        raw.execute("DELETE FROM ledger")
        raw.execute("UPDATE jobs SET state = 'queued', intent_at = 0 WHERE id = 'j1'")
        # Others have worked since, so the numbers are as high as ever.
        raw.execute("INSERT INTO history (job_id, at, from_state, to_state, note) SELECT 'j0', 1, '', 'x', '' "
                    "FROM generate_series(1, 9)")  # fmt: skip
    on_store(team_url, sends_no_more, TeamMemory(tmp_path / "mark"))


def test_what_another_thread_remembers_meanwhile_is_no_contradiction(team_url: str) -> None:
    """The line was read for one memory and compared with the next one: a team that worked was told to be restored."""
    memory = TeamMemory()

    class Meanwhile:
        def __init__(self, connection: SqlConnection) -> None:
            self._connection = connection

        def execute(self, sql: str, parameters: Any = (), /) -> SqlRows:
            found = self._connection.execute(sql, parameters)
            memory.note(self._connection, "j1")
            return found

    async def test(store: TeamStore) -> None:
        await store.add(RunRecord("r1", 1.0, None), [job(number) for number in range(3)])
        for look in (memory.contradiction, memory.compare):
            await store._read(memory.note)
            assert await store._read(lambda c, look=look: look(Meanwhile(c))) == ""  # type: ignore[misc]

    on_store(team_url, test, memory)


def test_nothing_begins_where_the_database_was_not_looked_through(team_url: str, postgres: Cluster) -> None:
    """A restored copy, a server started anew: whichever machine asks, and whatever stands in the task queue."""

    async def begins(store: TeamStore) -> None:
        await store.add(RunRecord("r1", 1.0, None), [job(number) for number in range(2)])
        await store.save(sent(0), job(0), money=RESERVE)

    async def does_not(store: TeamStore) -> None:
        with pytest.raises(NotYetError):
            await store.save(sent(1), job(1), money=RESERVE)
        assert await store._read(lineage.restored) is None

    on_store(team_url, begins)
    dump = postgres.dump(name_of(team_url))
    copy = postgres.new_database(f"{name_of(team_url)}-copy")
    postgres.restore(name_of(copy), dump)
    on_store(copy, does_not)


def test_another_database_under_the_address_is_left_alone(team_url: str, postgres: Cluster, tmp_path: Path) -> None:
    """The databases of two teams were swapped: their jobs would be asked for, and sent, with the wrong keys."""
    from topazdesk.team.setup import init

    other = postgres.new_database(f"{name_of(team_url)}-other")
    init(other)

    def swap() -> None:
        with psycopg.connect(postgres.url, autocommit=True) as raw:
            for url in (team_url, other):
                raw.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name_of(url),)
                )
            raw.execute(f'ALTER DATABASE "{name_of(team_url)}" RENAME TO "{name_of(team_url)}-away"')
            raw.execute(f'ALTER DATABASE "{name_of(other)}" RENAME TO "{name_of(team_url)}"')

    async def test() -> None:
        settings = Settings().with_(team=team_url)
        store = await open_team(settings, tmp_path)
        await store.now()
        await asyncio.to_thread(swap)
        with pytest.raises(ComputerError) as met:  # while it runs
            await store.now()
        await store.close()
        with pytest.raises(ComputerError) as at_start:
            await open_team(settings, tmp_path)
        assert [met.value.code, at_start.value.code] == ["computer.team_other"] * 2
        await (await open_team(settings, tmp_path, anew=True)).close()  # as `team join` does
        await (await open_team(settings, tmp_path)).close()

    asyncio.run(test())


def test_a_submit_under_which_the_database_is_put_back_becomes_a_doubt(harness: EngineHarness, team_url: str) -> None:
    """Its row says that it was never sent, and no list shows it yet: it would have been sent once more."""
    going, go_on = asyncio.Event(), asyncio.Event()
    submit = FakeService.submit

    async def slow(request: Any, report: Any) -> Any:
        going.set()
        await go_on.wait()
        return await submit(harness.service, request, report)

    def put_back(job_id: str) -> None:
        with psycopg.connect(team_url, autocommit=True, options="-c search_path=topazdesk") as raw:
            raw.execute("UPDATE jobs SET state = 'queued', intent_at = 0 WHERE id = %s", (job_id,))
            raw.execute("DELETE FROM history WHERE to_state IN ('preparing', 'submitting')")

    async def test() -> None:
        engine = await harness.open()
        store = harness.store
        assert isinstance(store, TeamStore)
        harness.service.submit = slow  # type: ignore[method-assign]
        started = await harness.start_one()
        await going.wait()
        await asyncio.to_thread(put_back, started.id)
        look = QueueLook(engine._context, store, engine._unsent, engine._lost_results, lambda _: None)
        await look.reclaim(started.id)
        (row,) = await store.find([started.id])
        assert row.state is _S.DOUBTFUL
        assert row.intent_at == harness.job(started).intent_at
        assert await store._read(lineage.restored) is not None
        go_on.set()  # the late answer is to that very submit
        done = await harness.finished(started)
        assert done.state is _S.DONE
        assert harness.service.taken == 1

    harness.run(test)
