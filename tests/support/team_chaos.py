"""A team at work while its workers are killed, its database is restarted and its lines are cut; and what came of it."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.cutting_proxy import CuttingProxy
from tests.support.postgres import Cluster
from tests.support.sandbox import RunningSandbox
from tests.support.team import Team


@dataclass(frozen=True, slots=True)
class Chaos:
    """What came of it: by the database's and by the sandbox's own books."""

    jobs: int
    states: dict[str, int]
    paid: int  # processes that the service charged or still holds money for
    twice: int  # pictures with more than one of these
    over_cap: bool
    missing: int  # results that are not where they belong
    kills: int
    restarts: int
    cuts: int
    seconds: float


def rows(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the team's database says, as soon as it is up."""
    for _ in range(600):
        try:
            with psycopg.connect(url, autocommit=True, options="-c search_path=topazdesk", connect_timeout=5) as raw:
                return (
                    raw.execute(query, values).fetchall() if query.startswith("SELECT") else _done(raw, query, values)
                )
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError("the database does not come up")


def states(team: Team) -> dict[str, int]:
    """How many jobs are in which state."""
    return dict(rows(team.url, "SELECT state, count(*) FROM jobs GROUP BY state"))


def _done(raw: psycopg.Connection[Any], query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    raw.execute(query, values)
    return []


def run(
    team: Team,
    cluster: Cluster,
    *,
    jobs: int,
    workers: int = 3,
    kill_every_s: float = 1.0,
    restarts: int = 3,
    cuts_per_s: float = 1.0,
    limit_s: float = 600.0,
    kills_most: int = 1_000_000,
) -> Chaos:
    """Have `jobs` pictures done amid it, for `limit_s` at most."""
    choose = random.Random(17)
    for number in range(jobs):
        team.picture(f"{number:05}.png", number)
    assert team.run("team", "root", "scans", str(team.scans)).returncode == 0
    words = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--out", str(team.scans / "out"), "--yes")
    added = team.run("jobs", "add", str(team.scans), *words)
    assert added.returncode == 0, added.stdout + added.stderr
    rows(team.url, "UPDATE accounts SET day_cap = %s", jobs)  # each costs one credit: not one more may be spent
    started = time.monotonic()
    kills = stops = 0
    over_cap = False
    with CuttingProxy(cluster.folder / ".s.PGSQL.5432", cuts_per_s=cuts_per_s) as proxy:
        database = team.url.split("?")[0].rpartition("/")[2]
        url = f"postgresql://owner@127.0.0.1:{proxy.port}/{database}?sslmode=disable&gssencmode=disable"
        names = [f"w{number}" for number in range(workers)]
        for name in names:
            team.start(name, url=url)
        killed_at = time.monotonic()
        while time.monotonic() - started < limit_s:
            now = time.monotonic()
            states = dict(rows(team.url, "SELECT state, count(*) FROM jobs GROUP BY state"))
            spent = rows(team.url, "SELECT coalesce(sum(coalesce(charged, reserved)), 0) FROM ledger")[0][0]
            over_cap |= int(spent) > jobs
            done = states.get("done", 0)
            print(f"{now - started:6.1f} s {states} spent {spent} kills {kills}", file=sys.stderr, flush=True)
            # By what is under way: a quick computer has little between the first that is done and the last.
            if stops < restarts and int(spent) >= jobs * (stops + 1) // (restarts + 1):
                cluster.restart()
                stops += 1
            if done + states.get("failed", 0) >= jobs:
                break
            for (
                name
            ) in names:  # one that could not reach the database at its start ends; a service manager starts it again
                if team.workers[name].poll() is not None:
                    team.start(name, url=url)
            if kills < kills_most and now - killed_at >= kill_every_s:
                name = choose.choice(names)
                team.kill(name)
                team.start(name, url=url)
                kills, killed_at = kills + 1, time.monotonic()
            time.sleep(0.5)
        cuts = proxy.cuts
    return _judged(team, jobs, over_cap, kills, stops, cuts, time.monotonic() - started)


def _judged(team: Team, jobs: int, over_cap: bool, kills: int, restarts: int, cuts: int, seconds: float) -> Chaos:
    states = dict(rows(team.url, "SELECT state, count(*) FROM jobs GROUP BY state"))
    stored = rows(team.url, "SELECT result FROM jobs WHERE result IS NOT NULL")
    results = [Path(bytes(result).decode().replace("scans:", str(team.scans), 1)) for (result,) in stored]
    tokens = Counter(Path(name).stem for name in _paid_names(team.sandbox))
    return Chaos(
        jobs=jobs,
        states=states,
        paid=sum(tokens.values()),
        twice=sum(1 for number in tokens.values() if number > 1),
        over_cap=over_cap,
        missing=jobs - len({path for path in results if path.is_file()}),
        kills=kills,
        restarts=restarts,
        cuts=cuts,
        seconds=seconds,
    )


def _paid_names(sandbox: RunningSandbox) -> list[str]:
    return [row["filename"] for row in sandbox.rows("jobs")]
