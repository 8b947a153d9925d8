"""A team amid deaths and cuts, and its books: lost, paid twice, over a limit; and how long a million jobs make one wait.

`TOPAZDESK_TEAM_JOBS` (1,000) and `TOPAZDESK_TEAM_BOOKS` (1,000,000) say how many; `TOPAZDESK_TEAM_ROUNDS` (5) how often
several machines add the same pictures at once.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psycopg

from tests.benchmarks.table import Line
from tests.benchmarks.whole_tests import whole_tests
from tests.engine.test_store import job
from tests.support import team_admission, team_chaos
from tests.support.any_store import ROOTS
from tests.support.postgres import Cluster, bin_folder, cluster
from tests.support.sandbox import started
from tests.support.team import team
from topazdesk.domain.job import JobState
from topazdesk.engine.job_store import JobStore, RunRecord
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.policy import Policy
from topazdesk.engine.store import Store

_SAMPLES = 300
_PAGE = 100
_IDLE_S = 20.0
#: Keys of paths as spread as those of real ones.
_KEYS = "n * 2654435761, n * 2654435769"


def measure(folder: Path) -> list[Line]:
    """Kill and cut: three workers, a SIGKILL a second, three restarts of the server, a proxy."""
    if bin_folder() is None:
        return []
    jobs = int(os.environ.get("TOPAZDESK_TEAM_JOBS", "1000"))
    folder.chmod(0o755)
    with cluster() as server, started(folder / "sandbox", options=("--credits", str(2 * jobs))) as sandbox:
        from topazdesk.team.setup import init

        url = server.new_database("team")
        init(url)
        with team(folder, url, sandbox) as shared:
            found = team_chaos.run(shared, server, jobs=jobs, limit_s=float(os.environ.get("TOPAZDESK_TEAM_S", "3600")))
    what = f"{jobs:,} jobs, 3 workers, {found.kills} kills, {found.restarts} restarts, {found.cuts} cut lines"
    done = found.states.get("done", 0)
    return [
        Line(f"{what}: done", f"{done:,} in {found.seconds:.0f} s", "–", None, f"{jobs:,}", done == jobs),
        Line("results lost", f"{found.missing}", "–", None, "0", found.missing == 0),
        Line("paid twice", f"{found.twice}", "–", None, "0", found.twice == 0 and found.paid == jobs),
        Line("limit of a day exceeded", "yes" if found.over_cap else "no", "–", None, "no", not found.over_cap),
    ]


def measure_admission(folder: Path) -> list[Line]:
    """Kill machines while they add the same pictures, and workers in mid-submit, with limits that leave no room for all."""
    if bin_folder() is None:
        return []
    folder.chmod(0o755)
    lines = []
    for number in range(int(os.environ.get("TOPAZDESK_TEAM_ROUNDS", "5"))):
        own = folder / f"round-{number}"
        own.mkdir(mode=0o755)
        with cluster() as server, started(own / "sandbox") as sandbox:
            from topazdesk.team.setup import init

            url = server.new_database("team")
            init(url)
            with team(own, url, sandbox) as shared:
                found = team_admission.run(shared, pictures=30, seed=number)
        what = f"round {number}: {found.kills_of_desks} kills of machines that add, {found.kills_of_workers} of workers"
        faults = (found.paid - found.pictures, found.twice, found.missing, found.over_day, found.over_budget)
        said = f"{found.paid} paid, {found.twice} twice, {found.missing} lost in {found.seconds:.0f} s"
        lines.append(Line(what, said, "–", None, f"{found.pictures} paid, 0, 0, within limits", not any(faults)))
    return lines


def measure_engine(folder: Path) -> list[Line]:
    """Run the whole suite of the engine with its jobs in PostgreSQL."""
    if bin_folder() is None:
        return []
    return [whole_tests("tests of the engine on PostgreSQL", folder, ["tests/team/whole_engine.py"])]


# -- books ----------------------------------------------------------------------------------------------------------


def measure_books(folder: Path) -> list[Line]:
    """Many jobs that are over: what a submit, a page, the status and a wake-up then cost."""
    if bin_folder() is None:
        return []
    number = int(os.environ.get("TOPAZDESK_TEAM_BOOKS", "1000000"))
    with cluster() as server:
        return asyncio.run(_books(folder, server, number))


async def _books(folder: Path, server: Cluster, number: int) -> list[Line]:
    from tests.support.unkept_store import UnkeptStore
    from topazdesk.team.connections import Connections
    from topazdesk.team.roots import Roots
    from topazdesk.team.setup import init
    from topazdesk.team.team_status import read

    url = server.new_database("books")
    init(url)
    small = number // 10
    lines = []
    store = await Store.open(folder / "books.db")
    sqlite = await _times(store, small)
    await store.close()
    connections = Connections(url, "bench", Roots(ROOTS), patience_s=60.0)
    team_store = await UnkeptStore.open(connections, "bench", Policy(in_flight_first=1e6, in_flight_most=1e6))
    try:
        here = await _times(team_store, number, lambda: _analysed(url))
        status = await _p99(lambda: read(team_store), 30)
        wake = await _wake_ups(url)
    finally:
        await team_store.close()
    for name, bar_ms in (("begin a submit", 10.0), ("a page of the list", 50.0), ("what is known of a name", 10.0)):
        value, other = here[name], sqlite[name]
        beside = f"SQLite, {small:,}: {other:.1f} ms"
        title = f"{name}, p99, {number:,} jobs"
        lines.append(Line(title, f"{value:.1f} ms", beside, value / other, f"≤ {bar_ms:.0f} ms", value <= bar_ms))
    lines.append(Line("team status, p99", f"{status:.1f} ms", "–", None, "≤ 200 ms", status <= 200))
    lines.append(Line("wake-up of an idle worker, longest of 50", f"{wake:.1f} ms", "–", None, "≤ 100 ms", wake <= 100))
    return lines


def _analysed(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute("VACUUM ANALYZE")


async def _times(store: JobStore, number: int, then: Callable[[], None] = lambda: None) -> dict[str, float]:
    done = job(0, state=JobState.DONE, charged=1, source_digest="d", result_digest="r", result_bytes=5)
    await store.add(RunRecord("r1", 1.0, None), [done])
    from topazdesk.engine import rows

    more = ("account", "roots", "started_on", "worked_on") if not isinstance(store, Store) else ()
    other = [name for name in rows.COLUMNS if name not in ("id", "token", "created_at", "changed_at")]
    columns = ", ".join((*other, *more))
    counted = f"WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {number}) "
    lines = "INSERT INTO history (job_id, at, from_state, to_state, note)"
    books = "job_id, run_id, service, estimated, reserved, charged, reserved_at, settled_at, unit, account_id"
    for into, what in (
        (
            f"INSERT INTO jobs (id, token, created_at, changed_at, source_key, result_key, {columns})",
            f"SELECT 'x' || n, 't' || n, n, n, {_KEYS}, {columns} FROM jobs, g WHERE id = 'j0'",
        ),
        (lines, "SELECT 'x' || n, n, 'queued', 'done', '' FROM g"),
        (lines, "SELECT 'x' || n, n, '', 'queued', '' FROM g"),
        (
            f"INSERT INTO ledger ({books})",
            "SELECT 'x' || n, 'r1', 'sandbox', 3, 0, 1, n, n, 'credit', 'default' FROM g",
        ),
    ):
        statement = f"{into} {counted}{what}"
        await store._write(lambda c, statement=statement: c.execute(statement))  # type: ignore[misc]
    then()
    jobs = [job(n, run_id="r2", source=ROOTS["pictures"] / f"{n}.jpg") for n in range(1, _SAMPLES + 1)]
    await store.add(RunRecord("r2", 2.0, None), jobs)
    reserve = MoneyMove(MoneyKind.RESERVE, 2e9, 3, 1_000_000, 1.9e9)
    taken = iter(jobs)

    async def begin() -> None:
        was = next(taken)
        await store.save(replace(was, state=JobState.SUBMITTING, intent_at=2e9), was, money=reserve)

    found = {"begin a submit": await _p99(begin, _SAMPLES)}
    found["a page of the list"] = await _p99(lambda: store.page(_PAGE), _SAMPLES // 3)
    names = iter(range(_SAMPLES))

    async def ask() -> None:
        await asyncio.to_thread(store.past_paths, [ROOTS["out"] / f"{next(names)}.jpg"])

    found["what is known of a name"] = await _p99(ask, _SAMPLES)
    return found


async def _p99(work: Callable[[], Awaitable[object]], times: int) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)[min(len(found) - 1, int(0.99 * len(found)))]


async def _wake_ups(url: str) -> float:
    from topazdesk.team.connections import options_of
    from topazdesk.team.queue import Queue, Step

    queue = Queue(options_of(url, "bench"))
    woken: asyncio.Queue[float] = asyncio.Queue()

    async def work(_lane: str, _job_id: str) -> None:
        woken.put_nowait(time.perf_counter())

    queue.does(work)
    await queue.open()
    worker = asyncio.create_task(queue.work("bench", ["submit:topaz:pictures"], 4, 5.0))
    found = []
    try:
        for number in range(51):
            await asyncio.sleep(0.3)  # it is idle again
            began = time.perf_counter()
            await queue.defer([Step("submit", "topaz", f"w{number}", "pictures")])
            found.append((await woken.get() - began) * 1000)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await queue.close()
    return max(found[1:])


def measure_idle(folder: Path) -> list[Line]:
    """Eight workers with nothing to do: what they ask of the database."""
    if bin_folder() is None:
        return []
    folder.chmod(0o755)
    counts = "shared_preload_libraries = 'pg_stat_statements'"
    with cluster(counts) as server, started(folder / "sandbox") as sandbox:
        from topazdesk.team.setup import init

        url = server.new_database("team")
        init(url)
        with psycopg.connect(url, autocommit=True) as raw:
            raw.execute("CREATE EXTENSION pg_stat_statements SCHEMA public")
        with team(folder, url, sandbox) as shared:
            for number in range(8):
                shared.start(f"w{number}", TEST_HEARTBEAT="5", TEST_DEAD="20")
            end = time.monotonic() + 200
            while time.monotonic() < end and not all("working" in shared.log_of(name) for name in shared.workers):
                time.sleep(0.5)
            time.sleep(15)  # the first heartbeats, and the election of keepers
            before = _statements(url)
            time.sleep(_IDLE_S)
            a_second = (_statements(url) - before) / _IDLE_S
    return [Line("eight idle workers: statements a second", f"{a_second:.1f}", "–", None, "≤ 20", a_second <= 20)]


def _statements(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as raw:
        row = raw.execute("SELECT coalesce(sum(calls), 0) FROM public.pg_stat_statements").fetchone()
        return 0 if row is None else int(row[0])
