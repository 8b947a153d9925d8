"""Trials from the desk down to a real sandbox: one upload, prices before, results kept, a candidate put to use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.sandbox import RunningSandbox, sandbox
from topazdesk.app.desk import Desk
from topazdesk.domain.candidates import bill_of
from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.recipe import Output, Recipe
from topazdesk.domain.trial import Patch
from topazdesk.media.probe import probe

__all__ = ["sandbox"]

NAMES = ("Standard 2", "High Fidelity 2", "Low Resolution 2", "Sharpen Standard")


@pytest.fixture
def profile(tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOPAZ_API_KEY", sandbox.key)
    monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)
    return tmp_path / "profile"


@asynccontextmanager
async def opened(profile: Path) -> AsyncIterator[Desk]:
    desk = await Desk.open(profile)
    try:
        await desk.engine.start()
        yield desk
    finally:
        await desk.close()


def recipes(desk: Desk, names: Sequence[str] = NAMES, size: OutputSize | None = None) -> list[Recipe]:
    found = []
    for name in names:
        model = desk.catalogue.find(ServiceName.TOPAZ, name)
        output = Output((size or OutputSize.scale(2.0)) if model.takes_size else OutputSize.keep())
        found.append(Recipe.of(ServiceName.TOPAZ, model.slug, {}, output))
    return found


def test_four_tries_of_a_patch_cost_one_upload_and_outlive_a_restart(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "scan.tif", FileFormat.TIFF, 640, 480, bits=16, orientation=6, profile="p3")
    before = source.read_bytes()
    picture = probe(source)
    patch = Patch(100, 200, 256, 192)

    async def first() -> None:
        async with opened(profile) as desk:
            wanted = recipes(desk)
            found = desk.trials.drafts(picture, patch, wanted)
            assert [c.problem for c in found] == [None] * 4
            assert bill_of(found, Unit.CREDIT).text == "4 credits"
            jobs = await desk.trials.start(picture, patch, wanted)
            await desk.engine.idle()
            done = [desk.engine.job(job.id) for job in jobs]
            assert [job.state for job in done] == [JobState.DONE] * 4
            assert [job.target_size for job in done] == [Size(512, 384)] * 3 + [Size(256, 192)]
            cut = probe(done[0].source)
            assert (cut.size, cut.bits, cut.has_profile, cut.orientation) == (Size(256, 192), 16, True, 1)
            assert {job.source for job in done} == {cut.path}
            again = await desk.trials.start(picture, patch, wanted[:1])
            await desk.engine.idle()
            assert desk.engine.job(again[0].id).by_source

    async def second() -> None:
        async with opened(profile) as desk:
            later, trial = desk.trials.of(source)
            assert (trial.picture, trial.patch, len(trial.jobs), len(later.jobs)) == (source, patch, 4, 1)
            wished = [job.trial.recipe for job in trial.jobs if job.trial]
            assert wished == recipes(desk)
            assert all(job.result is not None and job.result.is_file() for job in trial.jobs)
            assert len(await desk.engine.ledger()) == 5

    asyncio.run(first())
    asyncio.run(second())
    assert len(sandbox.rows("sources")) == 1
    assert len(sandbox.rows("jobs")) == 5
    assert source.read_bytes() == before
    assert list(tmp_path.glob("*_*")) == []  # nothing was put beside the picture


def test_a_candidate_of_the_whole_picture_becomes_the_result_without_paying_again(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "photo.jpg", FileFormat.JPEG, 320, 240)
    picture = probe(source)

    async def work() -> None:
        async with opened(profile) as desk:
            wanted = recipes(desk, NAMES[:2])
            jobs = await desk.trials.start(picture, None, wanted)
            await desk.engine.idle()
            taken = await desk.trials.use(desk.engine.job(jobs[1].id))
            assert taken.trial is None
            assert taken.recipe == wanted[1]
            assert taken.result == tmp_path / "photo_high-fidelity-2_2x.jpg"
            assert taken.result.read_bytes() == sandbox.result_bytes(taken.remote_id)
            (trial,) = desk.trials.of(source)
            assert [job.id for job in trial.jobs] == [jobs[0].id]
            ordinary = [job for job in desk.engine.jobs() if job.trial is None]
            assert [job.id for job in ordinary] == [taken.id]
            results = list((profile / "trials" / "results").glob("*.jpg"))
            assert results == [desk.engine.job(jobs[0].id).result]

    asyncio.run(work())
    assert (len(sandbox.rows("jobs")), len(sandbox.rows("sources"))) == (2, 1)
