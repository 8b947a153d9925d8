"""Files into the list of the whole window: when all rows are shown, how long the loop did not answer, what memory it took.

`measure` drops 1,000 and 10,000 JPEGs of 24 MP; `measure_gaps` drops 10,000 while 50 jobs run against an instant sandbox;
`measure_idle` leaves a window with 10,000 alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks import photos
from tests.benchmarks.table import Line, number_within, within
from tests.support.pictures import encode
from topazdesk.domain.image import FileFormat

ROWS_S = {1_000: 0.5, 10_000: 0.6}
P99_MS, LONGEST_MS = 16.0, 50.0
JOBS = 50
WAKE_UPS, PROCESSOR = 2.0, 0.2
#: What 9,000 more pictures may cost: their rows and facts, not their pixels.
GROWTH = 64_000_000


def client(what: str, folder: Path, root: Path, *numbers: int) -> dict[str, Any]:
    """Run the window in a process of its own."""
    root.mkdir()
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CACHE_HOME": str(root / "xdg")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "tests.benchmarks.window_client", what, str(folder), str(root), *map(str, numbers)]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=900)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {ran.returncode}: {ran.stderr[-1500:]}")
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    for gap in told.get("seen", ()):
        print(f"  {gap[:400]}")
    return told


def measure(folder: Path) -> list[Line]:
    """Rows, gaps and memory for a thousand and for ten thousand files."""
    data = photos.photo()
    lines: list[Line] = []
    memory: list[float] = []
    for count, rows_s in ROWS_S.items():
        files = folder / f"files-{count}"
        photos.fill(files, count, data)
        told = client("intake", files, folder / f"root-{count}", count)
        name = f"{count:,} JPEGs of 24 MP added"
        lines.append(number_within(f"{name}: all rows shown", told["rows_s"], rows_s, "s"))
        lines.append(number_within(f"{name}: the same, of one processor", told["rows_processor_s"], None, "s"))
        lines.append(number_within(f"{name}: all headers read", told["headers_s"], None, "s"))
        lines.append(number_within(f"{name}: loop gap, p99", told["p99"], P99_MS, "ms"))
        lines.append(number_within(f"{name}: loop gap, longest", told["max"], LONGEST_MS, "ms"))
        memory.append(told["memory_mb"] * 1e6)
    lines.append(within("memory for 9,000 more pictures", memory[1] - memory[0], GROWTH))
    return lines


def measure_gaps(folder: Path) -> list[Line]:
    """Gaps of the loop while files come in and jobs run."""
    files, small = folder / "files", folder / "small"
    photos.fill(files, 10_000, photos.photo())
    small.mkdir()
    for number in range(JOBS):
        (small / f"{number:02}.jpg").write_bytes(encode(FileFormat.JPEG, 320 + number, 240))
    told = client("gaps", files, folder / "root", 10_000, JOBS)
    name = f"10,000 files come in, {JOBS} jobs run"
    return [
        number_within(f"{name}: all done", told["seconds"], None, "s"),
        number_within(f"{name}: loop gap, p99", told["p99"], P99_MS, "ms"),
        number_within(f"{name}: loop gap, longest", told["max"], LONGEST_MS, "ms"),
    ]


def measure_idle(folder: Path) -> list[Line]:
    """Wake-ups and processor time of a window with which nobody does anything."""
    files = folder / "files"
    photos.fill(files, 10_000, photos.photo())
    told = client("idle", files, folder / "root", 10_000)
    name = "idle window with 10,000 pictures"
    return [
        number_within(f"{name}: wake-ups", told["wake_ups"], WAKE_UPS, "a second"),
        number_within(f"{name}: of one processor", told["processor"], PROCESSOR, "%"),
    ]
