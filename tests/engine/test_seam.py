"""A download that goes on after a break is of one file, whatever the storage holds by then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.support.engine_harness import EngineHarness
from tests.support.fake_service import FakeDownload, FakeService, Fault
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import DownloadLink
from topazdesk.engine.seam import OVERLAP_BYTES, AnotherFileError, Seam


def _tiff(shade: int) -> bytes:
    """A picture that is a picture whatever its second half is: nothing in it is compressed or has a checksum."""
    buffer = BytesIO()
    noise = Image.effect_noise((400, 300), 30).point(lambda value: min(255, value // 2 + shade)).convert("RGB")
    noise.save(buffer, "TIFF")
    return buffer.getvalue()


class _Remade(FakeService):
    """A service that makes the result anew after the first download has broken off."""

    results = (_tiff(0), _tiff(100))

    @asynccontextmanager
    async def download(
        self, link: DownloadLink, offset: int = 0, most_bytes: int | None = None
    ) -> AsyncIterator[FakeDownload]:
        self.download_offsets.append(offset)
        await asyncio.sleep(0)
        is_first = len(self.download_offsets) == 1
        yield FakeDownload(self.results[0 if is_first else 1], offset, Fault.BREAK if is_first else None)


@pytest.mark.parametrize("is_restarted", [False, True], ids=["at once", "after a restart"])
def test_half_of_one_result_and_half_of_another_are_no_result(harness: EngineHarness, is_restarted: bool) -> None:
    """Both are of one length, and the whole of it decodes: it was kept as the result, and nothing was said."""
    harness.service = harness.source.service = _Remade(harness.service_clock)

    async def test() -> None:
        engine = await harness.open()
        plain = harness.draft(harness.picture(width=200, height=150))
        recipe = replace(plain.recipe, output=replace(plain.recipe.output, format=FileFormat.TIFF))
        (job,) = await engine.enqueue([replace(plain, recipe=recipe)])
        if is_restarted:
            await harness.until_state(job, JobState.WAITING)
            await harness.crash()
            engine = await harness.open()
        await engine.idle()
        done = harness.job(job)
        assert done.result is not None
        assert done.result.read_bytes() == _Remade.results[1]
        assert harness.service.download_offsets == [0, len(_Remade.results[0]) // 2 - OVERLAP_BYTES, 0]

    harness.run(test)


@pytest.mark.parametrize("length", [1, OVERLAP_BYTES, OVERLAP_BYTES + 5])
@pytest.mark.parametrize("piece", [1, 100_000])
def test_what_is_there_is_asked_for_once_more_and_not_written_again(tmp_path: Path, length: int, piece: int) -> None:
    whole = bytes(n % 251 for n in range(length + 7))
    part = tmp_path / "part"
    part.write_bytes(whole[:length])
    seam = Seam.of(part, length)
    came = whole[seam.start :]
    pieces = [came[start : start + piece] for start in range(0, len(came), piece)]
    assert b"".join(map(seam.beyond, pieces)) == whole[length:]
    assert seam.end == length
    other = Seam.of(part, length)
    with pytest.raises(AnotherFileError):
        other.beyond(b"\xff" * len(came))


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    seam = Seam.of(tmp_path / "none", 0)
    assert (seam.start, seam.end, seam.beyond(b"all")) == (0, 0, b"all")
