"""Kills the real program at random instants, again and again, and counts what was lost and what was paid twice.

The truth is the service's own books: each job that it charged must be on disk byte for byte, each upload name once a model.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import pictures, quick_start
from tests.support.delivered import unmatched
from tests.support.sandbox import RunningSandbox
from tests.support.secrets import assert_unsaid, assert_unwritten

#: Each picture is made with all of them, from one upload.
MODELS = ("Standard 2", "High Fidelity 2")
#: A key that belongs to no service here; it must be found nowhere.
CANARY = "canary-key-of-the-crash-test"


@dataclass
class Tally:
    """What came of it. `lost`: charged results that are not on disk as the service made them. `double`: submits too many."""

    jobs: int = 0
    kills: int = 0
    lost: int = 0
    double: int = 0
    unfinished: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class Victim:
    """The program on a profile of its own, as `enhance` first and `jobs run` after each kill.

    The service runs where the program looks for its sandbox, or something stands there for it: for it the engine's patience with a lost
    answer is seconds, not minutes.
    """

    folder: Path
    service: RunningSandbox
    chance: random.Random
    #: Without its imports each time: not where it is killed among them.
    is_quick: bool = False

    def __post_init__(self) -> None:
        self.out = self.folder / "out"
        self.profile = self.folder / "profile"
        self.sources: list[Path] = []
        self.environment = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")} | {
            "TOPAZDESK_PROFILE": str(self.profile),
            "RUNFLOW_API_KEY": CANARY,
        }

    def picture(self) -> Path:
        """A new one, with pixels that no other has: the same picture again is no new click."""
        number = len(self.sources)
        path = self.folder / "in" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures.write(path, width=60 + number % 50, height=40 + number // 50)
        self.sources.append(path)
        return path

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "topazdesk", *map(os.fspath, words), "--json"]
        begin = quick_start.start if self.is_quick else subprocess.Popen
        return begin(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def enhance(self, count: int) -> subprocess.Popen[bytes]:
        """`count` results of half as many new pictures: two models share each upload."""
        return self.enhance_these([self.picture() for _ in range(count // len(MODELS))])

    def enhance_these(self, words: Sequence[Path]) -> subprocess.Popen[bytes]:
        """These pictures, perhaps not for the first time, with all models."""
        models = [word for name in MODELS for word in ("--model", name)]
        return self.start("enhance", *words, *models, "--service", "sandbox", "--out", self.out)

    @property
    def clicks(self) -> int:
        """Results that were asked for."""
        return len(self.sources) * len(MODELS)

    def kill_soon(self, process: subprocess.Popen[bytes], most_s: float) -> bool:
        """SIGKILL at a random instant, mostly after its first sign of life; False when it was faster."""
        assert process.stdout is not None
        with process.stdout:
            if self.chance.random() < 0.8:
                process.stdout.readline()  # imports are over: from here on anything may be under way
            try:
                process.wait(self.chance.uniform(0.0, most_s))
            except subprocess.TimeoutExpired:
                line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
                assert CANARY.encode() not in line
                assert self.service.key.encode() not in line
                process.send_signal(signal.SIGKILL)
                process.wait()
                return True
        return False

    def finish(self) -> int:
        """`jobs run` to its end; its exit code."""
        process = self.start("jobs", "run")
        output, _ = process.communicate(timeout=240)
        self.last = output.decode()
        return process.returncode


def drawn(usual: int) -> int:
    """The seed of a test: the same in every run, unless chance is asked for."""
    return time.time_ns() if "TOPAZDESK_CHANCE" in os.environ else usual


def kill_often(
    folder: Path, service: RunningSandbox, *, kills: int, jobs: int, batch: int, seed: int, is_quick: bool = False
) -> Tally:
    """At least `kills` kills over at least `jobs` jobs, `batch` clicked at a time."""
    tally = Tally()
    victim = Victim(folder, service, random.Random(seed), is_quick)
    first = max((int(row["seq"]) for row in service.rows("jobs")), default=0)
    # Work that takes a moment, so that a kill meets jobs in every state.
    service.scenario({"match": {"method": "POST", "path": "/async"}, "do": {"job_s": 0.15}})
    while tally.kills < kills or victim.clicks < jobs:
        was_killed = victim.kill_soon(victim.enhance(batch), 0.5)
        tally.kills += was_killed
        # What a kill left is continued and killed again, now and then to its end.
        while was_killed and tally.kills < kills and victim.chance.random() < 0.75:
            was_killed = victim.kill_soon(victim.start("jobs", "run"), 0.3)
            tally.kills += was_killed
    if len(service.rows("jobs")) < batch:  # on a slow computer each was killed before it had sent anything
        victim.enhance(batch).communicate()
    code = victim.finish()
    if code not in (0, 1):
        tally.problems.append(f"the last run ended with {code}: {victim.last[-2000:]}")
    judge(victim, first, tally)
    return tally


def judge(victim: Victim, first: int, tally: Tally) -> None:
    """Compares the service's books with the disk."""
    service = victim.service
    rows = [row for row in service.rows("jobs") if int(row["seq"]) > first]
    names = [(row["filename"], row["model"]) for row in rows]
    tally.jobs = len(rows)
    tally.double = len(names) - len(set(names)) + max(0, len(rows) - victim.clicks)
    charged = {row["process_id"] for row in service.rows("ledger") if row["kind"] == "charge"}
    there = [*victim.out.iterdir()] if victim.out.exists() else []  # nothing may be done yet
    found = [path for path in there if not path.name.startswith(".")]
    left, lost = unmatched(found, [service.result_bytes(row["id"]) for row in rows if row["id"] in charged])
    tally.lost += len(lost)
    if left:
        tally.problems.append(f"{len(left)} files that the service did not make")
    tally.unfinished = sum(1 for row in rows if row["status"] in ("Pending", "Processing"))
    try:
        for secret in (CANARY, service.key):
            assert_unsaid(victim.last, secret)
            assert_unwritten(victim.profile, secret, but=[service.state])
            assert_unwritten(victim.out, secret)
    except AssertionError as error:
        tally.problems.append(str(error))
    parts = [path.name for path in there if path.name.startswith(".")]
    if parts:
        tally.problems.append(f"left behind: {parts}")
