"""The state of a picture of which a run makes several results."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import pytest

from tests.support.queue_jobs import NOW, job
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.job import Job, JobState
from topazdesk.ui.models.newest_run import joined, told_by

S = JobState


def _job(name: str, factor: float, state: JobState, run: str = "one", at: float = 0) -> Job:
    made = job(name, state, run_id=run, created_at=NOW + at, position=int(factor))
    return replace(made, recipe=replace(made.recipe, output=replace(made.recipe.output, size=OutputSize.scale(factor))))


def _after(*news: Job) -> tuple[Job, ...]:
    return reduce(lambda jobs, each: joined(jobs, each) or jobs, news, ())


def test_a_picture_is_finished_when_all_jobs_of_its_newest_run_are() -> None:
    two, four = _job("2", 2, S.DONE), _job("4", 4, S.RUNNING)
    assert told_by(_after(two, four)) is four
    assert told_by(_after(two, four, replace(four, state=S.DONE))).id == "4"
    assert told_by(_after(two, replace(four, state=S.QUEUED), _job("6", 6, S.RUNNING))).id == "6", "what moves is shown"


@pytest.mark.parametrize("state", [S.FAILED, S.EXPIRED])
def test_one_that_failed_is_not_hidden_by_another_that_is_done(state: JobState) -> None:
    failed = _job("2", 2, state)
    done = _job("4", 4, S.DONE)
    assert told_by(_after(failed, done)) is failed
    assert told_by(_after(failed, done, _job("6", 6, S.CANCELLED))) is failed
    assert told_by(_after(_job("2", 2, S.CANCELLED), done)) is done
    again = _job("2 again", 2, S.DONE, "retry", 9)
    assert told_by(_after(failed, done, again)) is again, "it was tried again, and takes its place"
    assert len(_after(failed, done, again)) == 2


def test_a_further_run_is_what_counts_and_news_of_an_older_one_is_not() -> None:
    failed, done = _job("2", 2, S.FAILED), _job("4", 4, S.DONE)
    newer = _job("6", 6, S.DONE, "two", 9)
    assert _after(failed, done, newer) == (newer,)
    assert joined((newer,), done) is None
    assert joined((newer,), failed) is None
    same = _job("4 again", 4, S.RUNNING, "two", 9)
    assert _after(failed, done, same) == (same,), "made anew, by wish"
    assert joined((same,), done) is None
    running = replace(done, state=S.RUNNING)
    assert _after(failed, running, newer) == (running, newer), "it is still under way"
