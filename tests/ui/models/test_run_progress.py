"""The line of progress for the whole run: counts, money, and a time only where it was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from tests.support.queue_jobs import NOW, job
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.trial import TrialOf
from topazdesk.ui.models.job_tracker import QueueWatch
from topazdesk.ui.models.picture_list import PictureModel

S = JobState


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock, qapp: QObject) -> QueueWatch:
    model = PictureModel()
    pictures = model.add(Path("/pictures") / f"{n}.jpg" for n in range(36))
    watch = QueueWatch(model, lambda _job: None, model, clock)
    for n in range(len(pictures)):
        watch.job_news(_queued(n))
    watch.parent_model = model  # type: ignore[attr-defined] # keeps the parent
    return watch


def _queued(n: int) -> Job:
    return job(f"{n}.jpg", S.QUEUED)


def _ends(watch: QueueWatch, n: int, state: JobState = S.DONE, charged: int | None = 2, sent: bool = True) -> None:
    ended = replace(_queued(n), state=state, charged=charged, submitted_at=NOW if sent else None)
    watch.job_news(ended)


def test_time_left_is_measured_and_silent_until_then(watch: QueueWatch, clock: Clock) -> None:
    says: Callable[[], str] = lambda: watch.summary().text  # noqa: E731
    assert says() == "0 of 36"
    clock.now += 20
    _ends(watch, 0)
    assert says() == "1 of 36 · 2 credits so far", "one job says nothing of the others"
    clock.now += 20
    _ends(watch, 1)
    assert says() == "2 of 36 · about 11 min left · 4 credits so far", "34 of them, 20 s each"
    clock.now += 40
    assert "about 11 min left" in says()
    clock.now += 200
    assert says() == "2 of 36 · 4 credits so far", "nothing has come for long: no number is made up"


def test_what_fails_here_says_nothing_of_time_and_what_is_cancelled_does_not_count(
    watch: QueueWatch, clock: Clock
) -> None:
    for n in range(3):
        _ends(watch, n, S.FAILED, charged=None, sent=False)
    clock.now += 1
    _ends(watch, 3, S.CANCELLED, charged=0)
    assert watch.summary().text == "3 of 35 · 3 failed"
    assert watch.summary().detail == "32 queued · 3 failed · 1 cancelled"


def test_a_pause_is_no_time_of_work(watch: QueueWatch, clock: Clock) -> None:
    clock.now += 10
    _ends(watch, 0)
    clock.now += 10
    _ends(watch, 1)
    watch.set_paused(True)
    assert watch.summary().text == "Paused · 2 of 36 · 4 credits so far"
    clock.now += 3600
    watch.set_paused(False)
    assert watch.summary().text == "2 of 36 · about 6 min left · 4 credits so far"


def test_waiting_says_for_what_and_no_time(watch: QueueWatch, clock: Clock) -> None:
    for n in range(34):
        clock.now += 10
        _ends(watch, n)
    for n in (34, 35):
        watch.job_news(replace(_queued(n), state=S.WAITING, resume_to=S.QUEUED))
    summary = watch.summary()
    assert summary.text == "34 of 36 · 68 credits so far · 34.jpg waiting"
    assert summary.waiting
    assert summary.detail == "2 waiting · 34 done", "as the queue counts"


def test_the_next_run_begins_at_nothing(watch: QueueWatch, clock: Clock) -> None:
    for n in range(36):
        clock.now += 10
        _ends(watch, n)
    assert watch.summary().text == ""
    watch.job_news(replace(_queued(0), id="again-0", created_at=NOW + 1))
    assert watch.summary().text == "0.jpg queued"
    watch.job_news(replace(_queued(1), id="again-1", created_at=NOW + 1))
    assert watch.summary().text == "0 of 2"


def test_what_was_sent_of_a_trial_is_not_how_far_it_is(qapp: QObject) -> None:
    """Its footer said "running 100 % · about 5 s": the upload had been that far."""
    model = PictureModel()
    model.add([Path("/pictures/0.jpg")])
    watch = QueueWatch(model, lambda _job: None, model)
    queued = _queued(0)
    trial = replace(queued, trial=TrialOf(queued.source, None, queued.recipe))
    for state, percent in ((S.QUEUED, None), (S.SUBMITTING, 100.0), (S.RUNNING, None)):
        watch.job_news(replace(trial, state=state, submitted_at=NOW, remote_id="r"))
        if percent is not None:
            watch.progress(trial.id, percent)
            assert "100" in watch.summary().text
    assert "100" not in watch.summary().text
