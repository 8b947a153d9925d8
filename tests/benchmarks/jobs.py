"""10,000 jobs against an instant service, beside a bare httpx-aiohttp program that makes the same calls.

`TOPAZDESK_BENCH_JOBS` makes it shorter. The service is a process of its own, anew for each side.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.benchmarks.serving import serving
from tests.benchmarks.table import Line, at_most, within
from tests.support import pictures

COUNT = 10_000
_WALL = 1.3
_MEMORY = 150_000_000
_P99_S = 0.016
_WORST_S = 0.1


def counts_of(url: str) -> dict[str, int]:
    """How often each call was made."""
    with urllib.request.urlopen(f"{url}/counts", timeout=30) as answer:
        return dict(json.load(answer))


def client(what: str, url: str, folder: Path, count: int, lists: int = 0) -> dict[str, float]:
    """The figures of one side."""
    command = [sys.executable, "-m", "tests.benchmarks.jobs_client", what, url, str(folder), str(count), str(lists)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1800)
    return dict(json.loads(done.stdout))


def measure(folder: Path) -> list[Line]:
    """Wall time, status requests, memory, gaps on the loop."""
    count = int(os.environ.get("TOPAZDESK_BENCH_JOBS", COUNT))
    (folder / "in").mkdir()
    first = pictures.write(folder / "first.jpg", width=64, height=48)
    result = pictures.write(folder / "result.jpg", width=128, height=96)
    for number in range(count):
        (folder / "in" / f"{number}.jpg").hardlink_to(first)
    service = ("tests.benchmarks.instant_service", str(result), "128x96")
    with serving(*service) as url:
        ours = client("ours", url, folder, count)
        asked = counts_of(url)
    looks = asked.get("list", 0) + asked.get("status", 0)
    with serving(*service) as url:
        bare = client("bare", url, folder, count, looks)
    name = f"{count:,} jobs"
    per_job = looks / count
    return [
        at_most(f"{name}: wall time", ours["seconds"], bare["seconds"], _WALL),
        at_most(f"{name}: processor time", ours["processor"], bare["processor"], _WALL, binding=False),
        Line(f"{name}: done", f"{ours['done']:.0f}", "–", None, f"{count}", ours["done"] == count),
        Line(f"{name}: submits", f"{asked['submit'] - 1}", "–", None, f"{count}", asked["submit"] == count + 1),
        Line(
            f"{name}: status requests a job",
            f"{per_job:.3f}",
            "–",
            None,
            "≤ 1 (≤ in flight/100 + 1 a round)",
            per_job <= 1,
        ),
        within(f"{name}: memory", ours["memory"], _MEMORY),
        Line(
            f"{name}: gaps on the loop, p99", f"{ours['p99'] * 1e3:.1f} ms", "–", None, "≤ 16 ms", ours["p99"] <= _P99_S
        ),
        Line(f"{name}: longest gap", f"{ours['worst'] * 1e3:.1f} ms", "–", None, "≤ 100 ms", ours["worst"] <= _WORST_S),
    ]
