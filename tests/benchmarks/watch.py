"""A watched folder that a slow writer fills while the watcher is killed over and over: each picture is done once.

`TOPAZDESK_WATCH_FILES` and `TOPAZDESK_WATCH_KILLS` make it shorter or longer.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.benchmarks.table import Line
from tests.support.sandbox import started

FILES, KILLS = 2_000, 20
_PIECE_S = 0.005
_LONGEST_S = 12.0


def measure(folder: Path) -> list[Line]:
    """Files, kills, and what the books of both sides say of them."""
    files = int(os.environ.get("TOPAZDESK_WATCH_FILES", FILES))
    kills = int(os.environ.get("TOPAZDESK_WATCH_KILLS", KILLS))
    incoming = folder / "incoming"
    incoming.mkdir()
    began = time.monotonic()
    with started(folder / "service", options=("--credits", str(files * 2))) as service:
        environment = {
            **os.environ,
            "TOPAZDESK_PROFILE": str(folder / "profile"),
            "TOPAZ_API_KEY": service.key,
            "TOPAZDESK_TOPAZ_URL": service.url,
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        watch = [sys.executable, "-m", "topazdesk", "watch", str(incoming), "--model", "Low Resolution 2"]
        watch += ["--service", "topaz", "--yes", "--still", "0.5", "--out", str(folder / "results"), "--json"]
        written = [sys.executable, "-m", "tests.support.slow_writer", str(incoming), str(files), str(_PIECE_S)]
        writer = subprocess.Popen(written)
        killed = 0
        while killed < kills or writer.poll() is None:
            with subprocess.Popen(watch, env=environment, stdout=subprocess.DEVNULL) as watcher:
                try:
                    watcher.wait(random.uniform(2.0, _LONGEST_S))
                except subprocess.TimeoutExpired:
                    watcher.kill()
                    killed += 1
        ends = [
            subprocess.run([*watch, "--once"], env=environment, stdout=subprocess.DEVNULL, check=False) for _ in "ab"
        ]
        with closing(sqlite3.connect(folder / "profile" / "jobs.sqlite3")) as database, database:
            rows = database.execute("SELECT source, state, charged FROM jobs").fetchall()
        taken = len(service.rows("jobs"))
    done = Counter(source for source, state, _ in rows if state == "done")
    charged = sum(amount or 0 for _, _, amount in rows)
    results = sum(1 for path in (folder / "results").iterdir() if path.suffix == ".png")
    return [
        Line("watch: kills with SIGKILL", f"{killed}", "–", None, f"≥ {kills}", killed >= kills),
        Line(
            "watch: pictures done exactly once",
            f"{sum(n == 1 for n in done.values())}",
            f"{files}",
            None,
            "all",
            len(done) == files == sum(done.values()),
        ),
        Line("watch: results in the folder", f"{results}", f"{files}", None, "all", results == files),
        Line("watch: jobs that the service took", f"{taken}", f"{files}", None, "no more", taken == files),
        Line("watch: credits in our books", f"{charged}", f"{taken}", None, "the service's", charged == taken),
        Line("watch: exit code of the last run", f"{ends[-1].returncode}", "–", None, "0", ends[-1].returncode == 0),
        Line("watch: time", f"{time.monotonic() - began:.0f} s", "–", None, "–", None),
    ]
