"""300 MB up and down through our client, beside a bare httpx-aiohttp program on the same server: taken in turn, best of each.

The best, not the median: what disturbs a transfer on a busy machine only ever makes it slower. `TOPAZDESK_BENCH_TRANSFER_MB` makes
it shorter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.serving import serving
from tests.benchmarks.table import Line, at_least, within

SERVER = "tests.benchmarks.server"
SIZE = int(os.environ.get("TOPAZDESK_BENCH_TRANSFER_MB", "300")) * 1_000_000
RUNS = 8
BAR = 0.9
MEMORY = 64_000_000


def client(side: str, what: str, root: str, path: Path, size: int = SIZE) -> dict[str, float]:
    """The figures of one side."""
    command = [sys.executable, "-m", "tests.benchmarks.transfer_client", side, what, root, str(path), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return dict(json.loads(done.stdout))


def measure(folder: Path) -> list[Line]:
    """Throughput and memory for each direction."""
    source = folder / "source.bin"
    block = os.urandom(1_000_000)
    with source.open("wb") as file:
        for _ in range(SIZE // len(block)):
            file.write(block)
    lines: list[Line] = []
    with serving(SERVER) as root:
        for what in ("upload", "download"):
            path = source if what == "upload" else folder / "target.bin"
            told: dict[str, list[dict[str, float]]] = {"bare": [], "ours": []}
            for _ in range(RUNS):
                for side, figures in told.items():
                    if what == "download":
                        path.unlink(missing_ok=True)
                    figures.append(client(side, what, root, path))
            mine, theirs = (min(f["seconds"] for f in told[side]) for side in ("ours", "bare"))
            name = f"{what} of {SIZE // 1_000_000} MB"
            lines.append(at_least(name, SIZE / mine, SIZE / theirs, BAR))
            lines.append(within(f"{name}, memory", max(f["memory"] for f in told["ours"]), MEMORY))
    return lines
