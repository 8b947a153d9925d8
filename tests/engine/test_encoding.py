"""How files are encoded here is never a reason to pay again: what is wanted in another quality is made of what is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_copies import JPEG, PNG, TIFF, admitted, names, wanting
from tests.support.encoded import jpeg_quality
from tests.support.engine_harness import CATALOGUE, EngineHarness
from topazdesk.domain.copies import CopyForm
from topazdesk.domain.draft import draft
from topazdesk.domain.encoding import Encoding, TiffCompression
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import OnConflict, OutputOptions, Recipe
from topazdesk.domain.services import ServiceName

_S = JobState
STEM = "a_standard-2_2x"


def written(harness: EngineHarness, path: Path, quality: int, *formats: FileFormat, **more: Any) -> Draft:
    """A draft of the picture in these formats and this quality."""
    made = wanting(harness, path, *formats, **more)
    encoding = Encoding(quality, TiffCompression.LZW)
    output = replace(made.recipe.output, encoding=encoding)
    return replace(made, recipe=replace(made.recipe, output=output))


def test_a_copy_of_another_quality_is_made_beside_the_first_and_nothing_is_paid(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        (first,) = await admitted(harness, wanting(harness, path, TIFF, JPEG))
        lower = written(harness, path, 60, TIFF, JPEG)
        form = CopyForm(JPEG, Encoding(60))
        assert [(each.job.id, each.lacks) for each in (await engine.had([lower])).values()] == [(first.id, (form,))]
        (job,) = await admitted(harness, lower)
        assert (job.id, names(harness)) == (first.id, [f"{STEM}-2.jpg", f"{STEM}.jpg", f"{STEM}.tif"])
        assert [(copy.name, copy.encoding.jpeg_quality) for copy in job.copies] == [
            (f"{STEM}.jpg", 95),
            (f"{STEM}-2.jpg", 60),
        ]
        out = harness.root / "out"
        assert jpeg_quality(out / f"{STEM}-2.jpg") == 60
        # Both are there now, whoever asks, in any order, and after a restart.
        for asked in (lower, wanting(harness, path, TIFF, JPEG), written(harness, path, 60, JPEG)):
            assert (await engine.had([asked]))[0].lacks == ()
        await harness.crash()
        engine = await harness.open()
        assert (await engine.recall(first.id)).copies == job.copies
        assert (await engine.had([lower]))[0].lacks == ()
        assert harness.service.taken == 1

    harness.run(test)


@pytest.mark.parametrize("formats", [(JPEG,), (TIFF,), (PNG,), (TIFF, JPEG)])
def test_what_a_service_wrote_is_there_however_it_is_to_be_encoded(
    harness: EngineHarness, formats: tuple[FileFormat, ...]
) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        (first,) = await admitted(harness, wanting(harness, path, *formats))
        other = written(harness, path, 60, *formats)
        assert (await engine.before([other]))[0].id == first.id
        assert {job.id for job in await admitted(harness, other)} == {first.id}
        assert first.result is not None
        first.result.unlink()
        if len(formats) == 2:  # what is left of it will do, too, in whatever quality
            (harness.root / "out" / f"{STEM}.jpg").unlink()
            assert jpeg_quality(harness.root / "out" / f"{STEM}-2.jpg") == 60
            for quality in (95, 40):
                assert (await engine.had([written(harness, path, quality, JPEG)]))[0].job.id == first.id
        assert harness.service.taken == 1

    harness.run(test)


@pytest.mark.parametrize("state", [_S.QUEUED, _S.RUNNING])
def test_a_job_on_its_way_makes_its_copy_as_it_was_wished_last(harness: EngineHarness, state: JobState) -> None:
    async def test() -> None:
        harness.service.work_s = 500.0
        engine = await harness.open()
        path = harness.picture()
        if state is _S.QUEUED:
            await engine.pause()
        (job,) = await engine.enqueue([wanting(harness, path, TIFF, JPEG)])
        await harness.until_state(job, state)
        found = await engine.admit([written(harness, path, 60, JPEG)])
        assert (found.jobs, found.before[0].id) == ((), job.id)
        await harness.crash()
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert [(copy.format, copy.encoding) for copy in harness.job(job).copies] == [(JPEG, Encoding(60))]
        assert jpeg_quality(harness.root / "out" / f"{STEM}.jpg") == 60
        assert names(harness) == [f"{STEM}.jpg", f"{STEM}.tif"]
        assert harness.service.taken == 1

    harness.run(test)


def test_killed_at_any_instant_each_copy_has_its_own_quality(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        drafts = [written(harness, harness.picture(f"{n}.png"), 40 + n, TIFF, JPEG) for n in range(4)]
        jobs = await engine.enqueue(drafts)
        convert, calls = harness.pictures.convert, [0]

        def counted(result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
            found = convert(result, target, format_, encoding)
            calls[0] += 1
            return found

        harness.pictures.convert = counted  # type: ignore[method-assign]
        while not all(harness.job(job).state.is_final for job in jobs):
            done = calls[0]
            await harness.until(
                lambda done=done: calls[0] > done or all(harness.job(job).state.is_final for job in jobs)  # type: ignore[misc]
            )
            if not all(harness.job(job).state.is_final for job in jobs):
                await harness.crash()
                await harness.open()
        found = [jpeg_quality(harness.root / "out" / f"{n}_standard-2_2x.jpg") for n in range(4)]
        assert found == [40, 41, 42, 43]
        assert len(names(harness)) == 8
        assert harness.service.taken == 4

    harness.run(test)


def test_the_rule_for_results_that_are_there_holds_for_copies_of_another_quality(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        (first,) = await admitted(harness, wanting(harness, path, TIFF, JPEG))
        skipping = written(harness, path, 60, TIFF, JPEG, on_conflict=OnConflict.SKIP)
        assert (await engine.had([skipping]))[0].lacks == ()

        replacing = written(harness, path, 60, TIFF, JPEG, on_conflict=OnConflict.OVERWRITE)
        (job,) = await admitted(harness, replacing)
        assert (job.id, [copy.encoding for copy in job.copies]) == (first.id, [Encoding(60)])
        assert names(harness) == [f"{STEM}.jpg", f"{STEM}.tif"]
        assert jpeg_quality(harness.root / "out" / f"{STEM}.jpg") == 60

        ((_, made),) = job.copy_paths
        made.write_bytes(b"retouched")
        (job,) = await admitted(harness, written(harness, path, 70, TIFF, JPEG, on_conflict=OnConflict.OVERWRITE))
        assert made.read_bytes() == b"retouched", "what somebody has changed is kept"
        assert jpeg_quality(harness.root / "out" / f"{STEM}-2.jpg") == 70
        assert harness.service.taken == 1

    harness.run(test)


def test_a_copy_that_was_enhanced_in_its_turn_is_not_replaced(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        path = harness.picture()
        (first,) = await admitted(harness, wanting(harness, path, TIFF, JPEG))
        ((_, made),) = first.copy_paths
        await admitted(harness, wanting(harness, made, PNG))
        content = made.read_bytes()
        await admitted(harness, written(harness, path, 60, TIFF, JPEG, on_conflict=OnConflict.OVERWRITE))
        assert made.read_bytes() == content
        assert jpeg_quality(harness.root / "out" / f"{STEM}-2.jpg") == 60

    harness.run(test)


def test_only_what_is_lacking_is_made(harness: EngineHarness) -> None:
    """A copy of the usual quality that was deleted came back with the next one that was asked for."""

    async def test() -> None:
        await harness.open()
        path = harness.picture()
        (first,) = await admitted(harness, wanting(harness, path, TIFF, JPEG))
        ((_, made),) = first.copy_paths
        made.unlink()
        (job,) = await admitted(harness, wanting(harness, path, PNG))
        assert (job.id, names(harness)) == (first.id, [f"{STEM}.png", f"{STEM}.tif"])

    harness.run(test)


def here(harness: EngineHarness, path: Path, encoding: Encoding, *formats: FileFormat) -> Draft:
    """A draft for the service on this computer, of which nothing is bought."""
    model = CATALOGUE.find(ServiceName.LOCAL, "Real-ESRGAN Fast")
    output = OutputOptions(
        OutputSize.scale(2), formats[0], folder=str(harness.root / "out"), copies=formats[1:], encoding=encoding
    )
    return draft(harness.pictures.probe(path), model, Recipe.of(ServiceName.LOCAL, model.slug, {}, output))


async def done_here(harness: EngineHarness, wanted: Draft) -> Job:
    """The job of a draft, finished: its result is in place."""
    assert harness.engine is not None
    (job,) = await admitted(harness, wanted, again=True)
    assert job.state is _S.DONE
    return job


def test_what_is_written_here_in_another_way_is_another_result(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()

        def wants(encoding: Encoding, format_: FileFormat) -> Draft:
            return here(harness, path, encoding, format_)

        jpeg = await done_here(harness, wants(Encoding(), JPEG))
        assert (await engine.had([wants(Encoding(), JPEG)]))[0].job.id == jpeg.id
        assert (await engine.had([wants(Encoding(95, TiffCompression.LZW), JPEG)]))[0].job.id == jpeg.id
        assert not await engine.had([wants(Encoding(60), JPEG)]), "of 95 no 60 is made that is as good"

        tiff = await done_here(harness, wants(Encoding(), TIFF))
        assert (await engine.had([wants(Encoding(60), TIFF)]))[0].job.id == tiff.id
        assert not await engine.had([wants(Encoding(95, TiffCompression.NONE), TIFF)])
        # Now there is something lossless, of which any quality can be made.
        (had,) = (await engine.had([wants(Encoding(60), JPEG)])).values()
        assert (had.job.id, had.lacks) == (tiff.id, (CopyForm(JPEG, Encoding(60)),))
        assert jpeg.recipe.digest == replace(jpeg, recipe=wants(Encoding(60), JPEG).recipe).recipe.digest

    harness.run(test)
