"""What the organisation forbids is asked once more before a picture is sent: a queue may be older than the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.app.policy_file import PolicyFile
from topazdesk.domain.job import JobState


@pytest.mark.parametrize(
    ("rules", "code", "title"),
    [
        ('forbid_tiers = ["precise"]', "use.policy", "Precise models are not allowed on this computer"),
        ('forbid_services = ["sandbox"]', "use.policy", "Sandbox is not allowed on this computer"),
        ('forbid_formats = ["png"]', "use.policy", "Results in PNG are not allowed on this computer"),
        ("forbid_tiers = [", "use.policy_file", "The rules of your organisation cannot be read"),
        ('forbid_tier = ["precise"]', "use.policy_file", "The rules of your organisation cannot be read"),
    ],
)
def test_a_queued_job_that_new_rules_forbid_is_not_sent(
    harness: EngineHarness, tmp_path: Path, rules: str, code: str, title: str
) -> None:
    path = tmp_path / "policy.toml"
    harness.read_policy = PolicyFile(path).read

    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        job = await harness.start_one()
        path.write_text(rules, "utf-8")
        await engine.resume()
        await engine.idle()
        failed = harness.job(job)
        assert failed.state is JobState.FAILED
        assert failed.trouble is not None
        assert (failed.trouble.code, failed.trouble.title) == (code, title)
        assert harness.service.taken == 0
        path.unlink()
        again = await engine.retry(job.id)
        await engine.idle()
        assert harness.job(again).state is JobState.DONE
        assert harness.service.taken == 1

    harness.run(test)
