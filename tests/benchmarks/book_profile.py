"""A profile with a long past: tens of thousands of jobs that are over, written by the store as the program writes them.

`python -m tests.benchmarks.book_profile DATABASE FOLDER COUNT` makes one to look at by hand.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random

from topazdesk.app.session import Session, SessionPicture
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.engine.job_store import RunRecord
from topazdesk.engine.ledger import MoneyKind, MoneyMove
from topazdesk.engine.store import Store

_S = JobState
#: One press of the button; the last run is the rest.
_RUN = 2_500
_AT_ONCE = 500
_DAY_S = 86_400.0
_SIZES = (Size(6000, 4000), Size(4000, 3000), Size(2400, 3600), Size(1600, 1200))
_MODELS = ("standard-2", "recover-3", "high-fidelity-2", "standard-max")
_ECHO = {
    "face_enhancement": True,
    "face_enhancement_strength": 0.8,
    "face_enhancement_creativity": 0.0,
    "subject_detection": "All",
    "denoise": 0.34,
    "sharpen": 0.12,
    "fix_compression": 0.51,
    "crop_to_fill": False,
}


async def write(database: Path, folder: Path, count: int) -> list[Job]:
    """`count` jobs of the last two years in `database`: of 100 some 94 are done, 3 failed and were paid back, 2 were
    cancelled, 1 expired. Their pictures and results are names in `folder`; there is no file. Returns them as they began.
    """
    chance = Random(9)
    made: list[Job] = []
    store = await Store.open(database)
    try:
        now = time.time()
        for first in range(0, count, _RUN):
            made_at = now - (1 - first / count) * 700 * _DAY_S - _DAY_S
            run = RunRecord(uuid.UUID(int=chance.getrandbits(128)).hex, made_at, None)
            jobs = list(_run(run, folder, first, min(_RUN, count - first), chance))
            await store.add(run, jobs)
            made += jobs
            for start in range(0, len(jobs), _AT_ONCE):
                await asyncio.gather(*(_live(store, job, chance) for job in jobs[start : start + _AT_ONCE]))
    finally:
        await store.close()
    return made


def restorable(session: Path, jobs: list[Job], data: bytes) -> None:
    """A window's list in the file `session`: the pictures of `jobs`, with their files, every second with its job."""
    listed: list[SessionPicture] = []
    originals = session.with_name("session-originals")
    originals.mkdir()
    for number, job in enumerate(jobs):
        original = originals / f"{number // 10_000}.jpg"
        if not original.exists():
            original.write_bytes(data)
        job.source.parent.mkdir(parents=True, exist_ok=True)
        os.link(original, job.source)
        listed.append(SessionPicture(job.source, "" if number % 2 else job.id, selected=number == 0))
    Session(tuple(listed), None, 0).save(session)


def _run(run: RunRecord, folder: Path, first: int, count: int, chance: Random) -> Iterator[Job]:
    number = first // _RUN
    output = OutputOptions(OutputSize.scale(2.0), FileFormat.JPEG, folder=str(folder / f"delivered {number:02}"))
    values = {"denoise": 0.2 + number / 100, "sharpen": 0.3} if number % 2 else {}
    recipe = Recipe.of(ServiceName.SANDBOX, _MODELS[number % len(_MODELS)], values, output)
    for place in range(first, first + count):
        size = _SIZES[place % len(_SIZES)]
        source = folder / f"2024-{number % 12 + 1:02} Glassplates, box {number:02}" / f"IMG_{place:05} (scan).jpg"
        digest = hashlib.sha256(str(source).encode()).hexdigest()
        yield Job(
            id=uuid.UUID(int=chance.getrandbits(128)).hex,
            token=f"td-{uuid.UUID(int=chance.getrandbits(128)).hex}",
            run_id=run.id,
            source=source,
            source_digest=digest,
            source_size=size,
            recipe=recipe,
            target_size=size.scaled(2.0),
            estimate=Estimate(2 + place % 5, EstimateSource.TABLE),
            state=_S.QUEUED,
            created_at=run.created_at,
            changed_at=run.created_at,
            format=FileFormat.JPEG,
            position=place + 1,
            source_bytes=4_000_000 + place,
            source_mtime_ns=1_700_000_000_000_000_000 + place,
        )


async def _live(store: Store, job: Job, chance: Random) -> None:
    """A job's life, step by step, each written as the engine writes it."""
    fate = chance.random()
    at, end = job.created_at + job.position % _RUN, job.created_at + job.position % _RUN + 90.0
    price = job.estimate.credits

    async def go(
        state: JobState, when: float, money: MoneyMove | None = None, note: str = "", **changes: object
    ) -> None:
        nonlocal job
        before, job = job, job.moved(state, when, **changes)
        await store.save(job, before, is_move=True, note=note, money=money)

    await go(_S.PREPARING, at)
    await go(_S.SUBMITTING, at + 1, MoneyMove(MoneyKind.RESERVE, at + 1, price), intent_at=at + 1)
    remote_id = str(uuid.UUID(int=chance.getrandbits(128)))
    await go(
        _S.RUNNING, at + 3, remote_id=remote_id, source_id=f"src-{remote_id}", submitted_at=at + 3, remote_eta=at + 60
    )
    if fate > 0.97:
        trouble = JobError(
            "service.job_failed",
            "The service could not make this picture",
            f"The sandbox says: “out of memory”. It gives the money back ({price} credits), at the latest within a day. "
            "Try again, or try another model or size.",
            f"process {remote_id}: out of memory",
        )
        refund = MoneyMove(MoneyKind.REFUND, end, price)
        await go(_S.FAILED, end, refund, charged=0, refunded=price, trouble=trouble)
        return
    charge = MoneyMove(MoneyKind.CHARGE, end, price)
    if fate > 0.95:
        await go(_S.CANCELLED, end, charge, charged=price)
        return
    echoed = json.dumps({"model": job.recipe.model, **_ECHO, **job.recipe.settings})
    await go(
        _S.READY,
        end,
        charge,
        percent=100.0,
        charged=price,
        completed_at=end,
        result_size=job.target_size,
        echoed=echoed,
    )
    if fate > 0.94:
        trouble = JobError("service.expired", "The result is not at the service any more", "Start the picture again.")
        await go(_S.EXPIRED, end + 8 * _DAY_S, trouble=trouble)
        return
    target = Path(job.recipe.output.folder) / f"{job.source.stem}_{job.recipe.model}_2x.jpg"
    await go(_S.DOWNLOADING, end + 1, target=target)
    await go(_S.VERIFYING, end + 2)
    await go(
        _S.DONE, end + 3, result=target, result_bytes=9_000_000 + job.position, result_digest=job.source_digest[::-1]
    )


def link_names(folder: Path, count: int, data: bytes) -> list[Path]:
    """`count` files of a few bytes in `folder`: names of ten originals beside it, for no file system takes more than some
    ten thousand names of one file.
    """
    folder.mkdir(parents=True)
    originals = folder.with_name(f"{folder.name}-originals")
    originals.mkdir()
    apart = 10_000
    for number in range(-(-count // apart)):
        (originals / f"{number}.jpg").write_bytes(data)
    made = [folder / f"scan-{number:06}.jpg" for number in range(count)]
    for number, path in enumerate(made):
        os.link(originals / f"{number // apart}.jpg", path)
    return made


def nested(top: Path, depth: int, data: bytes) -> None:
    """`depth` folders, each in the one before, with a picture in each tenth. Paths end near what the system takes."""
    here = os.open(_made(top), os.O_RDONLY)
    for level in range(depth):
        if level % 10 == 0:
            file = os.open("p.jpg", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=here)
            os.write(file, data)
            os.close(file)
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def remove_nested(top: Path) -> None:
    """Takes such folders away, which Python's own way cannot: it calls itself for each."""
    rest = top.with_name(f"{top.name}-rest")
    while top.exists():
        inner = top / "d"
        if inner.exists():
            inner.rename(rest)
        for file in top.iterdir():
            file.unlink()
        top.rmdir()
        if rest.exists():
            rest.rename(top)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
