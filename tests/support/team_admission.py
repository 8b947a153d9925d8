"""Machines of a team that all want the same pictures at once, while they and its workers are killed; and what came of it.

Every picture lies in several folders, and each machine adds one of them, again and again until it was not killed. The limit of the
account's day and the budget of a run leave room for some of it only; later the limit is raised, and all the rest has to be done.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.support import quick_start
from tests.support.team import REPOSITORY, WAIT_S, Team
from tests.support.team_chaos import rows

_WORDS = ("--model", "Standard 2", "--scale", "2", "--service", "topaz", "--yes")
#: Room in the budget of the first run, which has more pictures than that.
_BUDGET, _FIRST = 2, 4


@dataclass(frozen=True, slots=True)
class Admission:
    """What came of it, by the sandbox's own books and the team's."""

    pictures: int  # that could be paid in the end, each at one credit
    paid: int  # processes at the service
    twice: int  # pictures with more than one of these
    missing: int  # paid results that no job has brought home
    over_day: bool
    over_budget: bool
    kills_of_workers: int
    kills_of_desks: int
    seconds: float


class _Desk:
    """A machine that adds a folder until it is added."""

    def __init__(self, team: Team, number: int, chance: random.Random, kills_most: int) -> None:
        self._team, self._chance, self._left = team, chance, kills_most
        self._folder = team.scans / f"copy-{number}"
        self._profile = team.folder / f"profile-desk-{number}"
        self.kills = 0
        self.is_done = False
        assert self.run("team", "root", "scans", str(team.scans)).returncode == 0
        self._process = self._start()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return quick_start.run(self._command(*words), env=self._team.environment, timeout_s=WAIT_S)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "topazdesk", "--team", self._team.url, *words, "--profile", str(self._profile)]

    def _start(self) -> subprocess.Popen[str]:
        self._kill_at = time.monotonic() + self._chance.uniform(0.02, 1.2)
        words = ("jobs", "add", str(self._folder), *_WORDS, "--out", str(self._team.scans / "out"))
        log = (self._team.folder / f"{self._profile.name}.log").open("a", encoding="utf-8")
        with log:
            return quick_start.start(
                self._command(*words), stdout=log, stderr=log, text=True, env=self._team.environment, cwd=REPOSITORY
            )

    def step(self) -> None:
        code = self._process.poll()
        if code is None:
            if self._left and time.monotonic() > self._kill_at:
                self._left -= 1
                self.kills += 1
                self._process.kill()
                self._process.wait(60)
                self._process = self._start()
        elif code == 0:
            self.is_done = True
        else:
            raise AssertionError((self._team.folder / f"{self._profile.name}.log").read_text()[-2000:])

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(60)


def run(
    team: Team, *, pictures: int, desks: int = 3, workers: int = 3, kill_every_s: float = 1.0, seed: int = 17
) -> Admission:
    """Have `pictures` done, which `desks` machines add at once; a worker is killed every `kill_every_s` on average."""
    chance = random.Random(seed)
    for number in range(_FIRST):
        team.picture(f"first/{number}.png", 1000 + number)
    for number in range(pictures):
        team.picture(f"copy-0/{number}.png", number)
    for desk in range(1, desks):
        shutil.copytree(team.scans / "copy-0", team.scans / f"copy-{desk}")
    # Slow enough that many die while they wait for the answer to a submit, before or after it was taken.
    team.sandbox.scenario(
        {"match": {"method": "POST", "path": "/enhance", "nth": list(range(1, 10_000, 2))}, "do": {"delay_s": 0.4}},
        {"match": {"method": "POST", "path": "/enhance"}, "do": {"answer_delay_s": 0.4}},
    )
    started = time.monotonic()
    # The first run makes the account known, so that it has limits before anything is sent.
    assert team.run("team", "root", "scans", str(team.scans)).returncode == 0
    out = ("--out", str(team.scans / "out"))
    first = team.run("jobs", "add", str(team.scans / "first"), *_WORDS, *out)
    assert first.returncode == 0, first.stdout + first.stderr
    day = _BUDGET + pictures // 2
    rows(team.url, "UPDATE accounts SET day_cap = %s", day)
    rows(team.url, "UPDATE runs SET budget = %s", _BUDGET)
    ((run_id,),) = rows(team.url, "SELECT id FROM runs")
    adding = [_Desk(team, number, chance, kills_most=4) for number in range(desks)]
    names = [f"w{number}" for number in range(workers)]
    kills = 0
    is_raised = over_day = over_budget = False
    try:
        for name in names:
            team.start(name)
        kill_at = time.monotonic() + kill_every_s
        while time.monotonic() - started < WAIT_S * 4:
            for desk in adding:
                if not desk.is_done:
                    desk.step()
            spent = rows(team.url, "SELECT run_id, sum(coalesce(charged, reserved)) FROM ledger GROUP BY run_id")
            by_run = {run: int(amount) for run, amount in spent}
            at_service = len(team.sandbox.rows("jobs"))
            over_day |= not is_raised and max(sum(by_run.values()), at_service) > day
            over_budget |= by_run.get(run_id, 0) > _BUDGET
            states = dict(rows(team.url, "SELECT state, count(*) FROM jobs GROUP BY state"))
            print(f"{time.monotonic() - started:6.1f} s {states} paid {at_service} kills {kills}", file=sys.stderr)
            is_added = all(desk.is_done for desk in adding)
            open_ = sum(states.values()) - states.get("done", 0) - states.get("failed", 0)
            # The limit pauses the account, also where one that was on its way turned out later not to have arrived.
            is_paused = rows(team.url, "SELECT paused IS NOT NULL FROM accounts") == [(True,)]
            if is_added and not is_raised and is_paused and open_ == states.get("queued", 0):
                is_raised = True
                assert team.run("team", "cap", "none", "--service", "topaz").returncode == 0
            if is_added and not open_:
                break
            for name in names:  # one that found its name still in use ends; a service manager starts it again
                if team.workers[name].poll() is not None:
                    team.start(name)
            if time.monotonic() > kill_at:
                name = chance.choice(names)
                team.kill(name)
                team.start(name)
                kills, kill_at = kills + 1, time.monotonic() + chance.uniform(0.2, 2 * kill_every_s)
            time.sleep(0.2)
    finally:
        for desk in adding:
            desk.close()
    return _judged(team, pictures, over_day, over_budget, kills, adding, time.monotonic() - started)


def _judged(
    team: Team, pictures: int, over_day: bool, over_budget: bool, kills: int, adding: list[_Desk], seconds: float
) -> Admission:
    jobs = {token: rest for token, *rest in rows(team.url, "SELECT token, source_digest, state, result FROM jobs")}
    tokens = [Path(row["filename"]).stem for row in team.sandbox.rows("jobs")]
    contents = Counter(jobs[token][0] if token in jobs else token for token in tokens)
    home = set()
    for token, (_, state, result) in jobs.items():
        if state == "done" and Path(bytes(result).decode().replace("scans:", str(team.scans), 1)).is_file():
            home.add(token)
    return Admission(
        pictures=pictures + _BUDGET,
        paid=len(tokens),
        twice=sum(number > 1 for number in contents.values()),
        missing=len(set(tokens) - home),
        over_day=over_day,
        over_budget=over_budget,
        kills_of_workers=kills,
        kills_of_desks=sum(desk.kills for desk in adding),
        seconds=seconds,
    )
