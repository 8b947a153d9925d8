"""The same command again, after Ctrl-C, a crash or by a clock: what is started or done in this profile is not paid again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft

_S = JobState


async def before(desk: EngineDesk, *drafts: Draft) -> dict[int, str]:
    assert desk.engine is not None
    return {number: job.id for number, job in (await desk.engine.before(drafts)).items()}


async def done(desk: EngineDesk, path: Path) -> Job:
    assert desk.engine is not None
    (job,) = await desk.engine.enqueue([desk.draft(path)])
    await desk.engine.idle()
    assert desk.job(job).state is _S.DONE
    return desk.job(job)


def test_a_result_that_is_there_is_not_made_again(desk: EngineDesk) -> None:
    """By the picture's content and the recipe; not by its place or name, nor by where the result goes."""

    async def test() -> None:
        await desk.open()
        path = desk.picture()
        job = await done(desk, path)
        copy = shutil.copy(path, path.with_name("copy.png"))
        other = desk.picture("other.png")
        assert await before(desk, desk.draft(path)) == {0: job.id}
        assert await before(desk, desk.draft(other), desk.draft(copy)) == {1: job.id}
        assert await before(desk, desk.draft(path, out=desk.root / "elsewhere")) == {0: job.id}
        assert await before(desk, desk.draft(path, values={"denoise": 0.5})) == {}
        assert await before(desk, desk.draft(path, model="High Fidelity 2")) == {}
        assert desk.engine is not None
        await desk.engine.forget([job.id])
        assert await before(desk, desk.draft(path)) == {0: job.id}  # cleared from the list, not from the disk

    desk.run(test)


@pytest.mark.parametrize("change", ["gone", "other bytes", "longer"])
def test_a_result_that_is_not_what_it_was_is_made_again(desk: EngineDesk, change: str) -> None:
    async def test() -> None:
        await desk.open()
        path = desk.picture()
        job = await done(desk, path)
        assert job.result is not None
        data = job.result.read_bytes()
        match change:
            case "gone":
                job.result.unlink()
            case "other bytes":
                job.result.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            case _:
                job.result.write_bytes(data + b"x")
        assert await before(desk, desk.draft(path)) == {}

    desk.run(test)


def test_what_is_not_over_is_followed(desk: EngineDesk) -> None:
    """In the queue, also of a picture that was not read yet; at the service; in doubt. After a restart, too."""

    async def test() -> None:
        desk.service.work_s = 500.0
        engine = await desk.open()
        running = await desk.start_one("running.png")
        await desk.until_state(running, _S.RUNNING)
        await engine.pause()
        path = desk.picture("queued.png")
        (queued,) = await engine.enqueue([desk.draft(path)])
        copy = shutil.copy(path, path.with_name("copy.png"))
        wanted = [desk.draft(running.source), desk.draft(path), desk.draft(copy)]
        assert await before(desk, *wanted) == {0: running.id, 1: queued.id, 2: queued.id}
        # It was not read yet: whatever stands at its path by then is sent.
        changed = desk.picture("queued.png", width=41)
        assert await before(desk, desk.draft(changed)) == {0: queued.id}
        await desk.crash()
        await desk.open()
        assert await before(desk, wanted[0]) == {0: running.id}

    desk.run(test)


@pytest.mark.parametrize("fault", [Fault.REJECTED, None])
def test_what_failed_or_was_cancelled_does_not_count(desk: EngineDesk, fault: Fault | None) -> None:
    async def test() -> None:
        engine = await desk.open()
        if fault is None:
            await engine.pause()
        else:
            desk.service.plan("submit", fault)
        job = await desk.start_one()
        if fault is None:
            await engine.cancel(job.id)
        await engine.idle()
        assert desk.job(job).state.is_final
        assert await before(desk, desk.draft(job.source)) == {}

    desk.run(test)


def test_a_paid_result_that_could_not_be_fetched_is_fetched_for_nothing(desk: EngineDesk) -> None:
    desk.policy = replace(desk.policy, damaged_retries=(0.0, 1.0, 5.0, 60.0))

    async def test() -> None:
        engine = await desk.open()
        desk.service.plan("download", *[Fault.CORRUPT, Fault.CUT] * 20)
        job = await desk.start_one()
        await engine.idle()
        assert desk.job(job).state is _S.FAILED
        desk.service.faults["download"].clear()
        found = await before(desk, desk.draft(job.source))
        assert found == {0: job.id}
        assert [each.id for each in await engine.take_up(found.values())] == [job.id]
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert desk.service.taken == 1

    desk.run(test)


def test_only_pictures_that_may_be_known_are_read(desk: EngineDesk) -> None:
    async def test() -> None:
        await desk.open()
        path = desk.picture()
        await done(desk, path)
        read: list[Path] = []
        digest = desk.pictures.digest

        def counted(each: Path) -> str:
            read.append(each)
            return digest(each)

        desk.pictures.digest = counted  # type: ignore[method-assign]
        new = [desk.picture(f"{n}.png", width=50 + n) for n in range(5)]
        assert await before(desk, *(desk.draft(each) for each in new)) == {}
        assert read == []
        await before(desk, desk.draft(path), desk.draft(path))
        assert read == [path]

    desk.run(test)
