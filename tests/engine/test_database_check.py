"""Whatever happens to the files of the job list: at the next start it is told, or nothing is lost. A real database, really damaged."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import Job, JobState
from topazdesk.engine.database_check import LOST
from topazdesk.engine.engine import _Idler
from topazdesk.engine.events import EngineError, QueuePaused
from topazdesk.engine.store import Store
from topazdesk.errors import ComputerError

_S = JobState
_FILES = ("jobs.db", "jobs.db-wal", "jobs.db-shm", "jobs.db.mark")
_PAGE = 4096


@dataclass(frozen=True)
class Left:
    """A profile as a program left it: `older` a sound copy of a day before, and the jobs that it had at the end."""

    folder: Path
    older: Path
    jobs: dict[str, Job]

    @property
    def database(self) -> Path:
        return self.folder / "jobs.db"

    @property
    def log(self) -> Path:
        return self.folder / "jobs.db-wal"

    @property
    def mark(self) -> Path:
        return self.folder / "jobs.db.mark"


def _copy(profile: Path, target: Path) -> Path:
    target.mkdir(parents=True)
    for name in _FILES:
        if (profile / name).exists():
            shutil.copy(profile / name, target / name)
    return target


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Left]:
    """The same jobs as a clean end leaves them, and as a kill does."""
    root = tmp_path_factory.mktemp("check")
    harness = EngineHarness(root)
    found: dict[str, Left] = {}

    async def work() -> None:
        engine = await harness.open()
        for number in range(3):
            await harness.finished(await harness.start_one(f"{number}.png"))
        await harness.close()
        older = _copy(harness.profile, root / "older")
        engine = await harness.open()
        # SQLite moves a log of 1,000 pages into the list; a job takes some 60.
        for number in range(3, 15):
            await harness.finished(await harness.start_one(f"{number}.png"))
        await engine.pause()
        jobs = {job.id: job for job in engine.jobs()}
        killed = _copy(harness.profile, root / "killed")
        await harness.close()
        clean = _copy(harness.profile, root / "clean")
        everything = await _listed(clean)
        assert set(jobs) <= set(everything)
        found["clean"] = Left(clean, older, everything)
        found["killed"] = Left(killed, older, everything)

    harness.run(work)
    killed = found["killed"]
    assert killed.log.stat().st_size > 0
    assert killed.database.read_bytes() == (killed.older / "jobs.db").read_bytes(), "the log is not all that has them"
    assert not found["clean"].log.exists()
    return found


async def _listed(folder: Path) -> dict[str, Job]:
    copy = _copy(folder, folder.with_name(f"{folder.name}-read"))
    store = await Store.open(copy / "jobs.db")
    jobs, broken = await store.load()
    assert not broken
    await store.close()
    return {job.id: job for job in jobs}


def _edit(change: Callable[[bytearray], object], which: str = "database") -> Callable[[Left], None]:
    def damage(left: Left) -> None:
        path: Path = getattr(left, which)
        data = bytearray(path.read_bytes())
        kept = change(data)
        path.write_bytes(kept if isinstance(kept, bytes | bytearray) else data)

    return damage


def _sql(statement: str) -> Callable[[Left], None]:
    def damage(left: Left) -> None:
        connection = sqlite3.connect(left.database)
        with connection:
            connection.execute(statement)
        connection.close()

    return damage


def _zero_page(number: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        start = number * _PAGE % len(data)
        data[start : start + _PAGE] = bytes(_PAGE)

    return change


def _flip(seed: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        chance = Random(seed)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)

    return change


def _put_older(left: Left) -> None:
    shutil.copy(left.older / "jobs.db", left.database)


def _swap_rows(left: Left) -> None:
    """The counts stay as they were: one row goes, another comes."""
    _sql("DELETE FROM jobs WHERE rowid = 2")(left)
    _sql("UPDATE jobs SET rowid = 2 WHERE rowid = (SELECT max(rowid) FROM jobs)")(left)


WAYS: dict[str, tuple[str, Callable[[Left], None]]] = {
    "list cut in half": ("clean", _edit(lambda d: d[: len(d) // 2])),
    "list cut by a page": ("clean", _edit(lambda d: d[:-_PAGE])),
    "list cut by a byte": ("clean", _edit(lambda d: d[:-1])),
    "list empty": ("clean", _edit(lambda d: b"")),
    "list gone": ("clean", lambda left: left.database.unlink()),
    "list of zeros": ("clean", _edit(lambda d: bytes(len(d)))),
    "list of another kind": ("clean", _edit(lambda d: b"text " * 5000)),
    "older copy": ("clean", _put_older),
    "a row deleted": ("clean", _sql("DELETE FROM jobs WHERE rowid = 2")),
    "the last row deleted": ("clean", _sql("DELETE FROM jobs WHERE rowid = (SELECT max(rowid) FROM jobs)")),
    "all rows deleted": ("clean", _sql("DELETE FROM jobs")),
    "rows swapped": ("clean", _swap_rows),
    "history deleted": ("clean", _sql("DELETE FROM history")),
    "a line of the books deleted": (
        "clean",
        _sql("DELETE FROM ledger WHERE job_id = (SELECT min(job_id) FROM ledger)"),
    ),
    "a row hidden": ("clean", _sql("UPDATE jobs SET is_hidden = 1 WHERE rowid = 3")),
    "a token changed": ("clean", _sql("UPDATE jobs SET token = 'td-other' WHERE rowid = 3")),
    "a table dropped": ("clean", _sql("DROP TABLE history")),
    "log gone": ("killed", lambda left: left.log.unlink()),
    "log empty": ("killed", _edit(lambda d: b"", "log")),
    "log cut in half": ("killed", _edit(lambda d: d[: len(d) // 2], "log")),
    "log cut by a frame": ("killed", _edit(lambda d: d[: -_PAGE - 24], "log")),
    "log with a bad frame": ("killed", _edit(_zero_page(3), "log")),
    "log of zeros": ("killed", _edit(lambda d: bytes(len(d)), "log")),
    "older copy under a newer log": ("killed", _put_older),
    "list cut under the log": ("killed", _edit(lambda d: d[: len(d) // 2])),
    "mark gone": ("clean", lambda left: left.mark.unlink()),
    "mark of nonsense": ("clean", _edit(lambda d: b"\xff" * 600, "mark")),
    **{f"page {n} of zeros": ("clean", _edit(_zero_page(n))) for n in range(0, 40, 3)},
    **{f"flipped bit {n}": ("clean", _edit(_flip(n))) for n in range(24)},
    **{f"flipped bit {n} after a kill": ("killed", _edit(_flip(n), "log")) for n in range(8)},
}


async def _looked_at(left: Left) -> tuple[list[ComputerError], dict[str, Job]]:
    """What a start tells, and the jobs it finds."""
    try:
        store = await Store.open(left.database)
    except ComputerError as error:
        return [error], {}
    told: list[ComputerError] = []
    jobs: list[Job] = []
    try:
        await store.claim()
        jobs, broken = await store.load()
        told += [ComputerError(f"cannot be read: {job_id}") for job_id in broken]
        found = await store.check()
        told += [] if found is None else [found]
    except ComputerError as error:
        told.append(error)
    await store.close()
    return told, {job.id: job for job in jobs}


def _is_there(job: Job, now: Job | None) -> bool:
    """As it was, or a step back from which it goes on."""
    return now is not None and now.token == job.token and (now == job or not now.state.is_final)


@pytest.mark.parametrize("way", WAYS)
def test_every_damage_is_told_or_costs_nothing(profiles: dict[str, Left], tmp_path: Path, way: str) -> None:
    kind, damage = WAYS[way]
    before = profiles[kind]
    left = Left(_copy(before.folder, tmp_path / "profile"), before.older, before.jobs)
    damage(left)
    told, jobs = asyncio.run(_looked_at(left))
    if told:
        return
    lost = [job for job in left.jobs.values() if not _is_there(job, jobs.get(job.id))]
    assert not lost, f"{len(lost)} of {len(left.jobs)} jobs are lost or changed, and nobody said so"


@pytest.mark.parametrize(
    "way", ["older copy", "log gone", "a row deleted", "rows swapped", "list gone", "a row hidden"]
)
def test_what_is_missing_is_told_with_the_way_out(profiles: dict[str, Left], tmp_path: Path, way: str) -> None:
    kind, damage = WAYS[way]
    left = Left(_copy(profiles[kind].folder, tmp_path / "profile"), profiles[kind].older, {})
    damage(left)
    (left.folder / "jobs.db.v3.bak").write_bytes(b"")
    told, _ = asyncio.run(_looked_at(left))
    assert [error.code for error in told] == [LOST], way
    assert "Recover results" in told[0].hint
    assert "jobs.db.v3.bak" in told[0].hint
    # Once: what is there now is what the next start compares with.
    told, _ = asyncio.run(_looked_at(left))
    assert told == []


@pytest.mark.parametrize("kind", ["clean", "killed"])
def test_a_list_that_is_as_it_was_is_not_spoken_of(profiles: dict[str, Left], tmp_path: Path, kind: str) -> None:
    left = Left(_copy(profiles[kind].folder, tmp_path / "profile"), profiles[kind].older, {})
    for _ in range(3):
        told, jobs = asyncio.run(_looked_at(left))
        assert told == []
        assert jobs == profiles[kind].jobs


def test_looking_at_the_list_beside_it_is_no_change(profiles: dict[str, Left], tmp_path: Path) -> None:
    """`jobs list` after a kill brings the log into the file; a command that only claims the profile writes its mark."""
    left = Left(_copy(profiles["clean"].folder, tmp_path / "profile"), profiles["clean"].older, {})

    async def work() -> None:
        store = await Store.open(left.database)
        await store.load()
        await store.close()
        store = await Store.open(left.database)
        await store.claim()
        await store.close()
        store = await Store.open(left.database)
        await store.set_meta("x", "y")
        await store.close()
        assert (await _looked_at(left))[0] == []

    asyncio.run(work())


def test_a_damaged_list_pays_for_nothing_and_says_so(profiles: dict[str, Left], harness: EngineHarness) -> None:
    async def test() -> None:
        _copy(profiles["clean"].folder, harness.profile)
        connection = sqlite3.connect(harness.profile / "jobs.db")
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'history'").fetchone()[0]
        connection.close()
        data = bytearray((harness.profile / "jobs.db").read_bytes())
        child = int.from_bytes(data[(root - 1) * _PAGE + 8 : (root - 1) * _PAGE + 12], "big")
        data[(child - 1) * _PAGE : (child - 1) * _PAGE + 200] = b"\xa5" * 200
        (harness.profile / "jobs.db").write_bytes(data)
        engine = await harness.open()

        def reasons() -> list[str]:
            return [e.reason.code for e in harness.events if isinstance(e, QueuePaused) and e.reason]

        await harness.until(lambda: bool(reasons()))
        assert reasons() == ["computer.database_damaged"]
        assert engine.is_paused

    harness.run(test)


def test_nothing_is_paid_before_the_list_was_looked_at(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await harness.finished(await harness.start_one("first.png"))
        engine._gate.begin_check()
        job = await harness.start_one()
        for _ in range(50):
            await asyncio.sleep(0)
        assert harness.job(job).state is _S.QUEUED
        assert not engine._is_idle(_Idler(for_hours=True, own=None))
        engine._gate.end_check(None)
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert not [e for e in harness.events if isinstance(e, EngineError)]

    harness.run(test)
