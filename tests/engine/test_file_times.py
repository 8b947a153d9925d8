"""The result's file has the time that the recipe asks for, and a result is never lost for its time."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import FileTime

_S = JobState


def timed(draft: Draft, time: FileTime) -> Draft:
    return replace(draft, recipe=replace(draft.recipe, output=replace(draft.recipe.output, file_time=time)))


async def done(harness: EngineHarness, *drafts: Draft) -> list[Job]:
    assert harness.engine is not None
    jobs = await harness.engine.enqueue(drafts)
    await harness.engine.idle()
    assert [harness.job(job).state for job in jobs] == [_S.DONE] * len(jobs)
    return [harness.job(job) for job in jobs]


def test_the_files_time_is_the_one_asked_for(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        path = harness.picture()
        os.utime(path, (1_000_000_000, 1_000_000_000))
        taken: dict[str, datetime | None] = {"at": datetime.fromtimestamp(900_000_000, UTC)}
        harness.pictures.taken_at = lambda _path: taken["at"]  # type: ignore[method-assign]
        drafts = [timed(harness.draft(path, values={"denoise": n / 10}), t) for n, t in enumerate(FileTime)]
        now, source, shot = [job.result.stat().st_mtime for job in await done(harness, *drafts) if job.result]
        assert (source, shot) == (1_000_000_000, 900_000_000)
        assert now > 1_700_000_000
        taken["at"] = None
        (unsaid,) = await done(harness, timed(harness.draft(path, values={"denoise": 0.8}), FileTime.TAKEN))
        assert unsaid.result is not None
        assert unsaid.result.stat().st_mtime == 1_000_000_000

    harness.run(test)


def test_a_time_that_cannot_be_costs_no_result(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        harness.pictures.taken_at = lambda _path: datetime.max.replace(tzinfo=UTC)  # type: ignore[method-assign]
        (job,) = await done(harness, timed(harness.draft(harness.picture()), FileTime.TAKEN))
        assert job.result is not None
        assert job.result.exists()

        def broken(_path: object) -> datetime:
            raise RuntimeError("a bug in a reader")

        harness.pictures.taken_at = broken  # type: ignore[method-assign]
        (job,) = await done(harness, timed(harness.draft(harness.picture("b.png")), FileTime.TAKEN))
        assert job.trouble is None

    harness.run(test)
