"""This computer in trouble: folders, disks, files that change, a database that is held by somebody."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import Fault, result_bytes
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import Prepared
from topazdesk.domain.recipe import OnConflict
from topazdesk.engine.events import EngineError
from topazdesk.engine.files import kept_path, part_path
from topazdesk.errors import ComputerError
from topazdesk.media.writing import disk_trouble

_S = JobState
RESULT = Size(80, 60)


def test_no_writable_folder_means_nothing_is_started(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "file").write_text("x")
        engine = await harness.open()
        with pytest.raises(ComputerError) as caught:
            await harness.start_one(out=tmp_path / "file" / "out")
        assert caught.value.code == "computer.folder_gone"
        assert engine.jobs() == ()
        assert harness.service.taken == 0

    harness.run(test)


def test_one_bad_folder_fails_its_job_unpaid_and_the_others_go_on(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "file").write_text("x")
        engine = await harness.open()
        picture = harness.picture()
        jobs = await engine.enqueue([harness.draft(picture, out=tmp_path / "file" / "out"), harness.draft(picture)])
        await engine.idle()
        assert [harness.job(j).state for j in jobs] == [_S.FAILED, _S.DONE]
        assert harness.service.taken == 1
        assert list((tmp_path / "out").glob(".topazdesk*")) == []

    harness.run(test)


def test_a_folder_that_goes_away_in_mid_job_is_waited_for(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        shutil.rmtree(tmp_path / "out")
        waiting = await harness.until_state(job, _S.WAITING)
        assert waiting.trouble is not None
        assert waiting.trouble.code == "computer.folder_gone"
        (tmp_path / "out").mkdir()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.service.taken == 1

    harness.run(test)


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
@pytest.mark.parametrize("where", ["target", "part", "completed"])
def test_whatever_lies_at_a_results_names_is_no_way_to_harm_and_no_obstacle(
    harness: EngineHarness, tmp_path: Path, kind: str, where: str
) -> None:
    """A link at the name of a part file kept the paid result waiting for ever, with the folder as the reason."""

    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one()
        await harness.until_state(job, _S.RUNNING)
        target = harness.job(job).target or tmp_path / "out" / "a_standard-2_2x.png"
        part = part_path(target, job.token)
        path = {"target": target, "part": part, "completed": kept_path(part)}[where]
        mine = tmp_path / "mine.txt"
        mine.write_text("mine")
        match kind:
            case "link":
                path.symlink_to(mine)
            case "folder":
                path.mkdir()
            case _:
                os.mkfifo(path)
        await engine.idle()
        done = harness.job(job)
        assert done.result is not None
        assert done.result.read_bytes() == result_bytes(RESULT, FileFormat.PNG)
        assert mine.read_text() == "mine"
        assert (harness.service.taken, done.result == target) == (1, where != "target")

    harness.run(test)


def test_nothing_is_bought_for_a_folder_that_is_gone(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        (tmp_path / "out").rmdir()
        await engine.resume()
        waiting = await harness.until_state(job, _S.WAITING)
        assert waiting.resume_to is _S.QUEUED
        assert waiting.trouble is not None
        assert waiting.trouble.code == "computer.folder_gone"
        assert harness.service.taken == 0
        (tmp_path / "out").mkdir()
        await engine.idle()
        assert harness.job(job).state is _S.DONE

    harness.run(test)


def test_a_full_disk_is_waited_for(harness: EngineHarness) -> None:
    """A real limit of the system on the size of files; the result is larger than it."""

    async def test() -> None:
        engine = await harness.open()
        big = harness.picture("big.png", 500, 400)
        assert len(result_bytes(Size(1000, 800), FileFormat.PNG)) > 1_500_000
        job = (await engine.enqueue([harness.draft(big)]))[0]
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, hard))
        try:
            waiting = await harness.until_state(job, _S.WAITING)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert waiting.trouble is not None
        assert waiting.trouble.code == "computer.disk_full"
        await engine.idle()
        done = harness.job(job)
        assert done.result is not None
        assert done.result.read_bytes() == result_bytes(Size(1000, 800), FileFormat.PNG)
        assert harness.service.taken == 1

    harness.run(test)


def test_no_room_for_the_copy_to_send_names_the_folder_that_is_full(harness: EngineHarness) -> None:
    """It is in the profile: people were told to choose another folder for results, and no folder was named."""
    prepare = harness.pictures.prepare
    full: list[bool] = []

    def no_room(info: ImageInfo, model: Model, folder: Path, token: str) -> Prepared:
        if len(full) < 2:
            full.append(True)
            raise disk_trouble(OSError(errno.ENOSPC, "No space left on device"))
        return prepare(info, model, folder, token)

    async def test() -> None:
        engine = await harness.open()
        harness.pictures.prepare = no_room  # type: ignore[method-assign]
        waiting = await harness.until_state(await harness.start_one(), _S.WAITING)
        assert waiting.trouble is not None
        assert waiting.trouble.hint == f"Free some space for {harness.profile}; it resumes automatically."
        assert (harness.service.taken, await engine.ledger()) == (0, ())
        await engine.idle()
        assert (harness.job(waiting).state, harness.service.taken) == (_S.DONE, 1)

    harness.run(test)


def test_a_database_held_by_another_program_delays_and_loses_nothing(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.service.plan("submit", Fault.HOLD)
        engine = await harness.open()
        assert harness.store is not None
        await harness.store._read(lambda c: c.execute("PRAGMA busy_timeout = 20").fetchone())
        job = await harness.start_one()
        await harness.until(lambda: harness.service.in_submit == 1)
        other = sqlite3.connect(harness.profile / "jobs.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        harness.service.release.set()  # the paid answer comes in while nothing can be written
        await harness.until(lambda: any(isinstance(e, EngineError) for e in harness.events))
        with pytest.raises(ComputerError):
            await harness.start_one("b.png")
        other.execute("ROLLBACK")
        other.close()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert [e.error.code for e in harness.events if isinstance(e, EngineError)] == ["computer.database_locked"]
        assert harness.service.taken == 1

    harness.run(test)


def test_a_source_that_changed_is_not_sent(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        harness.picture("a.png", 400, 300)
        gone = await harness.start_one("gone.png")
        gone.source.unlink()
        await engine.resume()
        await engine.idle()
        changed = harness.job(job)
        assert (changed.state, harness.job(gone).state) == (_S.FAILED, _S.FAILED)
        assert changed.trouble is not None
        assert changed.trouble.code == "use.source_changed"
        assert harness.service.calls["submit"] == 0
        again = await engine.retry(job.id)
        await engine.idle()
        assert harness.job(again).result_size == Size(800, 600)

    harness.run(test)


def test_names_are_unique_among_running_jobs_and_on_disk(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "out").mkdir()
        foreign = tmp_path / "out" / "a_standard-2_2x.png"
        foreign.write_bytes(b"not ours")
        engine = await harness.open()
        picture = harness.picture()
        jobs = await engine.enqueue([harness.draft(picture) for _ in range(4)])
        await engine.idle()
        names = sorted(harness.job(j).result.name for j in jobs)  # type: ignore[union-attr]
        assert names == [f"a_standard-2_2x-{n}.png" for n in (2, 3, 4, 5)]
        assert foreign.read_bytes() == b"not ours"

    harness.run(test)


def test_a_name_that_is_taken_in_the_last_instant_is_left_alone(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        foreign = tmp_path / "out" / "a_standard-2_2x.png"
        verify = harness.pictures.verify

        def late(path: Path, expected: Size | None, format_: FileFormat) -> object:
            foreign.write_bytes(b"just saved by somebody")
            return verify(path, expected, format_)

        harness.pictures.verify = late  # type: ignore[method-assign, assignment]
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        done = harness.job(job)
        assert done.result is not None
        assert done.result.name == "a_standard-2_2x-2.png"
        assert foreign.read_bytes() == b"just saved by somebody"

    harness.run(test)


def test_overwrite_replaces_a_result_but_never_a_source(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await harness.open()
        source = harness.picture("a_standard-2_2x.png")
        before = source.read_bytes()
        # This source's folder is the output folder, and its name is what the result of a.png would be called.
        job = await harness.start_one("a.png", out=source.parent, on_conflict=OnConflict.OVERWRITE)
        twin = (await engine.enqueue([harness.draft(source)]))[0]
        await engine.idle()
        assert source.read_bytes() == before
        assert harness.job(job).result == source.with_name("a_standard-2_2x-2.png")
        assert harness.job(twin).state is _S.DONE
        old = await harness.start_one("b.png")
        await engine.idle()
        again = await harness.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert harness.job(again).result == harness.job(old).result == tmp_path / "out" / "b_standard-2_2x.png"
        assert harness.job(again).trouble is None
        assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith((".", "b_standard-2_2x-"))]

    harness.run(test)


def test_overwrite_leaves_what_the_program_did_not_make(harness: EngineHarness, tmp_path: Path) -> None:
    """A JPEG beside a RAW of that name was replaced by the result of the RAW: it had never been added."""

    async def test() -> None:
        engine = await harness.open()
        photo = tmp_path / "out" / "b_standard-2_2x.png"
        photo.parent.mkdir()
        photo.write_bytes(b"the camera's own picture")
        job = await harness.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        done = harness.job(job)
        assert photo.read_bytes() == b"the camera's own picture"
        assert done.result == photo.with_name("b_standard-2_2x-2.png")
        assert done.trouble is not None
        assert done.trouble.code == "result.not_replaced"

    harness.run(test)


def test_overwrite_leaves_a_result_that_somebody_changed(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await harness.open()
        old = await harness.start_one("b.png")
        await engine.idle()
        result = tmp_path / "out" / "b_standard-2_2x.png"
        assert harness.job(old).result == result
        data = bytearray(result.read_bytes())
        data[-1] ^= 1  # as long as before
        result.write_bytes(data)
        again = await harness.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert result.read_bytes() == bytes(data)
        assert harness.job(again).result == result.with_name("b_standard-2_2x-2.png")

    harness.run(test)


def test_overwrite_knows_results_that_were_cleared_from_the_list_and_their_sources(
    harness: EngineHarness, tmp_path: Path
) -> None:
    async def test() -> None:
        engine = await harness.open()
        old = await harness.start_one("b.png")
        await engine.idle()
        result = harness.job(old).result
        assert result is not None
        await engine.forget({old.id})
        await harness.crash()
        engine = await harness.open()
        again = await harness.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert harness.job(again).result == result
        # That very result taken as a picture, and cleared: it is an original now.
        twin = (await engine.enqueue([harness.draft(result)]))[0]
        await engine.idle()
        await engine.forget({twin.id})
        await harness.crash()
        engine = await harness.open()
        last = await harness.start_one("b.png", on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert harness.job(last).result == result.with_name("b_standard-2_2x-2.png")

    harness.run(test)


def test_overwrite_does_not_let_one_picture_of_a_run_replace_anothers_result(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        one, two = harness.picture("x/a.png"), harness.picture("y/a.png")
        drafts = [harness.draft(path, on_conflict=OnConflict.OVERWRITE) for path in (one, two)]
        jobs = await engine.enqueue(drafts)
        await engine.idle()
        names = sorted(harness.job(j).result.name for j in jobs)  # type: ignore[union-attr]
        assert names == ["a_standard-2_2x.png", "a_standard-2_2x_y.png"]
        again = await engine.enqueue(drafts[:1])  # another click may
        await engine.idle()
        assert harness.job(again[0]).result in {harness.job(j).result for j in jobs}

    harness.run(test)


def test_overwrite_sees_through_another_name_of_a_source(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await harness.open()
        source = harness.picture("a.png")
        before = source.read_bytes()
        (tmp_path / "out").mkdir()
        os.link(source, tmp_path / "out" / "a_standard-2_2x.png")
        job = (await engine.enqueue([harness.draft(source, on_conflict=OnConflict.OVERWRITE)]))[0]
        await engine.idle()
        done = harness.job(job)
        assert done.result is not None
        assert done.result.name == "a_standard-2_2x-2.png"
        assert source.read_bytes() == before

    harness.run(test)


def test_skip_does_not_pay_for_what_is_there(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        engine = await harness.open()
        first = await harness.start_one()
        await engine.idle()
        job = await harness.start_one(on_conflict=OnConflict.SKIP)
        await engine.idle()
        skipped = harness.job(job)
        assert skipped.state is _S.CANCELLED
        assert skipped.trouble is not None
        assert skipped.trouble.code == "use.skipped"
        assert harness.service.taken == 1
        result = harness.job(first).result
        assert result is not None
        result.unlink()
        again = await harness.start_one(on_conflict=OnConflict.SKIP)
        await engine.idle()
        assert harness.job(again).state is _S.DONE, "the result is gone"
        assert harness.service.taken == 2

    harness.run(test)


def test_skip_is_about_this_pictures_result(harness: EngineHarness, tmp_path: Path) -> None:
    """A file that happened to have the name of the result kept the picture from ever being enhanced."""

    async def test() -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "a_standard-2_2x.png").write_bytes(b"of somebody else")
        engine = await harness.open()
        job = harness.job(await harness.start_one(on_conflict=OnConflict.SKIP))
        await engine.idle()
        result = harness.job(job).result
        assert result == tmp_path / "out" / "a_standard-2_2x-2.png"
        assert (tmp_path / "out" / "a_standard-2_2x.png").read_bytes() == b"of somebody else"
        result.write_bytes(result.read_bytes() + b"a rating")  # as a catalogue program leaves it
        again = await harness.start_one(on_conflict=OnConflict.SKIP)
        await engine.idle()
        assert harness.job(again).state is _S.CANCELLED, "its result is there, under another name and rated since"
        assert harness.service.taken == 1

    harness.run(test)


def test_a_name_that_is_not_utf8(harness: EngineHarness, tmp_path: Path) -> None:
    async def test() -> None:
        odd = harness.picture().rename(tmp_path / "pictures" / os.fsdecode(b"caf\xe9\n.png"))
        engine = await harness.open()
        job = (await engine.enqueue([harness.draft(odd)]))[0]
        await harness.until_state(job, _S.RUNNING)
        await harness.crash()
        engine = await harness.open()
        await engine.idle()
        assert harness.job(job).state is _S.DONE
        assert harness.job(job).source == odd

    harness.run(test)
