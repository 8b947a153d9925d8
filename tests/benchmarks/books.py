"""A profile with 50,000 jobs that are over, and folders with 100,000 files: what a person waits for must not grow with either.

Each command is the real program in a process of its own, beside the same on an empty profile; medians of `RUNS`. Making the
profile takes a minute or two. `TOPAZDESK_BOOKS_JOBS` and `TOPAZDESK_BOOKS_FILES` make it smaller.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import book_profile, start
from tests.benchmarks.table import Line, number_within
from tests.support.pictures import encode
from tests.support.sandbox import started
from topazdesk.app.own_folders import ensure
from topazdesk.app.paths import Paths
from topazdesk.domain.image import FileFormat

JOBS, FILES, DEPTH, RUNNING, LISTED = 50_000, 100_000, 1_900, 10_000, 10_000
RUNS = 3
LIST_S, ENHANCE_S, PLAN_S, LEAVE_S = 1.0, 1.5, 20.0, 1.0
GAP_MS, ROUND_MS = 50.0, 50.0
_MODEL = ("--model", "Standard 2", "--service", "sandbox")


def measure(folder: Path) -> list[Line]:
    """The list, one picture, the window, a round of the poller; then folders."""
    jobs = int(os.environ.get("TOPAZDESK_BOOKS_JOBS", JOBS))
    files = int(os.environ.get("TOPAZDESK_BOOKS_FILES", FILES))
    long, empty = folder / "long", folder / "empty"
    for profile in (long, empty):
        ensure(Paths.choose(profile))
        (profile / "sandbox").mkdir(exist_ok=True)
    made = asyncio.run(book_profile.write(long / "jobs.sqlite3", folder / "pictures", jobs))
    data = encode(FileFormat.JPEG, 64, 48)
    book_profile.restorable(Paths.choose(long).session, made[-LISTED:], data)
    picture = folder / "one.jpg"
    picture.write_bytes(data)
    lines = []
    with started(long / "sandbox"), started(empty / "sandbox"):
        for name, limit, words in (
            ("jobs list", LIST_S, ["jobs", "list"]),
            ("jobs list --json (all of them)", None, ["jobs", "list", "--json"]),
            (
                "enhance one picture",
                ENHANCE_S,
                ["enhance", str(picture), *_MODEL, "--yes", "--again", "--out", str(folder / "out")],
            ),
        ):
            ours = statistics.median(_seconds([*words, "--profile", str(long)]) for _ in range(RUNS))
            theirs = statistics.median(_seconds([*words, "--profile", str(empty)]) for _ in range(RUNS))
            lines.append(_beside(f"{jobs:,} jobs: {name}", ours, theirs, limit))
    lines += start.restarts(long, empty, f"{len(made[-LISTED:]):,} pictures and {jobs:,} jobs")
    lines += _window(folder, long / "jobs.sqlite3", jobs)
    (folder / "round").mkdir()
    told = _client("round", folder / "round", str(RUNNING))
    name = f"a round with {RUNNING:,} running jobs that the list lacks"
    lines.append(number_within(name, told["seconds"] * 1000, ROUND_MS, "ms"))
    return lines + _folders(folder, empty, files, data)


def _window(folder: Path, database: Path, jobs: int) -> list[Line]:
    lines = []
    for name, count in ((f"{jobs:,} jobs", jobs), ("no jobs", 0)):
        root = folder / f"window-{count}"
        (root / "profile").mkdir(parents=True)
        if count:
            shutil.copy(database, root / "profile" / "jobs.sqlite3")
        told = _client("start", root, str(count))
        for what, of in (("start of the window", "start"), ("the queue is opened", "queue")):
            lines.append(
                number_within(f"{name}: {what}, longest gap", told[of]["max"], GAP_MS if count else None, "ms")
            )
        lines.append(number_within(f"{name}: memory of the window", told["open_memory_mb"], None, "MB"))
    return lines


def _folders(folder: Path, profile: Path, files: int, data: bytes) -> list[Line]:
    many, deep = folder / "many", folder / "deep"
    book_profile.link_names(many, files, data)
    book_profile.nested(deep, DEPTH, data)
    try:
        return _folder_lines(folder, profile, files)
    finally:
        book_profile.remove_nested(deep)


def _folder_lines(folder: Path, profile: Path, files: int) -> list[Line]:
    many, deep, at = folder / "many", folder / "deep", ["--profile", str(profile)]
    return [
        number_within(f"plan of {files:,} files", _seconds(["plan", str(many), *_MODEL, *at]), PLAN_S, "s"),
        number_within(f"plan of {DEPTH:,} nested folders", _seconds(["plan", str(deep), *_MODEL, *at]), PLAN_S, "s"),
        number_within("Ctrl-C in the middle of the files", _stopped(["plan", str(many), *_MODEL, *at]), LEAVE_S, "s"),
        *(
            number_within(f"the window is closed, {name}", _client("leave", root, str(files_))["seconds"], LEAVE_S, "s")
            for name, files_, root in (
                ("looking into the files", many, _made(folder / "leave-many")),
                ("looking into the nested folders", deep, _made(folder / "leave-deep")),
            )
        ),
    ]


def _beside(name: str, ours_s: float, theirs_s: float, limit_s: float | None) -> Line:
    ok = None if limit_s is None else ours_s <= limit_s
    bar = "" if limit_s is None else f"≤ {limit_s:g} s"
    return Line(name, f"{ours_s:.3f} s", f"{theirs_s:.3f} s", ours_s / theirs_s, bar, ok)


def _command(words: list[str]) -> subprocess.Popen[bytes]:
    # As users have it: compiled once, then read.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "topazdesk", *words]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _seconds(words: list[str]) -> float:
    """From the start of a command to its end. Raises RuntimeError when it fails."""
    begun = time.perf_counter()
    with _command(words) as process:
        _, told = process.communicate(timeout=900)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}: {told.decode()[-1500:]}")
    return time.perf_counter() - begun


def _stopped(words: list[str]) -> float:
    """Seconds that a command needs to end after Ctrl-C."""
    with _command(words) as process:
        time.sleep(4)  # in the middle of the headers
        begun = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=300)
        return time.perf_counter() - begun


def _client(what: str, folder: Path, *words: str) -> dict[str, Any]:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CACHE_HOME": str(folder / "xdg")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "tests.benchmarks.books_client", what, str(folder), *words]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=900)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {ran.returncode}: {ran.stderr[-1500:]}")
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
