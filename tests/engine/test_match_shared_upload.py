"""Which remote job belongs to a lost answer, when several jobs went out on one upload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.domain.test_job import job as some_job
from tests.support.engine_harness import CATALOGUE
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import JobError, JobState
from topazdesk.domain.params import Value
from topazdesk.domain.ports import RemoteJob, RemoteState
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.engine.match_shared_upload import Claimant, may_own, whose
from topazdesk.engine.policy import DAY_S

NOW = 1_800_000_000.0


def claimant(
    name: str, model: str = "Standard 2", state: JobState = JobState.DOUBTFUL, at: float = NOW, **values: Value
) -> Claimant:
    entry = CATALOGUE.find(ServiceName.SANDBOX, model)
    recipe = Recipe.of(ServiceName.SANDBOX, entry.slug, values, some_job().recipe.output)
    job = replace(some_job(state), id=name, recipe=recipe, by_source=True, source_id="s", intent_at=at)
    return Claimant(job, entry)


def stray(number: int, model: str = "Standard V2", **facts: Any) -> RemoteJob:
    plain = RemoteJob(
        f"p{number}",
        "s",
        "first.png",
        RemoteState.PROCESSING,
        0.0,
        None,
        NOW + number,
        None,
        1,
        model,
        Size(8, 6),
        "png",
    )
    return replace(plain, **facts)


def ask(*claimants: Claimant, strays: list[RemoteJob]) -> list[str]:
    """The answer for each doubtful claimant."""
    found = [whose(c.job, claimants, strays) for c in claimants if c.job.state is JobState.DOUBTFUL]
    return [a.remote_id if isinstance(a, RemoteJob) else a.name if a else "" for a in found]


A, B = claimant("a"), claimant("b")
OTHER = claimant("o", "High Fidelity 2")
SOFT, HARD = claimant("soft", denoise=0.2), claimant("hard", denoise=0.8)
GIVEN_UP = claimant("g", state=JobState.CANCELLED)
AGAIN = replace(A, job=replace(A.job, resends=1))
#: Known by now, and sent twice.
KNOWN = replace(OTHER, job=replace(OTHER.job, id="k", state=JobState.DONE, remote_id="p9", resends=1))


@pytest.mark.parametrize(
    ("claimants", "strays", "answers"),
    [
        ([A], [], [""]),
        ([A], [stray(1)], ["p1"]),
        # Two remote jobs for one of ours: one of them nobody can explain.
        ([A], [stray(1), stray(2)], ["UNDECIDABLE"]),
        # Sent again after a doubt, it may have arrived both times: either result is right. A third nobody can explain.
        ([AGAIN], [stray(2), stray(1)], ["p1"]),
        ([AGAIN], [stray(1), stray(2), stray(3)], ["UNDECIDABLE"]),
        ([AGAIN, B], [stray(1), stray(2), stray(3)], ["p1", "p2"]),
        # So it may where one of them is known.
        ([A, KNOWN], [stray(1), stray(2, "High Fidelity V2")], ["p1"]),
        ([A, KNOWN], [stray(2, "High Fidelity V2")], [""]),
        ([OTHER, KNOWN], [stray(2, "High Fidelity V2")], ["p2"]),
        ([A, KNOWN], [stray(1), stray(2)], ["UNDECIDABLE"]),
        ([AGAIN, OTHER], [stray(1), stray(2), stray(3, "High Fidelity V2")], ["p1", "p3"]),
        # A remote job on our upload that fits none of ours is not "nothing there".
        ([A], [stray(1, "Something else")], ["UNDECIDABLE"]),
        ([A], [stray(1, output_size=Size(80, 60))], ["UNDECIDABLE"]),
        ([A], [stray(1, output_format="jpeg")], ["UNDECIDABLE"]),
        ([A], [stray(1, created_at=NOW - 2 * DAY_S)], ["UNDECIDABLE"]),
        # What is not told speaks against nothing; an hour of wrong clock neither.
        ([A], [stray(1, "", output_size=None, output_format="", created_at=None)], ["p1"]),
        ([A], [stray(1, created_at=NOW - 3600)], ["p1"]),
        ([A], [stray(1, output_format="PNG"), stray(2, "High Fidelity V2")], ["UNDECIDABLE"]),
        # Models tell two jobs apart, whichever of them arrived.
        ([A, OTHER], [stray(1), stray(2, "High Fidelity V2")], ["p1", "p2"]),
        ([A, OTHER], [stray(2, "High Fidelity V2")], ["", "p2"]),
        # Settings do, where the service reports them, and nothing is guessed where it does not.
        ([SOFT, HARD], [stray(1, echoed='{"denoise": 0.8}')], ["", "p1"]),
        ([SOFT, HARD], [stray(1)], ["UNDECIDABLE", "UNDECIDABLE"]),
        ([SOFT, HARD], [stray(1), stray(2)], ["UNDECIDABLE", "UNDECIDABLE"]),
        ([SOFT, HARD], [stray(1), stray(2, echoed='{"denoise": 0.2}')], ["p2", "p1"]),
        # Equal requests may take each other's result: it is the same.
        ([A, B], [stray(1), stray(2)], ["p1", "p2"]),
        ([A, B], [stray(1)], ["p1", ""]),
        # One that is being sent just now may be the owner; one that was given up, too, but it needs nothing any more.
        ([A, claimant("s", state=JobState.SUBMITTING)], [stray(1)], ["NOT_YET"]),
        ([A, claimant("s", "High Fidelity 2", JobState.SUBMITTING)], [stray(1)], ["p1"]),
        ([A, GIVEN_UP], [stray(1)], ["p1"]),
        ([SOFT, claimant("g", state=JobState.CANCELLED, denoise=0.8)], [stray(1)], ["UNDECIDABLE"]),
    ],
)
def test_the_owner_of_a_remote_job(claimants: list[Claimant], strays: list[RemoteJob], answers: list[str]) -> None:
    assert ask(*claimants, strays=strays) == answers


def test_only_jobs_with_an_answer_that_is_still_out_may_own_one() -> None:
    given_up = JobError("service.given_up", "", "")
    assert may_own(A.job)
    assert may_own(replace(A.job, state=JobState.CANCELLED, trouble=given_up))
    assert may_own(replace(A.job, state=JobState.DONE, remote_id="p1", resends=1)), "of its first submit"
    for other in (
        replace(A.job, by_source=False),
        replace(A.job, remote_id="p1"),
        replace(A.job, state=JobState.CANCELLED),
        replace(A.job, state=JobState.QUEUED),
    ):
        assert not may_own(other)
