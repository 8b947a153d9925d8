"""Start to first painted window, against an empty main window of Qt: fresh processes, taken in turn, medians.

Both sides tell the same number themselves: milliseconds from the start of their process, as the system has it, to the moment
their first paint was done. What follows the paint, and the way out through the pipe, does not count.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.table import Line, at_most

RUNS = 7
BAR = 2.0


def seconds_to_paint(command: list[str], env: dict[str, str]) -> float:
    """Start `command` and return its seconds to the first paint. Raises RuntimeError when it tells none."""
    ran = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)
    for line in ran.stdout.splitlines():
        if line.startswith("{"):
            return float(json.loads(line)["first_paint_ms"]) / 1000
    raise RuntimeError(f"{' '.join(command)} ended with {ran.returncode} and told no paint: {ran.stderr[-800:]}")


def measure(folder: Path) -> list[Line]:
    """One line: the program with an empty profile against the empty window."""
    env = {**os.environ, "TOPAZDESK_PROFILE": str(folder / "profile"), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    # As users have it: compiled once, then read; some shells of developers and build machines switch that off.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    ours = [sys.executable, "-m", "topazdesk", "--startup-report"]
    reference = [sys.executable, str(Path(__file__).with_name("empty_window.py"))]
    # Once each beforehand: bytecode is written, files come into the disk cache, the profile is made.
    seconds_to_paint(ours, env)
    seconds_to_paint(reference, env)
    times = [(seconds_to_paint(ours, env), seconds_to_paint(reference, env)) for _ in range(RUNS)]
    mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    return [at_most("start to first painted window", mine, theirs, BAR)]
