"""The real program killed with SIGKILL at random instants, over and over: what is lost and what is paid twice. Both must be 0.

`TOPAZDESK_CRASH_KILLS` and `TOPAZDESK_CRASH_JOBS` make it longer; several profiles are tormented side by side.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.table import Line
from tests.support.crashing import Tally, kill_often
from tests.support.sandbox import started

KILLS = 300
JOBS = 100
_SIDE_BY_SIDE = 2


def _one(folder: Path, kills: int, jobs: int, seed: int) -> Tally:
    (folder / "profile").mkdir(parents=True)
    with started(folder / "profile" / "sandbox") as service:
        return kill_often(folder, service, kills=kills, jobs=jobs, batch=5, seed=seed)


def measure(folder: Path) -> list[Line]:
    """Kills, jobs, and the two counts that matter. The seed is printed, so that a run can be repeated."""
    kills = int(os.environ.get("TOPAZDESK_CRASH_KILLS", KILLS))
    jobs = int(os.environ.get("TOPAZDESK_CRASH_JOBS", JOBS))
    seed = int(os.environ.get("TOPAZDESK_CRASH_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed}")
    share = [-(-n // _SIDE_BY_SIDE) for n in (kills, jobs)]
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        running = [pool.submit(_one, folder / str(i), share[0], share[1], seed + i) for i in range(_SIDE_BY_SIDE)]
        tallies = [each.result() for each in running]
    for problem in (p for tally in tallies for p in tally.problems):
        print(problem)
    killed, taken = sum(t.kills for t in tallies), sum(t.jobs for t in tallies)
    lost, double = sum(t.lost for t in tallies), sum(t.double for t in tallies)
    others = sum(t.unfinished + len(t.problems) for t in tallies)
    return [
        Line("crash: kills with SIGKILL", f"{killed}", "–", None, f"≥ {kills}", killed >= kills),
        Line("crash: jobs taken by the service", f"{taken}", "–", None, f"≥ {jobs}", taken >= jobs),
        Line("crash: results lost", f"{lost}", "–", None, "0", lost == 0),
        Line("crash: jobs paid twice", f"{double}", "–", None, "0", double == 0),
        Line("crash: left unfinished or untidy", f"{others}", "–", None, "0", others == 0),
    ]
