"""Between check and name a result gets its source's metadata: a crash at any moment, or any fault of it, loses nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.kept import Kept, KeptReport, MetadataMode, Remark, RemarkKind
from topazdesk.domain.recipe import OnConflict
from topazdesk.engine import files, packets
from topazdesk.engine.events import Event, JobChanged
from topazdesk.errors import ComputerError

_S = JobState
DELIVERED = result_bytes(Size(80, 60), FileFormat.PNG)
PACKET = "<x:xmpmeta/>"


def embedded(job: Job, delivered: Path, kept: Path) -> Kept:
    """The picture with a text in it, as a new file."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Job", job.id)
    with Image.open(delivered) as image:
        image.save(kept, "PNG", pnginfo=text)
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    return Kept(KeptReport(MetadataMode.EMBED, fields=1), True, kept.stat().st_size, digest)


def beside(job: Job, delivered: Path, kept: Path) -> Kept:
    """The file as it is, and a packet."""
    return Kept(KeptReport(MetadataMode.SIDECAR, has_packet=True), packet=PACKET)


def check_kept(harness: EngineHarness, job: Job) -> None:
    """The completed file is there, alone, and the job knows it and the delivered one."""
    assert job.state is _S.DONE, job.trouble
    assert job.result is not None
    assert [path.name for path in job.result.parent.iterdir()] == [job.result.name]
    assert job.result_digest == files.digest_of(job.result)
    assert job.result_bytes == job.result.stat().st_size
    assert job.delivered_digest == hashlib.sha256(DELIVERED).hexdigest()
    assert job.delivered_bytes == len(DELIVERED)
    with Image.open(job.result) as image:
        assert image.text["Job"] == job.id  # type: ignore[attr-defined]
    assert job.kept is not None
    assert job.kept.mode is MetadataMode.EMBED
    assert len(harness.service.by_token(job.token)) == 1


def test_the_completed_file_is_kept_and_both_digests_are_known(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.pictures.completes = embedded
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        check_kept(harness, harness.job(job))
        before = harness.service.taken
        again = await engine.enqueue([harness.draft(harness.root / "pictures" / "a.png")])
        await engine.idle()
        assert harness.job(again[0]).result != harness.job(job).result or harness.service.taken == before

    harness.run(test)


def _stops(harness: EngineHarness, is_time: Callable[[Job], bool]) -> None:
    """From the instant that a job is like this, nothing more reaches the database; the disk goes on to the end."""

    def look(event: Event) -> None:
        if isinstance(event, JobChanged) and is_time(event.job) and harness.store is not None:
            harness.store._closed = True

    harness.hub.subscribe(look)


async def _again(harness: EngineHarness) -> None:
    assert harness.store is not None
    assert harness.engine is not None
    await harness.until(lambda: harness.store is not None and harness.store._closed)
    await harness.engine.close()
    harness.store._closed = False
    await harness.crash()
    harness.hub._listeners.pop()


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_kill_while_the_copy_is_made(harness: EngineHarness, is_whole: bool) -> None:
    """Half a copy lies there, or a whole one whose digest nobody wrote down."""

    async def test() -> None:
        harness.pictures.completes = embedded
        _stops(harness, lambda job: job.state is _S.VERIFYING)
        await harness.open()
        job = await harness.start_one()
        await _again(harness)
        part = files.part_path(harness.root / "out" / "a.png", job.token)
        assert part.read_bytes() == DELIVERED
        kept = files.kept_path(part)
        if not is_whole:
            kept.write_bytes(DELIVERED[:1000])
        elif not kept.exists():
            embedded(job, part, kept)
        engine = await harness.open()
        await engine.idle()
        check_kept(harness, harness.job(job))

    harness.run(test)


@pytest.mark.parametrize("has_name", [True, False])
def test_a_kill_before_and_after_the_file_gets_its_name(harness: EngineHarness, has_name: bool) -> None:
    """The digest is on the disk. The file has its name and nobody knows; or both files still lie under the job's own."""

    async def test() -> None:
        harness.pictures.completes = embedded
        _stops(harness, lambda job: job.state is _S.VERIFYING and job.result_digest != job.delivered_digest)
        await harness.open()
        job = await harness.start_one()
        await _again(harness)
        target = _as_left(harness, job, has_name=has_name)
        downloads = harness.service.calls["download"]
        engine = await harness.open()
        await engine.idle()
        check_kept(harness, harness.job(job))
        assert harness.job(job).result == target
        assert harness.service.calls["download"] == downloads, "what is here is not fetched again"

    harness.run(test)


def _as_left(harness: EngineHarness, job: Job, *, has_name: bool) -> Path:
    """Lays the delivered and the completed file as the kill left them, however far the threads came; the result's path."""
    target = harness.root / "out" / "a_standard-2_2x.png"
    part = files.part_path(target, job.token)
    part.write_bytes(DELIVERED)
    kept = files.kept_path(part)
    if has_name and kept.exists():
        kept.rename(target)
    elif not has_name and target.exists():
        target.rename(kept)
    assert target.exists() == has_name
    return target


@pytest.mark.parametrize("error", [OSError("disk"), ComputerError("gone"), RuntimeError("a bug"), MemoryError()])
def test_whatever_goes_wrong_with_it_the_result_is_kept_as_delivered(
    harness: EngineHarness, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        def fails(job: Job, delivered: Path, kept: Path) -> Kept:
            kept.write_bytes(b"half")
            raise error

        harness.pictures.completes = fails
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        done = harness.job(job)
        assert done.state is _S.DONE
        assert done.result is not None
        assert done.result.read_bytes() == DELIVERED
        assert [path.name for path in done.result.parent.iterdir()] == [done.result.name]
        assert done.kept is not None
        assert [remark.kind for remark in done.kept.remarks] == [RemarkKind.FAILED]

    harness.run(test)


def test_a_copy_that_is_not_what_was_said_is_not_kept(harness: EngineHarness) -> None:
    async def test() -> None:
        def cut(job: Job, delivered: Path, kept: Path) -> Kept:
            told = embedded(job, delivered, kept)
            kept.write_bytes(kept.read_bytes()[:100])
            return told

        harness.pictures.completes = cut
        engine = await harness.open()
        job = await harness.start_one()
        await engine.idle()
        done = harness.job(job)
        assert done.result is not None
        assert done.result.read_bytes() == DELIVERED

    harness.run(test)


def test_a_packet_lies_beside_the_file_and_comes_back_after_a_kill(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.pictures.completes = beside
        _stops(harness, lambda job: job.state is _S.VERIFYING and job.kept is not None)
        await harness.open()
        job = await harness.start_one()
        await _again(harness)
        placed = harness.root / "out" / "a_standard-2_2x.png"
        packet, part = packets.packet_of(placed), files.part_path(placed, job.token)
        if not placed.exists():
            part.rename(placed)
        if packet.exists():  # the kill came before it had its name
            packet.rename(part.with_suffix(".xmp"))
        assert part.with_suffix(".xmp").read_text().startswith(PACKET)
        engine = await harness.open()
        await engine.idle()
        done = harness.job(job)
        assert done.state is _S.DONE
        assert done.result is not None
        assert done.result.read_bytes() == DELIVERED
        assert sorted(path.name for path in done.result.parent.iterdir()) == [done.result.name, packet.name]

    harness.run(test)


def test_somebody_elses_packet_is_left_and_our_own_unchanged_one_is_replaced(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.pictures.completes = beside
        engine = await harness.open()
        first = await harness.start_one(on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        result = harness.job(first).result
        assert result is not None
        packet = packets.packet_of(result)
        assert packets.is_unchanged(packet)
        harness.pictures.completes = lambda *_: replace(beside(*_), packet="<second/>")
        second = await harness.start_one(on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        assert harness.job(second).result == result
        assert packet.read_text().startswith("<second/>")
        packet.write_text("rated by hand")
        third = await harness.start_one(on_conflict=OnConflict.OVERWRITE)
        await engine.idle()
        done = harness.job(third)
        assert packet.read_text() == "rated by hand"
        assert done.kept is not None
        assert any("was left as it is" in remark.text for remark in done.kept.remarks)
        assert not done.kept.has_packet
        assert len(list(result.parent.iterdir())) == 2

    harness.run(test)


def test_what_was_said_is_in_the_job_list(harness: EngineHarness) -> None:
    async def test() -> None:
        said = KeptReport(MetadataMode.OFF, 3, (Remark(RemarkKind.DIFFERENCE, "8 bits"),), "Topaz")
        harness.pictures.completes = lambda *_: Kept(said)
        await harness.open()
        job = await harness.start_one()
        assert harness.engine is not None
        await harness.engine.idle()
        await harness.close()
        await harness.open()
        assert harness.job(job).kept == said

    harness.run(test)
