"""300 MB up and down through our client, against curl on the same server: taken in turn, best of each.

The best, not the median: what disturbs a transfer on a busy machine only ever makes it slower.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.serving import serving
from tests.benchmarks.table import Line, at_least, left_out, within

SERVER = "tests.benchmarks.server"
SIZE = 300_000_000
RUNS = 8
BAR = 0.9
MEMORY = 64_000_000


def ours(what: str, root: str, path: Path) -> tuple[float, float]:
    """Seconds and bytes of memory."""
    command = [sys.executable, "-m", "tests.benchmarks.transfer_client", what, root, str(path), str(SIZE)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)
    return told["seconds"], told["memory"]


def curl(what: str, root: str, path: Path) -> float:
    """Seconds."""
    if what == "upload":
        rest = ["-F", "model=Standard V2", "-F", f"image=@{path}", f"{root}/image/v1/enhance/async", "-o", os.devnull]
    else:
        rest = [f"{root}/file?bytes={SIZE}", "-o", str(path)]
    command = ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--write-out", "%{time_total}", *rest]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def measure(folder: Path) -> list[Line]:
    """Throughput and memory for each direction."""
    if shutil.which("curl") is None:
        return [left_out("transfer", "curl is not installed")]
    source = folder / "source.bin"
    block = os.urandom(1_000_000)
    with source.open("wb") as file:
        for _ in range(SIZE // len(block)):
            file.write(block)
    lines: list[Line] = []
    with serving(SERVER) as root:
        for what in ("upload", "download"):
            path = source if what == "upload" else folder / "target.bin"
            mine: list[tuple[float, float]] = []
            theirs: list[float] = []
            for _ in range(RUNS):
                for side in ("curl", "ours"):
                    if what == "download":
                        path.unlink(missing_ok=True)
                    if side == "curl":
                        theirs.append(curl(what, root, path))
                    else:
                        mine.append(ours(what, root, path))
            seconds = min(seconds for seconds, _ in mine)
            lines.append(at_least(f"{what} of 300 MB", SIZE / seconds, SIZE / min(theirs), BAR))
            lines.append(within(f"{what} of 300 MB, memory", max(memory for _, memory in mine), MEMORY))
    return lines
