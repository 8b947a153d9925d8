"""What a job cost, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_model
from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.charges import charge_text, support_text
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Output, Recipe

PRICE = packaged_model("Recover 3").price
JOB = Job(
    id="j", token="td-1", run_id="r", source=Path("/home/anna/private.jpg"), source_digest="", source_size=Size(3000, 2000),
    recipe=Recipe.of(ServiceName.TOPAZ, "recover-3", {}, Output()), target_size=Size(6000, 4000),
    estimate=Estimate(6, EstimateSource.TABLE), state=JobState.DONE, created_at=1.0, changed_at=2.0, remote_id="p-1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"charged": 6}, "Charged 6 credits, as estimated"),
        ({"charged": 7, "result_size": Size(6000, 4050)}, "Charged 7 credits, estimated 6 credits: the result is 24.3 MP"),
        ({"charged": 9, "result_size": Size(6000, 4000)}, "Charged 9 credits, estimated 6 credits: the service counts other than its price list"),
        ({"state": JobState.CANCELLED, "charged": 4}, "Charged 4 credits, estimated 6 credits: cancelled, which costs the share that was done × 1.1"),
        ({"state": JobState.FAILED, "charged": 0, "refunded": 6}, "Failed at the service: nothing was charged, 6 credits given back"),
        ({"state": JobState.RUNNING}, "Reserved 6 credits"),
        ({"state": JobState.QUEUED}, "Nothing was charged"),
        ({"state": JobState.CANCELLED, "remote_id": "", "intent_at": 1.0}, "Charged at most 6 credits, if it arrived at all"),
    ],
)  # fmt: skip
def test_every_difference_has_a_reason(changes: dict[str, object], said: str) -> None:
    assert charge_text(replace(JOB, **changes), PRICE) == said  # type: ignore[arg-type]


def test_what_support_gets_names_the_process_and_nothing_private() -> None:
    text = support_text(replace(JOB, state=JobState.FAILED, refunded=6), 100_000.0)
    assert "p-1" in text
    assert "6 credits" in text
    assert "anna" not in text
    assert "private" not in text
