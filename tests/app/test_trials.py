"""Trials from the context down to a real sandbox: one upload, prices before, results kept, a candidate put to use."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.app.test_runflow_context import opened, until
from tests.support import pictures
from tests.support.delivered import is_delivered
from tests.support.sandbox import RunningSandbox, sandbox
from topazdesk.app.app_context import AppContext
from topazdesk.app.resources import load_catalogue
from topazdesk.app.trials import Trials
from topazdesk.domain.account import Account
from topazdesk.domain.candidates import bill_of
from topazdesk.domain.draft import Draft
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch
from topazdesk.engine.engine import Admitted
from topazdesk.media.probe import probe

__all__ = ["sandbox"]

DAY_S = 86_400.0
NAMES = ("Standard 2", "High Fidelity 2", "Low Resolution 2", "Sharpen Standard")


@pytest.fixture
def profile(tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOPAZ_API_KEY", sandbox.key)
    monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)
    return tmp_path / "profile"


def recipes(
    context: AppContext, names: Sequence[str] = NAMES, *, service: ServiceName = ServiceName.TOPAZ
) -> list[Recipe]:
    found = []
    for name in names:
        model = context.catalogue.find(service, name)
        output = OutputOptions(OutputSize.scale(2.0) if model.takes_size else OutputSize.keep())
        found.append(Recipe.of(service, model.slug, {}, output))
    return found


class LaterClock:
    """Stands still where it is put."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing waits {seconds} s here")


def test_four_tries_of_a_patch_cost_one_upload_and_outlive_a_restart(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "scan.tif", FileFormat.TIFF, 640, 480, bits=16, orientation=6, profile="p3")
    before = source.read_bytes()
    picture = probe(source)
    patch = Patch(100, 200, 256, 192)

    async def first() -> None:
        async with opened(profile) as context:
            wanted = recipes(context)
            found = context.trials.drafts(picture, patch, wanted)
            assert [c.problem for c in found] == [None] * 4
            assert bill_of(found, Unit.CREDIT).text == "4 credits"
            jobs = await context.trials.start(picture, patch, wanted)
            await context.engine.idle()
            done = [context.engine.job(job.id) for job in jobs]
            assert [job.state for job in done] == [JobState.DONE] * 4
            assert [job.target_size for job in done] == [Size(512, 384)] * 3 + [Size(256, 192)]
            cut = probe(done[0].source)
            assert (cut.size, cut.bits, cut.has_profile, cut.orientation) == (Size(256, 192), 16, True, 1)
            assert {job.source for job in done} == {cut.path}
            again = await context.trials.start(picture, patch, wanted[:1])
            await context.engine.idle()
            assert context.engine.job(again[0].id).by_source

    async def second() -> None:
        async with opened(profile) as context:
            later, trial = context.trials.of(source)
            assert (trial.picture, trial.patch, len(trial.jobs), len(later.jobs)) == (source, patch, 4, 1)
            wished = [job.trial.recipe for job in trial.jobs if job.trial]
            assert wished == recipes(context)
            assert all(job.result is not None and job.result.is_file() for job in trial.jobs)
            assert len(await context.engine.ledger()) == 5

    asyncio.run(first())
    asyncio.run(second())
    assert len(sandbox.rows("sources")) == 1
    assert len(sandbox.rows("jobs")) == 5
    assert source.read_bytes() == before
    assert list(tmp_path.glob("*_*")) == []  # nothing was put beside the picture


def test_a_trial_is_paid_by_the_account_that_was_in_use_at_the_click(tmp_path: Path) -> None:
    """Another one that was chosen while its prices were asked for, or its area was cut, paid for it."""
    studio, archive = (Account(ServiceName.TOPAZ, word) for word in ("studio", "archive"))
    used = [studio]
    paid_by: list[str] = []
    catalogue, _ = load_catalogue(tmp_path)

    class Engine:
        is_owner = False

        async def admit(self, _drafts: Sequence[Draft], *, account_id: str, **_: object) -> Admitted:
            paid_by.append(account_id)
            return Admitted((), {})

    async def switch(*_: object) -> None:
        used[0] = archive

    async def never(*_: object) -> Estimate:
        raise AssertionError("its price is published")

    trials = Trials(
        tmp_path / "trials", LaterClock(0.0), cast(Any, Engine()), catalogue, never, switch, lambda _service: used[0]
    )
    picture = probe(pictures.write(tmp_path / "photo.png", FileFormat.PNG, 64, 48))
    model = catalogue.find(ServiceName.TOPAZ, "Standard 2")
    recipe = Recipe.of(ServiceName.TOPAZ, model.slug, {}, OutputOptions(OutputSize.scale(2.0)))
    asyncio.run(trials.start(picture, None, [recipe]))
    assert paid_by == [studio.id]


def test_old_trials_leave_the_profile_and_nothing_else_does(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "photo.png", FileFormat.PNG, 320, 240)
    picture = probe(source)

    async def work() -> None:
        async with opened(profile) as context:
            (old,) = await context.trials.start(picture, Patch(0, 0, 200, 200), recipes(context, NAMES[:1]))
            await context.engine.idle()
            untried = await context.trials.cut(picture, Patch(0, 0, 128, 128))
            away = context.engine.job(old.id)
            now = context.clock.now()
            later = LaterClock(now)
            trials = Trials(
                context.paths.trials,
                later,
                context.engine,
                context.catalogue,
                context.estimator.estimate,
                context.offers.require,
            )
            later.at = now + 6.9 * DAY_S
            await trials.tidy()
            assert away.result is not None
            assert (away.source.exists(), away.result.exists(), untried.path.exists()) == (True, True, False)
            sandbox.scenario({"match": {"method": "POST", "path": "/async$"}, "do": {"job_s": 3600}})
            (running,) = await context.trials.start(picture, Patch(20, 0, 200, 200), recipes(context, NAMES[:1]))
            await until(context, lambda: context.engine.job(running.id).state is JobState.RUNNING)
            later.at = now + 7.1 * DAY_S
            await trials.tidy()
            assert (away.source.exists(), away.result.exists()) == (False, False)
            (left,) = trials.of(source)  # what is not finished stays, however old
            assert [job.id for job in left.jobs] == [running.id]
            assert running.source.exists()
            assert [line.job_id for line in await context.engine.ledger()] == [old.id, running.id]

    asyncio.run(work())
    assert source.exists()


def test_a_trial_that_failed_is_tried_again_as_a_trial(profile: Path, sandbox: RunningSandbox, tmp_path: Path) -> None:
    picture = probe(pictures.write(tmp_path / "photo.png", FileFormat.PNG, 320, 240))
    sandbox.scenario({"match": {"method": "POST", "path": "/async$", "nth": 1}, "do": {"fail_job": True}})

    async def work() -> None:
        async with opened(profile) as context:
            (failed,) = await context.trials.start(picture, Patch(0, 0, 200, 200), recipes(context, NAMES[:1]))
            await context.engine.idle()
            assert context.engine.job(failed.id).state is JobState.FAILED
            again = await context.engine.retry(failed.id)
            await context.engine.idle()
            done = context.engine.job(again.id)
            assert (done.state, done.trial, done.by_source) == (JobState.DONE, failed.trial, True)
            assert done.result is not None
            assert done.result.parent == profile / "trials" / "results"
            origin = await context.origin_of(done.result)
            assert origin is not None
            assert failed.trial is not None
            assert (origin.recipe, origin.source) == (failed.trial.recipe, "photo.png")

    asyncio.run(work())
    assert len(sandbox.rows("sources")) == 1


def test_runflow_takes_several_models_from_one_asset(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNFLOW_API_KEY", sandbox.key)
    monkeypatch.setenv("TOPAZDESK_RUNFLOW_URL", sandbox.url)
    picture = probe(pictures.write(tmp_path / "photo.jpg", FileFormat.JPEG, 320, 240))
    # The second run's answer is lost after it arrived: it is found by its client_ref, as ever.
    sandbox.scenario({"match": {"method": "POST", "path": "/runs$", "nth": 2}, "do": {"drop": "after"}})

    async def work() -> None:
        async with opened(profile) as context:
            wanted = recipes(context, ("Standard 2", "Wonder", "Low Resolution 2"), service=ServiceName.RUNFLOW)
            jobs = await context.trials.start(picture, Patch(0, 0, 200, 160), wanted)
            await until(context, lambda: all(context.engine.job(job.id).state is JobState.DONE for job in jobs))
            assert [context.engine.job(job.id).by_source for job in jobs] == [False, True, True]

    asyncio.run(work())
    assert (len(sandbox.rows("assets")), len(sandbox.rows("jobs"))) == (1, 3)


def test_a_candidate_of_the_whole_picture_becomes_the_result_without_paying_again(
    profile: Path, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "photo.jpg", FileFormat.JPEG, 320, 240)
    picture = probe(source)

    async def work() -> None:
        async with opened(profile) as context:
            wanted = recipes(context, NAMES[:2])
            jobs = await context.trials.start(picture, None, wanted)
            await context.engine.idle()
            taken = await context.trials.use(context.engine.job(jobs[1].id))
            assert taken.trial is None
            assert taken.recipe == wanted[1]
            assert taken.result == tmp_path / "photo_high-fidelity-2_2x.jpg"
            assert is_delivered(taken.result, sandbox.result_bytes(taken.remote_id))
            (trial,) = context.trials.of(source)
            assert [job.id for job in trial.jobs] == [jobs[0].id]
            ordinary = [job for job in context.engine.jobs() if job.trial is None]
            assert [job.id for job in ordinary] == [taken.id]
            results = list((profile / "trials" / "results").glob("*.jpg"))
            assert results == [context.engine.job(jobs[0].id).result]

    asyncio.run(work())
    assert (len(sandbox.rows("jobs")), len(sandbox.rows("sources"))) == (2, 1)
