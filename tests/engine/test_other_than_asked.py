"""A paid result that is sound but not what was asked for comes home as what it is, and is told; with the real decoders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import FakeDownload, FakeService, result_bytes
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.kept import MetadataChoice, MetadataMode
from topazdesk.domain.ports import DownloadLink
from topazdesk.media.picture_files import PictureFiles

_S = JobState


class OtherService(FakeService):
    """Hands out `files` one after the other, and the last of them for ever."""

    files: list[bytes]
    most_bytes: int | None = None

    @asynccontextmanager
    async def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AsyncIterator[FakeDownload]:
        self.calls["download"] += 1
        self.most_bytes = most_bytes
        await asyncio.sleep(0)
        yield FakeDownload(self.files.pop(0) if len(self.files) > 1 else self.files[0], offset, None)


def finished(harness: EngineHarness, *files: bytes) -> Job:
    """One job that asked for PNG of 80 × 60, at its end."""
    # As delivered, to be compared to the byte; what metadata does to it is tested in `test_completing`.
    harness.pictures = PictureFiles(metadata=lambda: MetadataChoice(MetadataMode.OFF))  # type: ignore[assignment]
    harness.service = harness.source.service = other = OtherService(harness.service_clock)
    other.files = list(files)
    found: list[Job] = []

    async def test() -> None:
        engine = await harness.open()
        job = await harness.start_one("a.png")
        await engine.idle()
        found.append(harness.job(job))
        assert harness.service.taken == 1

    harness.run(test)
    return found[0]


def test_the_client_is_told_how_long_a_result_can_be(harness: EngineHarness) -> None:
    """Whatever came was written: a storage that goes on and on filled the disk."""
    assert finished(harness, picture("PNG")).state is _S.DONE
    assert isinstance(harness.service, OtherService)
    assert harness.service.most_bytes == 16 * 80 * 60 + 64_000_000


def picture(kind: str, size: tuple[int, int] = (80, 60), seed: int = 1) -> bytes:
    buffer = BytesIO()
    Image.linear_gradient("L").rotate(seed).resize(size).convert("P" if kind == "GIF" else "RGB").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "format_", "suffix"),
    [
        ("JPEG", FileFormat.JPEG, ".jpg"),
        ("TIFF", FileFormat.TIFF, ".tif"),
        ("WEBP", FileFormat.WEBP, ".webp"),
        ("GIF", FileFormat.GIF, ".gif"),
    ],
)
def test_another_format_is_kept_as_what_it_is(
    harness: EngineHarness, kind: str, format_: FileFormat, suffix: str
) -> None:
    job = finished(harness, picture(kind))
    assert (job.state, job.format) == (_S.DONE, format_), job.trouble
    assert job.result is not None
    assert job.result.name == f"a_standard-2_2x{suffix}"
    assert job.result.read_bytes() == picture(kind)
    assert harness.service.calls["download"] == 2, "one may be spoilt on its way; two that agree are not"
    assert job.trouble is not None
    assert job.trouble.code == "result.format"
    assert "you asked for PNG" in job.trouble.hint
    assert [p.name for p in job.result.parent.iterdir()] == [job.result.name]


def test_another_format_and_another_size_are_both_said(harness: EngineHarness) -> None:
    job = finished(harness, picture("JPEG", (40, 30)))
    assert (job.state, job.result_size) == (_S.DONE, Size(40, 30))
    assert job.trouble is not None
    assert "JPEG" in job.trouble.hint
    assert "40 × 30" in job.trouble.hint


def test_two_that_do_not_agree_prove_nothing_and_the_right_one_is_taken(harness: EngineHarness) -> None:
    right = result_bytes(Size(80, 60), FileFormat.PNG)
    job = finished(harness, picture("JPEG", seed=10), picture("JPEG", seed=50), right)
    assert (job.state, job.format, job.trouble) == (_S.DONE, FileFormat.PNG, None)
    assert job.result is not None
    assert job.result.read_bytes() == right


@pytest.mark.parametrize("data", [b"<html>Sign in</html>", picture("JPEG")[:600], b""])
def test_what_is_no_whole_picture_is_never_kept(harness: EngineHarness, data: bytes) -> None:
    harness.policy = replace(harness.policy, damaged_retry_pauses_s=(0.0, 1.0, 5.0, 60.0))
    job = finished(harness, data)
    assert job.state is _S.FAILED
    assert job.is_at_service
    assert job.trouble is not None
    assert "costs nothing" in job.trouble.hint
    assert list((harness.root / "out").iterdir()) == []


def test_a_name_that_is_taken_in_the_other_format_gets_a_number(harness: EngineHarness) -> None:
    (harness.root / "out").mkdir()
    (harness.root / "out" / "a_standard-2_2x.jpg").write_bytes(b"somebody's")
    job = finished(harness, picture("JPEG"))
    assert job.result is not None
    assert job.result.name == "a_standard-2_2x-2.jpg"
    assert (harness.root / "out" / "a_standard-2_2x.jpg").read_bytes() == b"somebody's"
