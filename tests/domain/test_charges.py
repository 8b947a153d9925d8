"""What a job cost, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalogue import packaged_model
from topazdesk.domain.charges import GIVEN_UP, Sum, charge_text, sums, support_text
from topazdesk.domain.geometry import Size
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName

PRICE = packaged_model("Recover 3").price
JOB = Job(
    id="j",
    token="td-1",
    run_id="r",
    source=Path("/home/anna/private.jpg"),
    source_digest="",
    source_size=Size(3000, 2000),
    recipe=Recipe.of(ServiceName.TOPAZ, "recover-3", {}, OutputOptions()),
    target_size=Size(6000, 4000),
    estimate=Estimate(6, EstimateSource.TABLE),
    state=JobState.DONE,
    created_at=1.0,
    changed_at=2.0,
    remote_id="p-1",
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"charged": 6}, "Charged 6 credits, as estimated"),
        (
            {"charged": 7, "result_size": Size(6000, 4050)},
            "Charged 7 credits, estimated 6 credits: the result is 24.3 MP",
        ),
        (
            {"charged": 9, "result_size": Size(6000, 4000)},
            "Charged 9 credits, estimated 6 credits: the service counts other than its price list",
        ),
        (
            {"state": JobState.CANCELLED, "charged": 4},
            "Charged 4 credits, estimated 6 credits: cancelled, which costs the share that was done × 1.1",
        ),
        (
            {"state": JobState.FAILED, "charged": 0, "refunded": 6},
            "Failed at the service: nothing was charged, 6 credits refunded",
        ),
        ({"state": JobState.RUNNING}, "Reserved 6 credits"),
        ({"state": JobState.QUEUED}, "Nothing was charged"),
        (
            {"state": JobState.CANCELLED, "remote_id": "", "intent_at": 1.0},
            "Charged at most 6 credits, if it arrived at all",
        ),
    ],
)
def test_every_difference_has_a_reason(changes: dict[str, object], said: str) -> None:
    assert charge_text(replace(JOB, **changes), PRICE) == said  # type: ignore[arg-type]


def test_what_support_gets_names_the_process_and_nothing_private() -> None:
    text = support_text(replace(JOB, state=JobState.FAILED, refunded=6), 100_000.0)
    assert "p-1" in text
    assert "6 credits" in text
    assert "anna" not in text
    assert "private" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"charged": 7}, "7 credits charged"),
        ({}, "6 credits charged"),  # the service said no figure: the estimate is the best there is
        ({"state": JobState.FAILED, "charged": 6}, "6 credits charged"),  # its result could not be kept
        ({"state": JobState.CANCELLED, "charged": 4}, "4 credits charged"),
        ({"state": JobState.READY, "charged": 6}, "6 credits charged"),
        ({"state": JobState.FAILED, "charged": 0, "refunded": 6}, "0 credits charged · 6 credits refunded"),
        ({"state": JobState.RUNNING}, "0 credits charged · 6 credits reserved"),
        ({"state": JobState.DOUBTFUL, "remote_id": ""}, "0 credits charged · 6 credits reserved"),
        ({"state": JobState.QUEUED, "remote_id": ""}, "0 credits charged"),
        ({"state": JobState.FAILED, "remote_id": ""}, "0 credits charged"),
        ({"state": JobState.EXPIRED}, "0 credits charged · 6 credits perhaps charged"),
        (
            {"state": JobState.CANCELLED, "remote_id": "", "trouble": JobError(GIVEN_UP, "", "")},
            "0 credits charged · 6 credits perhaps charged",
        ),
        ({"state": JobState.CANCELLED, "remote_id": "", "intent_at": 1.0}, "0 credits charged"),  # certainly not taken
    ],
)
def test_a_sum_counts_what_was_charged_whatever_became_of_the_job(changes: dict[str, object], said: str) -> None:
    """Only what was done counted: a charge for a job that failed or was cancelled was in no summary."""
    job = replace(JOB, **changes)  # type: ignore[arg-type]
    assert sums([job])[0].text == said
    assert sums([job, JOB])[0].charged == sums([job])[0].charged + 6


def test_units_are_summed_apart_and_nothing_is_a_sum_too() -> None:
    dollars = replace(JOB, charged=80_000, estimate=Estimate(80_000, EstimateSource.TABLE, unit=Unit.USD))
    assert sums([dollars, JOB]) == (Sum(Unit.CREDIT, 6), Sum(Unit.USD, 80_000))
    assert sums([dollars]) == (Sum(Unit.USD, 80_000),)
    assert sums([], Unit.USD) == (Sum(Unit.USD),)
