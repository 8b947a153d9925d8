"""Several models on one upload, over real connections: lost answers, lost uploads, both judged by the service's own books."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.whole_run import WholeRun
from topazdesk.domain.job import JobState
from topazdesk.engine.events import JobChanged

_S = JobState
MODELS = ("Standard 2", "High Fidelity 2", "Low Resolution 2", "Art & CGI")


def rule(do: dict[str, Any], *, first: int, until: int) -> dict[str, Any]:
    return {"match": {"method": "POST", "path": "/async$", "from": first, "until": until}, "do": do}


@pytest.mark.parametrize(
    ("name", "rules", "uploads"),
    [
        ("nothing", [], 1),
        ("answer of the first lost", [rule({"drop": "after"}, first=1, until=1)], 1),
        ("answers of the others lost", [rule({"drop": "after"}, first=2, until=4)], 1),
        ("one of them never arrives", [rule({"drop": "before"}, first=3, until=3)], 1),
        ("the service breaks down", [rule({"status": 503}, first=2, until=3)], 1),
        ("upload gone", [rule({"lose_source": True}, first=2, until=2)], 2),
        (
            "upload gone, then an answer lost",
            [rule({"lose_source": True}, first=2, until=2), rule({"drop": "after"}, first=3, until=9)],
            2,
        ),
    ],
)
def test_four_models_from_one_upload(run: WholeRun, name: str, rules: list[dict[str, Any]], uploads: int) -> None:
    async def work() -> None:
        before = len(run.sandbox.rows("sources"))
        run.sandbox.scenario(*rules)
        await run.open()
        await run.click(models=MODELS)
        if "lost" in name:
            await run.until(lambda: any(isinstance(e, JobChanged) and e.job.state is _S.DOUBTFUL for e in run.events))
        await run.idle()
        found = [(j.state, j.trouble) for j in run.jobs() if j.state is not _S.DONE]
        assert not found
        assert len(run.taken()) == len(MODELS)
        assert len(run.sandbox.rows("sources")) - before == uploads
        assert {row["model"] for row in run.taken()} == {
            run.draft("0.png", model=model).model.api_model for model in MODELS
        }
        run.check()

    run.run(work)


def test_a_crash_in_mid_group_goes_on_from_the_same_upload(run: WholeRun) -> None:
    async def work() -> None:
        before = len(run.sandbox.rows("sources"))
        run.sandbox.scenario(rule({"drop": "after"}, first=2, until=3))
        await run.open()
        await run.click(models=MODELS)
        await run.until(lambda: any(j.state is _S.DOUBTFUL and j.by_source for j in run.jobs()))
        await run.crash()
        await run.idle()
        assert [job.state for job in run.jobs()] == [_S.DONE] * 4
        assert (len(run.taken()), len(run.sandbox.rows("sources")) - before) == (4, 1)
        run.check()

    run.run(work)
