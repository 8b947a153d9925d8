"""The state of a picture of which a run makes several results."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.queue_jobs import NOW, job
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.job import Job, JobState, Verdict
from topazdesk.ui.models.job_tracker import QueueWatch
from topazdesk.ui.models.newest_run import joined, told_by
from topazdesk.ui.models.picture_list import PictureModel
from topazdesk.ui.models.saved_session import jobs_by_source

S = JobState


def _job(name: str, factor: float, state: JobState, run: str = "one", at: float = 0) -> Job:
    made = job(name, state, run_id=run, created_at=NOW + at, position=int(factor))
    return replace(made, recipe=replace(made.recipe, output=replace(made.recipe.output, size=OutputSize.scale(factor))))


def _after(*news: Job) -> tuple[Job, ...]:
    return reduce(lambda jobs, each: joined(jobs, each, _is_older) or jobs, news, ())


def _is_older(job: Job, other: Job) -> bool:
    return job.created_at < other.created_at


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
    assert joined((newer,), done, _is_older) is None
    assert joined((newer,), failed, _is_older) is None
    same = _job("4 again", 4, S.RUNNING, "two", 9)
    assert _after(failed, done, same) == (same,), "made anew, by wish"
    assert joined((same,), done, _is_older) is None
    running = replace(done, state=S.RUNNING)
    assert _after(failed, running, newer) == (running, newer), "it is still under way"


@pytest.mark.parametrize("is_restored", [False, True], ids=["running", "after a restart"])
def test_the_newest_attempt_is_shown_though_the_clock_was_set_back(qapp: QApplication, *, is_restored: bool) -> None:
    """By its time it was older than the one before, and the row went on to say that the picture had failed."""
    pictures = PictureModel()
    (picture,) = pictures.add([Path("/pictures/a.jpg")])
    watch = QueueWatch(pictures, lambda _job: None, pictures)
    old = replace(job("a.jpg", S.FAILED, run_id="one", created_at=NOW), id="old")
    new = replace(job("a.jpg", S.QUEUED, run_id="two", created_at=NOW - 7200), id="new")
    cleared = replace(job("a.jpg", S.CANCELLED, run_id="none", created_at=NOW - 9000), id="cleared")
    if is_restored:
        watch.attach(picture, jobs_by_source((new, old), (cleared,))[picture.key])
    else:
        for news in (replace(old, state=S.QUEUED), old, new):
            watch.job_news(news)
    assert (picture.job, picture.jobs) == (new, (new,))
    watch.job_news(replace(old, verdict=Verdict.KEPT))
    assert picture.job == new, "what is heard of the older one changes nothing"
    done = replace(new, state=S.DONE)
    watch.job_news(done)
    assert picture.job == done
    unseen = replace(job("a.jpg", S.DONE, run_id="long ago", created_at=NOW - 8000), id="unseen")
    watch.job_news(unseen)
    assert picture.job == done, "one that nobody had heard of was over before"
