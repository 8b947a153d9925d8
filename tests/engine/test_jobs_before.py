"""The same command again, after Ctrl-C, a crash or by a clock: what is started or done in this profile is not paid again."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.domain.ports import Draft
from topazdesk.errors import UseError

_S = JobState


async def before(harness: EngineHarness, *drafts: Draft) -> dict[int, str]:
    assert harness.engine is not None
    return {number: job.id for number, job in (await harness.engine.before(drafts)).items()}


async def done(harness: EngineHarness, path: Path) -> Job:
    assert harness.engine is not None
    (job,) = await harness.engine.enqueue([harness.draft(path)])
    await harness.engine.idle()
    assert harness.job(job).state is _S.DONE
    return harness.job(job)


def test_a_result_that_is_there_is_not_made_again(harness: EngineHarness) -> None:
    """By the picture's content and the recipe; not by its place or name, nor by where the result goes."""

    async def test() -> None:
        await harness.open()
        path = harness.picture()
        job = await done(harness, path)
        copy = shutil.copy(path, path.with_name("copy.png"))
        other = harness.picture("other.png")
        assert await before(harness, harness.draft(path)) == {0: job.id}
        assert await before(harness, harness.draft(other), harness.draft(copy)) == {1: job.id}
        assert await before(harness, harness.draft(path, out=harness.root / "elsewhere")) == {0: job.id}
        assert await before(harness, harness.draft(path, values={"denoise": 0.5})) == {}
        assert await before(harness, harness.draft(path, model="High Fidelity 2")) == {}
        assert harness.engine is not None
        await harness.engine.forget([job.id])
        assert await before(harness, harness.draft(path)) == {0: job.id}  # cleared from the list, not from the disk

    harness.run(test)


@pytest.mark.parametrize("change", ["gone", "other bytes", "longer"])
def test_a_result_that_is_not_what_it_was_is_made_again(harness: EngineHarness, change: str) -> None:
    async def test() -> None:
        await harness.open()
        path = harness.picture()
        job = await done(harness, path)
        assert job.result is not None
        data = job.result.read_bytes()
        match change:
            case "gone":
                job.result.unlink()
            case "other bytes":
                job.result.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            case _:
                job.result.write_bytes(data + b"x")
        assert await before(harness, harness.draft(path)) == {}

    harness.run(test)


def test_what_is_not_over_is_followed(harness: EngineHarness) -> None:
    """In the queue, also of a picture that was not read yet; at the service; in doubt. After a restart, too."""

    async def test() -> None:
        harness.service.work_s = 500.0
        engine = await harness.open()
        running = await harness.start_one("running.png")
        await harness.until_state(running, _S.RUNNING)
        await engine.pause()
        path = harness.picture("queued.png")
        (queued,) = await engine.enqueue([harness.draft(path)])
        copy = shutil.copy(path, path.with_name("copy.png"))
        wanted = [harness.draft(running.source), harness.draft(path), harness.draft(copy)]
        assert await before(harness, *wanted) == {0: running.id, 1: queued.id, 2: queued.id}
        # Another picture under its name is not what was asked for then: that job will not send it.
        changed = harness.picture("queued.png")
        assert await before(harness, harness.draft(changed)) == {}
        await harness.crash()
        await harness.open()
        assert await before(harness, wanted[0]) == {0: running.id}

    harness.run(test)


@pytest.mark.parametrize("fault", [Fault.REJECTED, None])
def test_what_failed_or_was_cancelled_does_not_count(harness: EngineHarness, fault: Fault | None) -> None:
    async def test() -> None:
        engine = await harness.open()
        if fault is None:
            await engine.pause()
        else:
            harness.service.plan("submit", fault)
        job = await harness.start_one()
        if fault is None:
            await engine.cancel(job.id)
        await engine.idle()
        assert harness.job(job).state.is_final
        assert await before(harness, harness.draft(job.source)) == {}

    harness.run(test)


def test_a_paid_result_that_could_not_be_fetched_is_fetched_for_nothing(harness: EngineHarness) -> None:
    harness.policy = replace(harness.policy, damaged_retry_pauses_s=(0.0, 1.0, 5.0, 60.0))

    async def test() -> None:
        engine = await harness.open()
        harness.service.plan("download", *[Fault.CORRUPT, Fault.CUT] * 20)
        job = await harness.start_one()
        await engine.idle()
        assert harness.job(job).state is _S.FAILED
        harness.service.faults["download"].clear()
        found = await before(harness, harness.draft(job.source))
        assert found == {0: job.id}
        assert [each.id for each in await engine.take_up(found.values())] == [job.id]
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.taken == 1

    harness.run(test)


def test_only_pictures_that_may_be_known_are_read(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        path = harness.picture()
        await done(harness, path)
        read: list[Path] = []
        digest = harness.pictures.digest

        def counted(each: Path) -> str:
            read.append(each)
            return digest(each)

        harness.pictures.digest = counted  # type: ignore[method-assign]
        new = [harness.picture(f"{n}.png", width=50 + n) for n in range(5)]
        assert await before(harness, *(harness.draft(each) for each in new)) == {}
        assert read == []
        await before(harness, harness.draft(path), harness.draft(path))
        assert read == [], "its job has read it already"
        os.utime(path, ns=(1, 1))
        for _ in range(2):
            assert await before(harness, harness.draft(path), harness.draft(path)) != {}
        assert read == [path]

    harness.run(test)


def test_marks_of_results_survive_restart_and_clearing(harness: EngineHarness) -> None:
    """A result that was cleared from the queue is in no memory, and a later step of a job must not lose its mark."""

    async def test() -> None:
        await harness.open()
        path = harness.picture()
        job = await done(harness, path)
        assert harness.engine is not None
        await harness.engine.judge(job.id, Verdict.KEPT)
        assert harness.job(job).verdict is Verdict.KEPT
        await harness.engine.forget([job.id])
        moved = path.rename(path.with_name("moved.png"))
        (found,) = await harness.engine.results_of(harness.draft(moved).info)
        assert (found.id, found.verdict) == (job.id, Verdict.KEPT)
        assert (await harness.engine.judge(job.id, Verdict.REJECTED)).verdict is Verdict.REJECTED
        await harness.close()
        await harness.open()
        assert [each.verdict for each in await harness.engine.past([job.id])] == [Verdict.REJECTED]
        assert job.result is not None
        job.result.unlink()
        assert await harness.engine.results_of(harness.draft(moved).info) == []

    harness.run(test)


def test_only_results_can_be_marked(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        assert harness.engine is not None
        with pytest.raises(UseError):
            await harness.engine.judge("nobody", Verdict.KEPT)

    harness.run(test)
