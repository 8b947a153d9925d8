"""The real program lied to and killed, over and over, on a computer that lies too: profiles from backups, lost write-ahead logs,
lock files that vanish, the same command again.

The truth is the sandbox's own books, read when all is over: no more submits than clicks, and every charged result on disk with the
service's bytes or waiting for the user, who can send it again or give it up.
"""

from __future__ import annotations

import hashlib
import json
import random
import select
import shutil
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.crashing import CANARY, MODELS, Victim
from tests.support.delivered import unmatched
from tests.support.lies import every_lie
from tests.support.lying_proxy import LyingProxy
from tests.support.sandbox import RunningSandbox
from tests.support.secrets import assert_unsaid, assert_unwritten
from topazdesk.sandbox.state import KEY_FILE, StateFolder

DATABASE = "jobs.sqlite3"
#: How long the program may work before it is killed: lies that last are not waited for.
_LONGEST_S = 6.0
_END_S = 240.0
_PATIENCE_S = "30"
#: What a person or a computer does next, and how often.
_DEEDS = {"jobs run": 6, "again": 4, "second program": 2, "restore": 2, "lose log": 1, "cut log": 1}


@dataclass
class LieTally:
    """What came of it. `lost`: charged results neither on disk as the service made them nor waiting. `double`: submits too many."""

    clicks: int = 0
    submits: int = 0
    kills: int = 0
    lost: int = 0
    double: int = 0
    undecided: int = 0
    told: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


@contextmanager
def between(profile: Path, service: RunningSandbox) -> Iterator[LyingProxy]:
    """A liar in the place where the program looks for its sandbox: it holds the folder, and passes on what it does not lie about.

    The program's patience with its sandbox is seconds, not half an hour.
    """
    place = StateFolder.open(profile / "sandbox")
    try:
        (place.path / KEY_FILE).write_text(service.key, "ascii")
        with LyingProxy(service.url) as liar:
            place.announce(liar.url, None)
            yield liar
    finally:
        place.close()


class Profile:
    """The job database as files, for what happens to files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._backup = folder.parent / "backup"

    def files(self) -> list[Path]:
        """The database with its write-ahead log."""
        return [path for path in self.folder.glob(f"{DATABASE}*") if path.suffix in (".sqlite3", ".sqlite3-wal")]

    def free_to_ask(self) -> list[str]:
        """Jobs that wait for a time that was asked for in a lie, and those whose result may still be at the service."""
        query = (
            "SELECT id FROM jobs WHERE state = 'waiting' OR state = 'failed' AND remote_id != '' AND refunded IS NULL"
        )
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            return [str(row[0]) for row in database.execute(query)]

    def back_up(self) -> None:
        """Copies it as it is now, also under a program that runs."""
        shutil.rmtree(self._backup, ignore_errors=True)
        self._backup.mkdir()
        for path in self.files():
            shutil.copyfile(path, self._backup / path.name)

    def drop_backup(self) -> None:
        """There is none any more."""
        shutil.rmtree(self._backup)

    def backed_up_states(self) -> set[str]:
        """The states of the jobs in the last copy, which stays as it is: who opens a database folds its log in."""
        with tempfile.TemporaryDirectory(prefix="topazdesk-look-") as folder:
            shutil.copytree(self._backup, folder, dirs_exist_ok=True)
            with closing(sqlite3.connect(Path(folder) / DATABASE)) as database, suppress(sqlite3.OperationalError):
                return {str(row[0]) for row in database.execute("SELECT state FROM jobs")}
        return set()  # its tables are still being made

    def restore(self) -> None:
        """Puts the last copy back, if there is one. Nobody may have it open."""
        if self._backup.exists():
            for path in self.folder.glob(f"{DATABASE}*"):
                path.unlink()
            for path in self._backup.iterdir():
                shutil.copyfile(path, self.folder / path.name)

    def lose_log(self) -> None:
        """The write-ahead log is gone, with what only it held."""
        for name in ("wal", "shm"):
            (self.folder / f"{DATABASE}-{name}").unlink(missing_ok=True)

    def cut_log(self) -> None:
        """The write-ahead log ends in the middle."""
        log = self.folder / f"{DATABASE}-wal"
        if log.exists():
            with log.open("r+b") as file:
                file.truncate(log.stat().st_size // 2)

    def lose_lock(self) -> None:
        """The lock file is gone; whoever holds it holds a file that nobody sees."""
        (self.folder / f"{DATABASE}.lock").unlink(missing_ok=True)


class Liar:
    """One profile whose program, service and computer lie to each other."""

    def __init__(self, victim: Victim, proxy: LyingProxy, tally: LieTally) -> None:
        self.victim, self.proxy, self.tally = victim, proxy, tally
        self.profile = Profile(victim.profile)
        self._last: list[Path] = []

    def click(self, batch: int) -> None:
        """New pictures, and a kill, unless the program is faster."""
        self._last = [self.victim.picture() for _ in range(batch // len(MODELS))]
        process = self.victim.enhance_these(self._last)
        if self.victim.chance.random() < 0.3:
            _begin(process)
            self.profile.back_up()
            # One from before the first job is put back without a word of what was: that is a new profile, which is told that
            # the service has pictures of somebody's, and may pay.
            if not self.profile.backed_up_states():
                self.profile.drop_backup()
        self._end(process)

    def go_on(self) -> None:
        """Anything that a person or a computer may do next."""
        (deed,) = self.victim.chance.choices(list(_DEEDS), list(_DEEDS.values()))
        self.tally.deeds[deed] += 1
        match deed:
            case "restore":
                self.profile.restore()
            case "lose log":
                self.profile.lose_log()
            case "cut log":
                self.profile.cut_log()
            case "again":
                self._end(self.victim.enhance_these(self._last))
                return
            case "second program":
                first = self.victim.start("jobs", "run")
                _begin(first)
                self.profile.lose_lock()
                self._end(self.victim.start("jobs", "run"))
                self._end(first)
                return
            case _:
                pass
        self._end(self.victim.start("jobs", "run"))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Kills it at a random instant, or when it waits for too long; its output is not needed."""
        chance = self.victim.chance
        sent_upload_wait_s = chance.uniform(0.3, 2.0) if chance.random() < 0.6 else _LONGEST_S
        try:
            process.communicate(timeout=sent_upload_wait_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.tally.kills += 1

    def tell_the_truth(self) -> list[dict[str, Any]]:
        """Lies are over. Everything is continued, what the profile forgot is fetched, what costs nothing is asked for once more."""
        self.proxy.clear()
        self.proxy.wait_until_delivered()
        self.run("jobs", "run", "--wait", _PATIENCE_S)
        for _ in range(3):
            if not (free := self.profile.free_to_ask()):
                break
            for job_id in free:
                self.run("jobs", "retry", job_id)
            self.run("jobs", "run", "--wait", _PATIENCE_S)
        self.run("jobs", "recover", "--service", "sandbox", "--out", self.victim.out)
        return [e for e in self.run("jobs", "list") if e["event"] == "job"]

    def run(self, *words: str | Path) -> list[dict[str, Any]]:
        """A command to its end; what it printed."""
        process = self.victim.start(*words)
        try:
            output, _ = process.communicate(timeout=_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            self.tally.problems.append(f"{words} did not end: {output.decode()[-1500:]}")
        text = output.decode()
        if any(secret in text for secret in (CANARY, self.victim.service.key)):
            self.tally.problems.append(f"{words} told a secret")
        return [json.loads(line) for line in text.splitlines()]

    def has_both_choices(self, job_id: str) -> bool:
        """Whether the program offers to send it again and to give it up."""
        told = json.dumps(self.run("jobs", "retry", job_id))
        return "--resend" in told and "--give-up" in told


def lie_often(
    folder: Path,
    service: RunningSandbox,
    *,
    clicks: int,
    batch: int,
    share: float,
    seed: int,
    is_quick: bool = False,
) -> LieTally:
    """At least `clicks` clicks, `batch` at a time, with a `share` of all calls lied about.

    The service's folder lies beside the profile, not where the program looks for a sandbox.
    """
    tally = LieTally()
    chance = random.Random(seed)
    service.scenario({"match": {"nth": 1}, "do": {"top_up": 1_000_000}})
    with between(folder / "profile", service) as proxy:
        victim = Victim(folder, service, chance, is_quick)
        liar = Liar(victim, proxy, tally)
        originals: dict[Path, bytes] = {}
        while victim.clicks < clicks:
            proxy.draw(every_lie(0.1), chance.randrange(1 << 30), share)
            liar.click(batch)
            originals |= {path: _digest(path) for path in victim.sources if path not in originals}
            while chance.random() < 0.6:
                liar.go_on()
        listed = liar.tell_the_truth()
        judge(liar, listed, originals)
        tally.told = proxy.told
    return tally


def judge(liar: Liar, listed: list[dict[str, Any]], originals: dict[Path, bytes]) -> None:
    """Compares the service's books with the disk and with what waits."""
    victim, tally, service = liar.victim, liar.tally, liar.victim.service
    rows = service.rows("jobs")
    names = [(row["filename"], row["model"]) for row in rows]
    tally.clicks, tally.submits = victim.clicks, len(rows)
    tally.double = max(len(names) - len(set(names)), len(rows) - victim.clicks, 0)
    waiting = [e for e in listed if e["stage"] == "doubtful"]
    tally.undecided = len(waiting)
    for each in waiting:
        if not liar.has_both_choices(each["job"]):
            tally.problems.append(f"no choice for {each}")
    charged = {row["process_id"] for row in service.rows("ledger") if row["kind"] == "charge"}
    victim.out.mkdir(exist_ok=True)
    found = [path for path in victim.out.iterdir() if not path.name.startswith(".")]
    wanted = []
    for row in rows:
        if row["id"] not in charged or row["status"] != "Completed":
            continue
        wanted.append(service.result_bytes(row["id"]))
    missing = len(unmatched(found, wanted)[1])
    tally.lost = max(0, missing - len(waiting))
    open_ = [e for e in listed if e["stage"] not in ("done", "failed", "cancelled", "expired", "doubtful")]
    tally.problems += [f"left open: {e}" for e in open_]
    if any(_digest(path) != digest for path, digest in originals.items()):
        tally.problems.append("an original was changed")
    try:
        for secret in (CANARY, service.key):
            assert_unsaid(json.dumps(listed), secret)
            assert_unwritten(victim.profile, secret, but=[victim.profile / "sandbox"])
            assert_unwritten(victim.out, secret)
    except AssertionError as error:
        tally.problems.append(str(error))


def _begin(process: subprocess.Popen[bytes]) -> None:
    """Waits for its first sign of life; a program whose jobs all wait for an hour gives none."""
    assert process.stdout is not None
    select.select([process.stdout], [], [], _LONGEST_S)


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
