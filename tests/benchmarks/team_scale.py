"""How a team grows: done jobs a second with 1, 2, 4 and 8 workers, until the account has no more places.

The sandbox takes `TOPAZDESK_SCALE_S` seconds a job (2), each worker brings 16 places at the account, and workers are real
processes. All of them, PostgreSQL and the sandbox share this computer, which has an end of its own: so it is also printed
what a job costs in each, and how busy they kept the processors. With longer jobs the same machine shows more workers.
`TOPAZDESK_SCALE_WORKERS` ("1 2 4 8") says which; "8/32" are 8 workers with 32 places.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks.table import Line, left_out
from tests.support.postgres import Cluster, bin_folder, cluster
from tests.support.sandbox import RunningSandbox, started
from tests.support.team import Team, team

_PLACES = 16
#: Rounds of all places that are measured, after the first: so many as last some twenty seconds, but these at least.
_WINDOW_S, _ROUNDS = 20.0, 3
#: Of what would be linear.
_BAR = 0.9
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
#: Busier than this, the computer is the limit and not the team.
_FULL = 0.85


@dataclass(frozen=True, slots=True)
class Pace:
    """A team at its steady state: done a second, processor seconds and statements a job, how busy the computer was."""

    workers: int
    places: int
    a_second: float
    workers_cpu_s: float
    sandbox_cpu_s: float
    database_cpu_s: float
    statements: float
    busy: float
    faults: int

    @property
    def cpu_s(self) -> float:
        return self.workers_cpu_s + self.sandbox_cpu_s + self.database_cpu_s


def measure(folder: Path) -> list[Line]:
    """Each number of workers with a database and a sandbox of its own."""
    if bin_folder() is None:
        return [left_out("a team that grows", "PostgreSQL is not installed")]
    job_s = float(os.environ.get("TOPAZDESK_SCALE_S", "2"))
    folder.chmod(0o755)
    stages = os.environ.get("TOPAZDESK_SCALE_WORKERS", "1 2 4 8 8/32").split()
    lines: list[Line] = []
    first: Pace | None = None
    with cluster("shared_preload_libraries = 'pg_stat_statements'") as server:
        for stage in stages:
            workers, _, limit = stage.partition("/")
            count = int(workers)
            found = _pace(folder / stage.replace("/", "-"), server, count, int(limit or _PLACES * count), job_s)
            first = first or found
            lines += _lines(found, first, job_s)
    return lines


def _lines(found: Pace, first: Pace, job_s: float) -> list[Line]:
    linear = first.a_second / first.places * found.places
    share = found.a_second / linear
    is_full = found.busy >= _FULL
    name = f"{found.workers} workers, {found.places} places, {job_s:g} s a job: done a second"
    bar = f"≥ {_BAR} × linear" + (", this computer is full" if is_full else "")
    cost = (
        f"{found.cpu_s * 1000:.0f} ms = workers {found.workers_cpu_s * 1000:.0f} + sandbox {found.sandbox_cpu_s * 1000:.0f} "
        f"+ database {found.database_cpu_s * 1000:.0f}"
    )
    ok = None if is_full and share < _BAR else share >= _BAR
    return [
        Line(name, f"{found.a_second:.2f}", f"{linear:.2f} linear", share, bar, ok),
        Line("  processor a job", cost, f"{found.busy:.0%} busy", None, "", None),
        Line("  statements a job", f"{found.statements:.0f}", "–", None, "", None),
        Line("  errors", f"{found.faults}", "–", None, "0", found.faults == 0),
    ]


def _pace(folder: Path, server: Cluster, workers: int, places: int, job_s: float) -> Pace:
    from topazdesk.team.setup import init

    folder.mkdir()
    folder.chmod(0o755)
    rounds = max(_ROUNDS, round(_WINDOW_S / job_s))
    jobs = (rounds + 4) * places
    url = server.new_database(folder.name)
    init(url)
    with started(folder / "sandbox", options=("--credits", str(2 * jobs))) as sandbox:
        match = {"method": "POST", "path": "/enhance"}
        # The first of each place ends early, one after the other: jobs of different lengths do not end at one moment either.
        first = [{"match": {**match, "nth": 1}, "do": {"job_s": job_s * (n + 1) / places}} for n in range(places)]
        sandbox.scenario(*first, {"match": match, "do": {"job_s": job_s}})
        with team(folder, url, sandbox) as shared:
            _enqueue(shared, jobs)
            with psycopg.connect(url, autocommit=True, options="-c search_path=topazdesk,public") as raw:
                raw.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")
                raw.execute("UPDATE accounts SET places = %s", (places,))
                limits = {"TEST_PLACES": str(places), "TEST_PLACES_MOST": str(places)}
                for number in range(workers):
                    shared.start(f"w{number}", TEST_HEARTBEAT="5", TEST_DEAD="20", **limits)
                _until_done(raw, 2 * places)
                return _window(raw, server, sandbox, shared, places, rounds)


def _enqueue(shared: Team, jobs: int) -> None:
    for number in range(jobs):
        shared.picture(f"{number:05}.png", number)
    assert shared.run("team", "root", "scans", str(shared.scans)).returncode == 0
    words = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(shared.scans / "out"), "--yes")
    added = shared.run("jobs", "add", str(shared.scans), *words)
    assert added.returncode == 0, added.stdout + added.stderr


def _until_done(raw: psycopg.Connection[Any], number: int) -> int:
    """Wait until so many jobs are done; return how many there are by then."""
    end = time.monotonic() + 400
    while time.monotonic() < end:
        if (done := _done(raw)) >= number:
            return done
        time.sleep(0.1)
    raise TimeoutError("the team does not come to work")


def _window(
    raw: psycopg.Connection[Any], server: Cluster, sandbox: RunningSandbox, shared: Team, places: int, rounds: int
) -> Pace:
    """Measure whole rounds: what is uneven about one comes again with the next."""
    assert sandbox.process is not None
    database = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    began = time.monotonic()
    before = (_cpu(*(each.pid for each in shared.workers.values())), _cpu(sandbox.process.pid), _cpu(database))
    done, statements = _done(raw), _statements(raw)
    number = _until_done(raw, (2 + rounds) * places) - done
    seconds = time.monotonic() - began
    after = (_cpu(*(each.pid for each in shared.workers.values())), _cpu(sandbox.process.pid), _cpu(database))
    each = [(now - was) / number for now, was in zip(after, before, strict=True)]
    busy = sum(each) * number / (seconds * (os.cpu_count() or 1))
    faults = sum(line.startswith("error ") for name in shared.workers for line in shared.log_of(name).splitlines())
    failed = raw.execute("SELECT count(*) FROM jobs WHERE state IN ('failed', 'doubtful', 'waiting')").fetchone()
    assert failed is not None
    spent = (_statements(raw) - statements) / number
    ended = raw.execute("SELECT at FROM history WHERE to_state = 'done' ORDER BY at").fetchall()
    took = ended[(2 + rounds) * places - 1][0] - ended[2 * places - 1][0]
    return Pace(len(shared.workers), places, rounds * places / took, *each, spent, busy, faults + int(failed[0]))


def _done(raw: psycopg.Connection[Any]) -> int:
    row = raw.execute("SELECT count(*) FROM jobs WHERE state = 'done'").fetchone()
    return 0 if row is None else int(row[0])


def _statements(raw: psycopg.Connection[Any]) -> int:
    row = raw.execute("SELECT coalesce(sum(calls), 0) FROM public.pg_stat_statements").fetchone()
    return 0 if row is None else int(row[0])


def _cpu(*processes: int) -> float:
    """Processor seconds of these processes and of all that came from them, ended ones included."""
    return sum(_own_cpu(pid) for root in processes for pid in (root, *_below(root)))


def _own_cpu(pid: int) -> float:
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, values[11:15])) * _TICK_S


def _below(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from _below(child)
