"""The order of what is not sent yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import engine_harness
from tests.support.catalogue import whole_catalogue
from tests.support.engine_harness import EngineHarness
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import TrialOf
from topazdesk.engine.engine import Engine
from topazdesk.engine.policy import Policy


def _order(engine: Engine) -> list[str]:
    queued = [job for job in engine.jobs() if job.state is JobState.QUEUED]
    return [job.source.name for job in sorted(queued, key=lambda job: (job.position, job.id))]


def test_trials_go_before_what_waits(harness: EngineHarness) -> None:
    """Whoever tried a model while a folder was under way waited for all of the folder."""

    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        pictures = [harness.draft(harness.picture(f"{name}.png")) for name in "abxy"]
        await engine.enqueue(pictures[:2])
        await engine.enqueue([replace(each, trial=TrialOf(each.info.path, None, each.recipe)) for each in pictures[2:]])
        assert _order(engine) == ["x.png", "y.png", "a.png", "b.png"]
        await engine.enqueue([harness.draft(harness.picture("c.png"))])
        assert _order(engine) == ["x.png", "y.png", "a.png", "b.png", "c.png"]

    harness.run(test)


def test_on_this_computer_a_trial_needs_no_free_place(harness: EngineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many pictures as may be under way were, so a trial waited until one of them was done."""
    catalogue = whole_catalogue()
    monkeypatch.setattr(engine_harness, "CATALOGUE", catalogue)
    model = catalogue.find(ServiceName.LOCAL, "Real-ESRGAN Fast")

    def made(name: str) -> Draft:
        output = OutputOptions(OutputSize.scale(2.0), FileFormat.PNG, folder=str(harness.root / "out"))
        info = harness.pictures.probe(harness.picture(name))
        return draft(info, model, Recipe.of(ServiceName.LOCAL, model.slug, {}, output))

    async def test() -> None:
        harness.policy = Policy(in_flight_first=1.0, in_flight_most=1.0)
        engine = await harness.open()
        first, second = await engine.enqueue([made("a.png"), made("b.png")])
        await harness.until_state(first, JobState.RUNNING)
        tried = [
            replace(made(name), trial=TrialOf(harness.root / name, None, made(name).recipe))
            for name in ("x.png", "y.png")
        ]
        trials = await engine.enqueue(tried)
        await harness.until(lambda: all(harness.job(each).state is not JobState.QUEUED for each in trials))
        assert harness.job(first).state is JobState.RUNNING
        assert harness.job(second).state is JobState.QUEUED
        await engine.idle()
        assert {job.state for job in engine.jobs()} == {JobState.DONE}

    harness.run(test)


def test_a_queued_job_changes_places_with_its_neighbour(harness: EngineHarness) -> None:
    async def test() -> None:
        harness.policy = Policy(
            uploads=1
        )  # several are made ready side by side, and any of them may be the first to leave
        engine = await harness.open()
        await engine.pause()
        a, b, c = await engine.enqueue([harness.draft(harness.picture(f"{name}.png")) for name in "abc"])
        await engine.move(c.id, up=True)
        assert _order(engine) == ["a.png", "c.png", "b.png"]
        await engine.move(a.id, up=True)
        await engine.move(b.id, up=False)
        assert _order(engine) == ["a.png", "c.png", "b.png"], "there is no place beyond the ends"
        await engine.move(a.id, up=False)
        assert _order(engine) == ["c.png", "a.png", "b.png"]
        await engine.reorder([b.id])
        assert _order(engine) == ["b.png", "c.png", "a.png"]
        await harness.crash()
        engine = await harness.open()
        assert _order(engine) == ["b.png", "c.png", "a.png"]
        await engine.resume()
        await engine.idle()
        sent = sorted((job for job in engine.jobs()), key=lambda job: job.intent_at)
        assert sent[0].source.name == "b.png"
        await engine.move(a.id, up=True)

    harness.run(test)
