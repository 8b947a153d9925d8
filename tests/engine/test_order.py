"""The order of what is not sent yet."""

from __future__ import annotations

from tests.support.engine_harness import EngineHarness
from topazdesk.domain.job import JobState
from topazdesk.engine.engine import Engine
from topazdesk.engine.policy import Policy


def _order(engine: Engine) -> list[str]:
    queued = [job for job in engine.jobs() if job.state is JobState.QUEUED]
    return [job.source.name for job in sorted(queued, key=lambda job: (job.position, job.id))]


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
