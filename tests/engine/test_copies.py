"""Formats that are made from a result instead of being paid for: of a job on its way, of a finished one, after a kill."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.copies import CopyForm, best_bought
from topazdesk.domain.encoding import Encoding
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import OnConflict

_S = JobState
JPEG, PNG, TIFF = FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF


def wanting(
    harness: EngineHarness, path: Path, *formats: FileFormat, on_conflict: OnConflict = OnConflict.UNIQUE
) -> Draft:
    """A draft of the picture in all these formats."""
    draft = harness.draft(path, on_conflict=on_conflict)
    output = replace(draft.recipe.output, format=formats[0], copies=tuple(formats[1:]))
    recipe = best_bought(replace(draft.recipe, output=output), draft.info.format, draft.model.formats)
    return replace(draft, recipe=recipe)


async def admitted(harness: EngineHarness, *drafts: Draft, again: bool = False) -> list[Job]:
    """Start drafts and see them through; return all that has to do with them as it is then."""
    assert harness.engine is not None
    found = await harness.engine.admit(drafts, again=again)
    await harness.engine.idle()
    return [*(harness.job(job) for job in found.jobs), *found.before.values()]


def names(harness: EngineHarness) -> list[str]:
    return sorted(path.name for path in (harness.root / "out").iterdir())


def test_of_three_formats_one_is_paid_and_the_others_are_made_from_it(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        (job,) = await admitted(harness, wanting(harness, path, JPEG, PNG, TIFF))
        assert (job.state, job.format, job.charged) == (_S.DONE, TIFF, 1)
        assert [copy.format for copy in job.copies] == [JPEG, PNG]
        stem = "a_standard-2_2x"
        assert names(harness) == [f"{stem}.jpg", f"{stem}.png", f"{stem}.tif"]
        for copy, made in job.copy_paths:
            with Image.open(made) as image:
                assert (image.format, image.size) == (copy.format.upper(), (80, 60))
        # Each is known by its content, wherever it lies: none is taken for a new picture.
        infos = [harness.pictures.probe(made) for _, made in job.copy_paths]
        assert await engine.results_among(infos) == {made for _, made in job.copy_paths}
        await harness.crash()
        engine = await harness.open()
        assert (await engine.recall(job.id)).copies == job.copies
        assert await engine.results_among(infos) == {made for _, made in job.copy_paths}
        assert harness.service.taken == 1

    harness.run(test)


def test_a_format_asked_for_later_is_made_from_what_is_there(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        (first,) = await admitted(harness, wanting(harness, path, TIFF))
        (had,) = (await engine.had([wanting(harness, path, JPEG)])).values()
        assert (had.job.id, had.lacks) == (first.id, (CopyForm(JPEG),))
        assert not await engine.before([wanting(harness, path, JPEG)]), "whoever makes no copies pays for it"
        (job,) = await admitted(harness, wanting(harness, path, JPEG))
        assert job.id == first.id
        ((_, made),) = job.copy_paths
        assert made.is_file()
        assert (await engine.had([wanting(harness, path, JPEG)]))[0].lacks == ()
        assert await engine.before([wanting(harness, path, JPEG)]), "it is there"

        made.unlink()  # deleted, it is made again; also of a job that was cleared from the list, and after a restart
        await engine.forget([job.id])
        await harness.crash()
        engine = await harness.open()
        (job,) = await admitted(harness, wanting(harness, path, JPEG, PNG))
        assert sorted(copy.format for copy in job.copies) == [JPEG, PNG]
        assert all(path.is_file() for _, path in job.copy_paths)
        assert engine.jobs() == (), "it stays cleared"

        assert job.result is not None
        job.result.unlink()  # what was paid for is there all the same, as a JPEG
        assert (await engine.had([wanting(harness, path, JPEG)]))[0].lacks == ()
        assert not await engine.had([wanting(harness, path, TIFF)])
        assert harness.service.taken == 1

    harness.run(test)


def test_nothing_better_is_made_from_less(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        await admitted(harness, wanting(harness, path, JPEG))
        assert not await engine.had([wanting(harness, path, PNG), wanting(harness, path, TIFF)])
        (both,) = await admitted(harness, wanting(harness, path, JPEG, TIFF))
        assert (both.format, harness.service.taken) == (TIFF, 2)
        # Two results that were paid one by one, as before there were copies: nothing is lacking.
        third = harness.picture("b.png")
        for format_ in (JPEG, TIFF):
            await engine.enqueue([wanting(harness, third, format_)])
        await engine.idle()
        assert [each.lacks for each in (await engine.had([wanting(harness, third, TIFF, JPEG)])).values()] == [()]

    harness.run(test)


@pytest.mark.parametrize("state", [_S.QUEUED, _S.RUNNING])
def test_a_job_on_its_way_makes_what_is_asked_for_meanwhile(harness: EngineHarness, state: JobState) -> None:
    async def test() -> None:
        harness.service.work_s = 500.0
        engine = await harness.open()
        path = harness.picture()
        if state is _S.QUEUED:
            await engine.pause()
        (job,) = await engine.enqueue([wanting(harness, path, TIFF)])
        await harness.until_state(job, state)
        found = await engine.admit([wanting(harness, path, JPEG)])
        assert (found.jobs, found.before[0].id) == ((), job.id)
        await harness.crash()
        engine = await harness.open()
        await engine.resume()
        await engine.idle()
        assert [copy.format for copy in harness.job(job).copies] == [JPEG]
        assert harness.service.taken == 1

    harness.run(test)


def test_killed_at_any_instant_the_copies_are_there_once_and_it_is_paid_once(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        drafts = [wanting(harness, harness.picture(f"{n}.png"), TIFF, JPEG, PNG) for n in range(6)]
        jobs = await engine.enqueue(drafts)
        convert, calls = harness.pictures.convert, [0]

        def counted(result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
            found = convert(result, target, format_, encoding)
            calls[0] += 1
            return found

        harness.pictures.convert = counted  # type: ignore[method-assign]
        for _ in range(40):
            done = calls[0]
            await harness.until(
                lambda done=done: calls[0] > done or all(harness.job(job).state.is_final for job in jobs)  # type: ignore[misc]
            )
            if all(harness.job(job).state.is_final for job in jobs):
                break
            await harness.crash()
            await harness.open()
        assert harness.engine is not None
        await harness.engine.idle()
        assert {harness.job(job).state for job in jobs} == {_S.DONE}
        stems = [f"{n}_standard-2_2x" for n in range(6)]
        assert names(harness) == sorted(f"{stem}{end}" for stem in stems for end in (".jpg", ".png", ".tif"))
        assert harness.service.taken == 6

    harness.run(test)


def test_a_replaced_result_has_its_copies_replaced(harness: EngineHarness) -> None:
    async def test() -> None:
        await harness.open()
        path = harness.picture()
        first, second = [
            (await admitted(harness, wanting(harness, path, TIFF, JPEG, on_conflict=OnConflict.OVERWRITE), again=True))[
                0
            ]
            for _ in range(2)
        ]
        assert first.result == second.result
        assert names(harness) == ["a_standard-2_2x.jpg", "a_standard-2_2x.tif"]
        assert (await admitted(harness, wanting(harness, path, JPEG)))[0].id == second.id

    harness.run(test)


def test_asked_for_twice_at_a_time_it_is_made_once(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        await admitted(harness, wanting(harness, path, TIFF))
        convert, made = harness.pictures.convert, list[FileFormat]()

        def counted(result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
            made.append(format_)
            return convert(result, target, format_, encoding)

        harness.pictures.convert = counted  # type: ignore[method-assign]
        asked = (wanting(harness, path, JPEG), wanting(harness, path, PNG), wanting(harness, path, PNG, JPEG))
        await asyncio.gather(*(engine.admit([each]) for each in (*asked, *asked)))
        stem = "a_standard-2_2x"
        assert names(harness) == [f"{stem}.jpg", f"{stem}.png", f"{stem}.tif"]
        assert sorted(made) == [JPEG, PNG]
        assert [each.lacks for each in (await engine.had(asked)).values()] == [(), (), ()]
        assert harness.service.taken == 1

    harness.run(test)


def test_of_a_result_that_was_changed_meanwhile_nothing_is_made(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        (job,) = await admitted(harness, wanting(harness, path, TIFF))
        (had,) = (await engine.had([wanting(harness, path, JPEG)])).values()
        assert job.result is not None
        job.result.write_bytes(b"retouched")
        assert (await engine.complete(had)).copies == ()
        assert names(harness) == ["a_standard-2_2x.tif"]

    harness.run(test)


def test_a_copy_that_fails_fails_no_job_and_is_made_by_the_next_run(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        convert = harness.pictures.convert

        def full(result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
            raise OSError(28, "No space left on device")

        harness.pictures.convert = full  # type: ignore[method-assign]
        (job,) = await admitted(harness, wanting(harness, path, TIFF, JPEG))
        assert (job.state, job.trouble, job.copies) == (_S.DONE, None, ())
        assert job.kept is not None
        assert [line.startswith("JPEG copy: ") for line in job.kept.lines] == [True]
        assert (await engine.had([wanting(harness, path, TIFF, JPEG)]))[0].lacks == (CopyForm(JPEG),)
        harness.pictures.convert = convert  # type: ignore[method-assign]
        (again,) = await admitted(harness, wanting(harness, path, TIFF, JPEG))
        assert (again.id, [copy.format for copy in again.copies]) == (job.id, [JPEG])
        assert again.kept is not None
        assert again.kept.lines == ()
        assert harness.service.taken == 1

    harness.run(test)


def test_what_is_asked_for_while_the_copies_are_made_is_made_too(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        path = harness.picture()
        convert, loop = harness.pictures.convert, asyncio.get_running_loop()
        seen: list[JobState] = []

        def asking(result: Path, target: Path, format_: FileFormat, encoding: Encoding) -> tuple[str, ...]:
            if not seen:
                found = asyncio.run_coroutine_threadsafe(engine.admit([wanting(harness, path, PNG)]), loop).result()
                seen.append(found.before[0].state)
            return convert(result, target, format_, encoding)

        harness.pictures.convert = asking  # type: ignore[method-assign]
        (job,) = await engine.enqueue([wanting(harness, path, TIFF, JPEG)])
        await engine.idle()
        assert seen == [_S.VERIFYING]
        await harness.until(lambda: len(harness.job(job).copies) == 2)
        assert names(harness) == [f"a_standard-2_2x{end}" for end in (".jpg", ".png", ".tif")]
        assert harness.service.taken == 1

    harness.run(test)
