"""This computer in trouble: folders, disks, files that change, a database that is held by somebody."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support.engine_desk import EngineDesk
from tests.support.fake_service import Fault, result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.recipe import OnConflict
from topazdesk.engine.events import Trouble
from topazdesk.errors import ComputerError

_S = JobState
RESULT = Size(80, 60)


def test_no_writable_folder_means_nothing_is_started(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "file").write_text("x")
        engine = await desk.open()
        with pytest.raises(ComputerError) as caught:
            await desk.start_one(out=tmp_path / "file" / "out")
        assert caught.value.code == "computer.folder_gone"
        assert engine.jobs() == ()
        assert desk.service.taken == 0

    desk.run(test)


def test_one_bad_folder_fails_its_job_unpaid_and_the_others_go_on(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "file").write_text("x")
        engine = await desk.open()
        picture = desk.picture()
        jobs = await engine.enqueue([desk.draft(picture, out=tmp_path / "file" / "out"), desk.draft(picture)])
        await engine.idle()
        assert [desk.job(j).state for j in jobs] == [_S.FAILED, _S.DONE]
        assert desk.service.taken == 1
        assert list((tmp_path / "out").glob(".topazdesk*")) == []

    desk.run(test)


def test_a_folder_that_goes_away_in_mid_job_is_waited_for(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await desk.open()
        job = await desk.start_one()
        await desk.until_state(job, _S.RUNNING)
        shutil.rmtree(tmp_path / "out")
        waiting = await desk.until_state(job, _S.WAITING)
        assert waiting.trouble is not None
        assert waiting.trouble.code == "computer.folder_gone"
        (tmp_path / "out").mkdir()
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert desk.service.taken == 1

    desk.run(test)


def test_nothing_is_bought_for_a_folder_that_is_gone(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await desk.open()
        await engine.pause()
        job = await desk.start_one()
        (tmp_path / "out").rmdir()
        await engine.resume()
        waiting = await desk.until_state(job, _S.WAITING)
        assert waiting.resume_to is _S.QUEUED
        assert waiting.trouble is not None
        assert waiting.trouble.code == "computer.folder_gone"
        assert desk.service.taken == 0
        (tmp_path / "out").mkdir()
        await engine.idle()
        assert desk.job(job).state is _S.DONE

    desk.run(test)


def test_a_full_disk_is_waited_for(desk: EngineDesk) -> None:
    """A real limit of the system on the size of files; the result is larger than it."""

    async def test() -> None:
        engine = await desk.open()
        big = desk.picture("big.png", 500, 400)
        assert len(result_bytes(Size(1000, 800), FileFormat.PNG)) > 1_500_000
        job = (await engine.enqueue([desk.draft(big)]))[0]
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, hard))
        try:
            waiting = await desk.until_state(job, _S.WAITING)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert waiting.trouble is not None
        assert waiting.trouble.code == "computer.disk_full"
        await engine.idle()
        done = desk.job(job)
        assert done.result is not None
        assert done.result.read_bytes() == result_bytes(Size(1000, 800), FileFormat.PNG)
        assert desk.service.taken == 1

    desk.run(test)


def test_a_database_held_by_another_program_delays_and_loses_nothing(desk: EngineDesk) -> None:
    async def test() -> None:
        desk.service.plan("submit", Fault.HOLD)
        engine = await desk.open()
        assert desk.store is not None
        await desk.store._read(lambda c: c.execute("PRAGMA busy_timeout = 20").fetchone())
        job = await desk.start_one()
        await desk.until(lambda: desk.service.in_submit == 1)
        other = sqlite3.connect(desk.profile / "jobs.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        desk.service.release.set()  # the paid answer comes in while nothing can be written
        await desk.until(lambda: any(isinstance(e, Trouble) for e in desk.events))
        with pytest.raises(ComputerError):
            await desk.start_one("b.png")
        other.execute("ROLLBACK")
        other.close()
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert [e.error.code for e in desk.events if isinstance(e, Trouble)] == ["computer.database_locked"]
        assert desk.service.taken == 1

    desk.run(test)


def test_a_source_that_changed_is_not_sent(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        await engine.pause()
        job = await desk.start_one()
        desk.picture("a.png", 400, 300)
        gone = await desk.start_one("gone.png")
        gone.source.unlink()
        await engine.resume()
        await engine.idle()
        changed = desk.job(job)
        assert (changed.state, desk.job(gone).state) == (_S.FAILED, _S.FAILED)
        assert changed.trouble is not None
        assert changed.trouble.code == "use.source_changed"
        assert desk.service.calls["submit"] == 0
        again = await engine.retry(job.id)
        await engine.idle()
        assert desk.job(again).result_size == Size(800, 600)

    desk.run(test)


def test_names_are_unique_among_running_jobs_and_on_disk(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "out").mkdir()
        foreign = tmp_path / "out" / "a_standard-2_2x.png"
        foreign.write_bytes(b"not ours")
        engine = await desk.open()
        picture = desk.picture()
        jobs = await engine.enqueue([desk.draft(picture) for _ in range(4)])
        await engine.idle()
        names = sorted(desk.job(j).result.name for j in jobs)  # type: ignore[union-attr]
        assert names == [f"a_standard-2_2x-{n}.png" for n in (2, 3, 4, 5)]
        assert foreign.read_bytes() == b"not ours"

    desk.run(test)


def test_a_name_that_is_taken_in_the_last_instant_is_left_alone(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        foreign = tmp_path / "out" / "a_standard-2_2x.png"
        verify = desk.pictures.verify

        def late(path: Path, expected: Size | None, format_: FileFormat) -> object:
            foreign.write_bytes(b"just saved by somebody")
            return verify(path, expected, format_)

        desk.pictures.verify = late  # type: ignore[method-assign, assignment]
        engine = await desk.open()
        job = await desk.start_one()
        await engine.idle()
        done = desk.job(job)
        assert done.result is not None
        assert done.result.name == "a_standard-2_2x-2.png"
        assert foreign.read_bytes() == b"just saved by somebody"

    desk.run(test)


def test_overwrite_replaces_a_result_but_never_a_source(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await desk.open()
        source = desk.picture("a_standard-2_2x.png")
        before = source.read_bytes()
        # This source's folder is the output folder, and its name is what the result of a.png would be called.
        job = await desk.start_one("a.png", out=source.parent, on_conflict=OnConflict.OVERWRITE)
        twin = (await engine.enqueue([desk.draft(source)]))[0]
        await engine.idle()
        assert source.read_bytes() == before
        assert desk.job(job).result == source.with_name("a_standard-2_2x-2.png")
        assert desk.job(twin).state is _S.DONE
        old = await desk.start_one("b.png")
        await engine.idle()
        again = await desk.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert desk.job(again).result == desk.job(old).result == tmp_path / "out" / "b_standard-2_2x.png"
        assert desk.job(again).trouble is None
        assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith((".", "b_standard-2_2x-"))]

    desk.run(test)


def test_overwrite_leaves_what_the_program_did_not_make(desk: EngineDesk, tmp_path: Path) -> None:
    """A JPEG beside a RAW of that name was replaced by the result of the RAW: it had never been added."""

    async def test() -> None:
        engine = await desk.open()
        photo = tmp_path / "out" / "b_standard-2_2x.png"
        photo.parent.mkdir()
        photo.write_bytes(b"the camera's own picture")
        job = await desk.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        done = desk.job(job)
        assert photo.read_bytes() == b"the camera's own picture"
        assert done.result == photo.with_name("b_standard-2_2x-2.png")
        assert done.trouble is not None
        assert done.trouble.code == "result.not_replaced"

    desk.run(test)


def test_overwrite_leaves_a_result_that_somebody_changed(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await desk.open()
        old = await desk.start_one("b.png")
        await engine.idle()
        result = tmp_path / "out" / "b_standard-2_2x.png"
        assert desk.job(old).result == result
        data = bytearray(result.read_bytes())
        data[-1] ^= 1  # as long as before
        result.write_bytes(data)
        again = await desk.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert result.read_bytes() == bytes(data)
        assert desk.job(again).result == result.with_name("b_standard-2_2x-2.png")

    desk.run(test)


def test_overwrite_knows_results_that_were_cleared_from_the_list_and_their_sources(
    desk: EngineDesk, tmp_path: Path
) -> None:
    async def test() -> None:
        engine = await desk.open()
        old = await desk.start_one("b.png")
        await engine.idle()
        result = desk.job(old).result
        assert result is not None
        await engine.forget({old.id})
        await desk.crash()
        engine = await desk.open()
        again = await desk.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert desk.job(again).result == result
        # That very result taken as a picture, and cleared: it is an original now.
        twin = (await engine.enqueue([desk.draft(result)]))[0]
        await engine.idle()
        await engine.forget({twin.id})
        await desk.crash()
        engine = await desk.open()
        last = await desk.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert desk.job(last).result == result.with_name("b_standard-2_2x-2.png")

    desk.run(test)


def test_overwrite_does_not_let_one_picture_of_a_run_replace_anothers_result(desk: EngineDesk) -> None:
    async def test() -> None:
        engine = await desk.open()
        one, two = desk.picture("x/a.png"), desk.picture("y/a.png")
        drafts = [desk.draft(path, on_conflict=OnConflict.OVERWRITE) for path in (one, two)]
        jobs = await engine.enqueue(drafts)
        await engine.idle()
        names = sorted(desk.job(j).result.name for j in jobs)  # type: ignore[union-attr]
        assert names == ["a_standard-2_2x-2.png", "a_standard-2_2x.png"]
        again = await engine.enqueue(drafts[:1])  # another click may
        await engine.idle()
        assert desk.job(again[0]).result in {desk.job(j).result for j in jobs}

    desk.run(test)


def test_overwrite_sees_through_another_name_of_a_source(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await desk.open()
        source = desk.picture("a.png")
        before = source.read_bytes()
        (tmp_path / "out").mkdir()
        os.link(source, tmp_path / "out" / "a_standard-2_2x.png")
        job = (await engine.enqueue([desk.draft(source, on_conflict=OnConflict.OVERWRITE)]))[0]
        await engine.idle()
        done = desk.job(job)
        assert done.result is not None
        assert done.result.name == "a_standard-2_2x-2.png"
        assert source.read_bytes() == before

    desk.run(test)


def test_skip_does_not_pay_for_what_is_there(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "a_standard-2_2x.png").write_bytes(b"there")
        engine = await desk.open()
        job = await desk.start_one(on_conflict=OnConflict.SKIP)
        await engine.idle()
        skipped = desk.job(job)
        assert skipped.state is _S.CANCELLED
        assert skipped.trouble is not None
        assert skipped.trouble.code == "use.skipped"
        assert desk.service.taken == 0

    desk.run(test)


def test_a_name_that_is_not_utf8(desk: EngineDesk, tmp_path: Path) -> None:
    async def test() -> None:
        odd = desk.picture().rename(tmp_path / "pictures" / os.fsdecode(b"caf\xe9\n.png"))
        engine = await desk.open()
        job = (await engine.enqueue([desk.draft(odd)]))[0]
        await desk.until_state(job, _S.RUNNING)
        await desk.crash()
        engine = await desk.open()
        await engine.idle()
        assert desk.job(job).state is _S.DONE
        assert desk.job(job).source == odd

    desk.run(test)
