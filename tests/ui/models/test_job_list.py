"""The order of the rows, the counts, and that thousands of them cost little."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.support.queue_jobs import NOW, every_state, job
from topazdesk.domain.job import Job, JobState, StateGroup
from topazdesk.domain.trial import Patch, TrialOf
from topazdesk.ui.models.job_list import QueueModel
from topazdesk.ui.models.job_texts import Act
from topazdesk.ui.queue.panel import counts_text, retry_price

pytestmark = pytest.mark.usefixtures("qapp")
S = JobState


@pytest.fixture
def model() -> QueueModel:
    made = QueueModel(now=lambda: NOW)
    made.tester = QAbstractItemModelTester(made)  # type: ignore[attr-defined]
    return made


def _shown(model: QueueModel) -> list[str]:
    return [model.id_at(row) for row in range(model.rowCount())]


def _move(of: Job, state: JobState, after: float, **more: object) -> Job:
    return replace(of, state=state, changed_at=NOW + after, **more)  # type: ignore[arg-type]


def test_unfinished_first_then_what_ended_newest_first(model: QueueModel) -> None:
    one, two, three = (job(name, position=n) for n, name in enumerate("abc"))
    model.fill([three, one, two])
    assert _shown(model) == ["a", "b", "c"]
    model.told(_move(one, S.DONE, 1))
    model.told(_move(three, S.DONE, 2))
    model.settle()
    assert _shown(model) == ["b", "c", "a"]
    model.told(_move(two, S.DONE, 3))
    model.settle()
    assert _shown(model) == ["b", "c", "a"]
    model.told(job("d", position=9))
    model.settle()
    assert _shown(model) == ["d", "b", "c", "a"]
    model.told(replace(_move(three, S.DONE, 2), is_hidden=True))
    model.settle()
    assert _shown(model) == ["d", "b", "a"]
    assert [model.row_of(each) for each in ("d", "b", "a", "c")] == [0, 1, 2, -1]


def test_a_failed_job_that_is_tried_again_goes_up(model: QueueModel) -> None:
    failed = job("a", S.FAILED, position=1, remote_id="r")
    model.fill([failed, job("b", position=2)])
    assert _shown(model) == ["b", "a"]
    model.told(_move(failed, S.RUNNING, 1))
    model.settle()
    assert _shown(model) == ["a", "b"]


def test_counts_and_the_price_of_retrying(model: QueueModel) -> None:
    model.fill(every_state())
    totals = model.totals()
    assert counts_text(totals) == "6 in progress · 1 queued · 3 waiting · 1 done · 3 failed · 1 cancelled"
    assert retry_price(totals) == "12 credits", "the paid one is fetched for nothing"
    assert len(totals.retry) == 3
    model.set_busy([totals.retry[0]], True)
    assert len(model.totals().retry) == 2
    for each in list(model.ended_ids()):
        found = model.job(each)
        assert found is not None
        model.told(replace(found, is_hidden=True))
    model.settle()
    assert model.totals().ended == 0
    assert model.totals().groups[StateGroup.DONE] == 0


def test_a_picture_that_was_started_again_is_not_offered_for_another_try(model: QueueModel) -> None:
    failed = job("a", S.FAILED)
    again = replace(job("a2", S.RUNNING), source=failed.source, created_at=NOW + 1)
    model.fill([failed])
    assert model.totals().retry == ("a",)
    model.told(again)
    model.settle()
    assert model.totals().retry == ()


def test_news_is_gathered_and_belongs_to_its_stage(model: QueueModel, qtbot: QtBot) -> None:
    sending = job("a", S.SUBMITTING)
    model.fill([sending])
    with qtbot.waitSignal(model.settled):
        model.progress(sending, 43.0, 43, 100)
        model.progress(sending, 44.0, 44, 100)
    assert model.line("a").title.startswith("Uploading 44")
    running = replace(sending, state=S.RUNNING)
    model.told(running)
    model.settle()
    assert model.line("a").share == 0.0, "the share of the upload is not that of the work"


def test_ten_thousand_jobs() -> None:
    jobs = [job(f"{n:05}", position=n) for n in range(10_000)]
    model = QueueModel()
    model.fill(jobs)
    for n in range(0, 10_000, 100):
        model.told(replace(jobs[n], state=S.DONE, changed_at=NOW + n))
    model.settle()
    assert model.rowCount() == 10_000
    assert model.id_at(9_900) == "09900", "the newest of those that ended"


def test_screen_readers_get_the_row_and_what_can_be_done(model: QueueModel) -> None:
    from PySide6.QtCore import Qt

    model.fill([job("a.tif", S.FAILED, position=1)])
    index = model.index(0)
    assert str(index.data(Qt.ItemDataRole.AccessibleTextRole)).startswith("a.tif. recover-3 · 4×. Failed")
    assert "Retry · 6 credits" in str(index.data(Qt.ItemDataRole.AccessibleDescriptionRole))
    assert Act.RETRY in [action.act for action in model.line("a.tif").actions]


def test_a_trial_has_a_row_while_it_runs_and_is_not_cleared_with_the_rest(model: QueueModel) -> None:
    """Its result belongs to the trials of its picture, so it must not be among what "Clear" takes away."""
    wish = job("street.jpg")
    trial = TrialOf(wish.source, Patch(0, 0, 256, 256), wish.recipe, 2)
    running = job("one", S.RUNNING, trial=trial)
    model.fill([running, job("two", S.DONE, trial=trial, created_at=NOW - 5)])
    assert _shown(model) == ["one"]
    assert model.line("one").name == "street, trial 2", "named by its picture, never by the file that was cut from it"
    model.told(_move(running, S.DONE, 1))
    model.settle()
    assert _shown(model) == []
    assert model.totals().ended == 0
    model.told(replace(_move(running, S.DONE, 1), trial=None))
    model.settle()
    assert _shown(model) == ["one"], "used, it is an ordinary result"


def test_jobs_of_earlier_days_come_in_pages() -> None:
    """With tens of thousands of them the window stood still while they became rows. They are counted before they have one;
    and a failed one is offered again only when all that is newer is known: its picture may have a result.
    """
    model = QueueModel()
    model.fill([job("running", JobState.RUNNING, created_at=NOW)], is_all=False)
    model.set_over({JobState.DONE: 2, JobState.FAILED: 2})
    assert model.canFetchMore()
    assert model.rowCount() == 1
    assert counts_text(model.totals()) == "1 in progress · 2 done · 2 failed"
    newer = job("newer", JobState.DONE, created_at=NOW - 10, changed_at=NOW - 9)
    failed = job("failed", JobState.FAILED, created_at=NOW - 20, changed_at=NOW - 19, source=newer.source)
    lone = job("lone", JobState.FAILED, created_at=NOW - 30, changed_at=NOW - 29)
    late = job("late", JobState.DONE, created_at=NOW - 40, changed_at=NOW - 5)
    inserted: list[int] = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.extend(range(first, last + 1)))
    model.more([newer, failed], is_last=False)
    assert inserted == [1, 2]
    assert model.totals().retry == ()
    assert counts_text(model.totals()) == "1 in progress · 2 done · 2 failed"
    model.more([lone, late], is_last=True)
    assert [model.id_at(row) for row in range(model.rowCount())] == ["running", "late", "newer", "failed", "lone"]
    assert not model.canFetchMore()
    assert model.totals().retry == ("lone",)
    model.cleared({"newer", "late", "unknown"})
    assert model.rowCount() == 3


def test_pictures_of_one_name_are_told_apart_by_their_folders() -> None:
    """Who cancels one of two rows that are both called 001.jpg must see which it is."""
    model = QueueModel(folder=lambda job: job.picture.parent.name, now=lambda: NOW)
    model.fill([job("roll 2/001.jpg")])
    line = model.line(model.id_at(0))
    assert (line.name, line.folder) == ("001.jpg", "roll 2")
    assert line.spoken.startswith("001.jpg, in roll 2. ")
