"""The job's state machine: what may follow what, and what a job says about money."""

from __future__ import annotations

import itertools
from dataclasses import MISSING, fields, replace
from pathlib import Path

import pytest

from topazdesk.domain.geometry import Size
from topazdesk.domain.job import FINAL_STATES, MOVES, STATES, IllegalMoveError, Job, JobState, StateTraits
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName


def job(state: JobState = JobState.QUEUED) -> Job:
    return Job(
        id="j1",
        token="t1",
        run_id="r1",
        source=Path("/pictures/a.jpg"),
        source_digest="",
        source_size=Size(4, 3),
        recipe=Recipe(ServiceName.SANDBOX, "standard-2"),
        target_size=Size(8, 6),
        estimate=Estimate(1, EstimateSource.TABLE),
        state=state,
        created_at=1.0,
        changed_at=1.0,
    )


def test_every_state_is_in_every_table() -> None:
    """Group, stage and words stood in seven tables: a state that was missing in one had no word, or counted as in progress."""
    assert set(MOVES) == set(STATES) == set(JobState)
    assert [f.name for f in fields(StateTraits) if (f.default, f.default_factory) != (MISSING, MISSING)] == []


def test_what_was_broken_off_goes_on_by_an_allowed_move() -> None:
    """A restart and a fault had a table each of where a job goes on."""
    back = {state: traits.falls_back_to for state, traits in STATES.items() if traits.falls_back_to is not None}
    assert all(to in MOVES[state] for state, to in back.items())
    assert back == {
        JobState.PREPARING: JobState.QUEUED,
        JobState.SUBMITTING: JobState.DOUBTFUL,
        JobState.DOWNLOADING: JobState.READY,
        JobState.VERIFYING: JobState.READY,
    }


def test_nothing_that_may_be_charged_counts_as_unsent() -> None:
    for state, traits in STATES.items():
        assert not (traits.is_before_intent and traits.may_be_charged), state
        assert job(state).is_unsent is (state in (JobState.QUEUED, JobState.PREPARING))


def test_the_shares_of_the_steps_join_to_one_bar() -> None:
    steps = [traits.share for traits in STATES.values() if traits.share is not None]
    assert steps[0][0] == 0.0
    assert all(round(start + width, 6) == after for (start, width), (after, _) in itertools.pairwise(steps))


@pytest.mark.parametrize("state", [s for s in JobState if s not in FINAL_STATES])
def test_every_unfinished_state_leads_to_an_end(state: JobState) -> None:
    seen, todo = set(), [state]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(MOVES[here])
    assert seen & FINAL_STATES


def test_a_paid_submit_starts_from_preparing_only() -> None:
    assert [s for s in JobState if JobState.SUBMITTING in MOVES[s]] == [JobState.PREPARING]


def test_done_is_reached_from_a_verified_file_only() -> None:
    assert [s for s in JobState if JobState.DONE in MOVES[s]] == [JobState.VERIFYING]


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.READY, JobState.DOWNLOADING, JobState.VERIFYING])
def test_what_the_service_took_is_never_queued_again(state: JobState) -> None:
    assert MOVES[state].isdisjoint({JobState.QUEUED, JobState.PREPARING, JobState.SUBMITTING})


def test_a_move_keeps_the_record_and_stamps_the_time() -> None:
    moved = job().moved(JobState.PREPARING, 7.0, attempts=2)
    assert (moved.state, moved.changed_at, moved.created_at, moved.attempts) == (JobState.PREPARING, 7.0, 1.0, 2)


def test_an_illegal_move_is_refused() -> None:
    with pytest.raises(IllegalMoveError, match="queued -> done"):
        job().moved(JobState.DONE, 2.0)


def test_a_finished_remote_job_without_a_file_can_be_fetched() -> None:
    failed = job(JobState.FAILED)
    assert not failed.is_at_service
    fetched = job(JobState.RUNNING).moved(JobState.READY, 2.0, remote_id="p", completed_at=2.0)
    assert fetched.is_at_service
    assert fetched.state.may_be_charged
    assert not failed.state.may_be_charged


def test_a_job_without_a_source_on_this_computer_was_found_at_the_service() -> None:
    own = job()
    assert not own.was_found
    assert replace(own, source=Path("recovered") / "Recover 3.jpg").was_found
