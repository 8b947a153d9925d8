"""The real program lied to by service, network and computer, and killed: what is lost and what is paid twice. Both must be 0.

`TOPAZDESK_LIAR_CLICKS` makes it longer, `TOPAZDESK_LIAR_SEED` repeats a run; two profiles are tormented side by side.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.table import Line
from tests.support.lied_program import LieTally, lie_often
from tests.support.sandbox import started

CLICKS = 200
_SIDE_BY_SIDE = 2


def _one(folder: Path, clicks: int, seed: int) -> LieTally:
    folder.mkdir()
    with started(folder / "service") as service:
        return lie_often(folder, service, clicks=clicks, batch=4, share=0.25, seed=seed)


def measure(folder: Path) -> list[Line]:
    """Clicks, submits, kills, and what must be 0. The seed is printed, so that a run can be repeated."""
    clicks = int(os.environ.get("TOPAZDESK_LIAR_CLICKS", CLICKS))
    seed = int(os.environ.get("TOPAZDESK_LIAR_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed}")
    share = -(-clicks // _SIDE_BY_SIDE)
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        running = [pool.submit(_one, folder / str(i), share, seed + i) for i in range(_SIDE_BY_SIDE)]
        tallies = [each.result() for each in running]
    for problem in (p for tally in tallies for p in tally.problems):
        print(problem)
    told = sum((tally.told for tally in tallies), Counter[str]())
    deeds = sum((tally.deeds for tally in tallies), Counter[str]())
    print(f"deeds: {dict(deeds)}")
    clicked, submits = sum(t.clicks for t in tallies), sum(t.submits for t in tallies)
    kills, undecided = sum(t.kills for t in tallies), sum(t.undecided for t in tallies)
    lost, double = sum(t.lost for t in tallies), sum(t.double for t in tallies)
    problems = sum(len(t.problems) for t in tallies)
    return [
        Line("liar: clicks", f"{clicked}", "–", None, f"≥ {clicks}", clicked >= clicks),
        Line("liar: lies told", f"{told.total()} of {len(told)} sorts", "–", None, "", None),
        Line("liar: kills with SIGKILL", f"{kills}", "–", None, "", None),
        Line("liar: submits", f"{submits}", "–", None, f"≤ {clicked}", submits <= clicked),
        Line("liar: results lost", f"{lost}", "–", None, "0", lost == 0),
        Line("liar: jobs paid twice", f"{double}", "–", None, "0", double == 0),
        Line("liar: undecided, wait for the user", f"{undecided}", "–", None, "", None),
        Line("liar: left unfinished or untidy", f"{problems}", "–", None, "0", problems == 0),
    ]
