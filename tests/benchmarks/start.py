"""Start to a window that can be used, against an empty main window of Qt: fresh processes, taken in turn, medians.

Both sides tell the same number themselves: milliseconds from the start of their process, as the system has it, to the moment
their first contents were painted and all that had come was answered. What follows, and the way out through the pipe, does not
count for it; it is told beside it: until the whole window is there, until the profile is open and the last list shown, and
the longest time on this way in which the window did not answer.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.table import Line, at_most, beside, number_within

RUNS = 7
BAR, RESTART_BAR = 1.8, 1.5
STALL_MS = 50.0


def told(command: list[str], env: dict[str, str]) -> dict[str, Any]:
    """Start `command` and return what it tells of its start. Raises RuntimeError when it tells nothing."""
    ran = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)
    for line in ran.stdout.splitlines():
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise RuntimeError(f"{' '.join(command)} ended with {ran.returncode} and told no paint: {ran.stderr[-800:]}")


def measure(folder: Path) -> list[Line]:
    """The program with an empty profile against the empty window."""
    env = {**os.environ, "TOPAZDESK_PROFILE": str(folder / "profile"), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    # As users have it: compiled once, then read; some shells of developers and build machines switch that off.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    ours = [sys.executable, "-m", "topazdesk", "--startup-report"]
    reference = [sys.executable, str(Path(__file__).with_name("empty_window.py"))]
    # Once each beforehand: bytecode is written, files come into the disk cache, the profile is made.
    told(ours, env)
    told(reference, env)
    times = [(told(ours, env), told(reference, env)) for _ in range(RUNS)]
    empty = statistics.median(theirs["first_paint_ms"] for _, theirs in times) / 1000
    mine = {
        name: statistics.median(ours_[name] for ours_, _ in times) for name in ("usable_ms", "whole_ms", "ready_ms")
    }
    stall, where = max((ours_.get("stall_ms", 0.0), ours_.get("stall", "")) for ours_, _ in times)
    if stall > STALL_MS:
        print(f"  {where[:600]}")
    return [
        at_most("start to usable window", mine["usable_ms"] / 1000, empty, BAR),
        beside("start to whole window", mine["whole_ms"] / 1000, empty),
        beside("start to the last session", mine["ready_ms"] / 1000, empty),
        number_within("longest time without an answer on the way", stall, STALL_MS, "ms"),
    ]


def restarts(long: Path, empty: Path, name: str) -> list[Line]:
    """Starts with a long list and many jobs, taken in turn with starts that have none."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "topazdesk", "--startup-report", "--profile"]
    for profile in (long, empty):
        told([*command, str(profile)], env)
    times = [[told([*command, str(profile)], env) for profile in (long, empty)] for _ in range(RUNS)]
    seconds = {
        what: [statistics.median(pair[place][what] for pair in times) / 1000 for place in (0, 1)]
        for what in ("usable_ms", "ready_ms")
    }
    return [
        at_most(f"restart with {name}: usable", *seconds["usable_ms"], RESTART_BAR),
        beside(f"restart with {name}: all of the list is there", *seconds["ready_ms"]),
        number_within(
            f"restart with {name}: longest time without an answer",
            max(pair[0].get("stall_ms", 0.0) for pair in times),
            STALL_MS,
            "ms",
        ),
    ]
