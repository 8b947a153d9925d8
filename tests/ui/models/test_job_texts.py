"""What the rows of the queue say about money and what they offer, for every state of a job."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTime

from tests.support.queue_jobs import NOW, every_state, job
from topazdesk.domain.copies import ResultCopy
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import ServiceName
from topazdesk.ui.models.job_texts import SPENDING, Act, Line, News, line_of, retry_of, weekday_clock_text
from topazdesk.ui.texts import time_left_text

S = JobState
SHORT = QLocale.FormatType.ShortFormat


def _line(of: Job, news: News = News(), now: float = NOW) -> Line:  # noqa: B008 - a constant
    return line_of(of, "Recover 3", news, now)


def _acts(line: Line) -> list[Act]:
    return [action.act for action in line.actions]


def test_uploading_says_that_nothing_is_charged_yet() -> None:
    line = _line(job("a.tif", S.SUBMITTING, duration=120.0), News(43.0, 12_000_000, 28_000_000))
    assert line.title.startswith("Uploading 43")
    assert line.sentence == "12 of 28 MB · not charged yet"
    assert (line.time, line.share) == ("then about 2 min", 0.43)
    assert (line.credits, line.credits_note) == ("6 credits", "estimate")
    assert _acts(line) == [Act.CANCEL]
    sent = _line(job("a.tif", S.SUBMITTING), News(100.0, 28_000_000, 28_000_000))
    assert (sent.title, sent.sentence) == ("Uploaded", "Waiting for the answer")


def test_running_goes_on_without_the_window() -> None:
    line = _line(job("a.tif", S.RUNNING, remote_eta=NOW + 100, submitted_at=NOW), News(62.0))
    assert line.title.startswith("Running at Topaz 62")
    assert "keeps running if you quit" in line.sentence
    assert line.time == "about 2 min left"
    unknown = _line(job("a.tif", S.RUNNING, service=ServiceName.SANDBOX, submitted_at=NOW))
    assert unknown.title == "Running in the sandbox", "no percentage where none is known"
    assert unknown.share == 0.0


def test_what_the_service_says_of_how_it_is_made_is_in_the_row() -> None:
    remark = JobError("computer.graphics_card", "The card ended, so the processor does the work", "Longer.")
    running = _line(job("a.tif", S.RUNNING, service=ServiceName.LOCAL, remark=remark, submitted_at=NOW), News(62.0))
    assert "so the processor does the work" in running.sentence
    assert running.share == 0.62, "it goes on"


def test_downloading_and_done() -> None:
    line = _line(job("a.tif", S.DOWNLOADING, charged=6, submitted_at=NOW), News(78.0, 96_000_000, 123_000_000, 8.0))
    assert line.sentence == "96 of 123 MB · checked before it counts as done"
    assert line.time == "about 10 s left"
    assert (line.credits, line.credits_note) == ("6 credits", "charged")
    assert line.actions == ()
    done = _line(job("a.tif", S.DONE, charged=6, result=Path("/x/a_2x.tif"), submitted_at=NOW))
    assert done.credits_note == "as estimated"
    assert done.sentence == "6000 × 4000 · 24 MP · a_2x.tif"
    assert _acts(done) == [Act.SHOW]
    dearer = _line(job("a.tif", S.DONE, charged=7, result=Path("/x/a_2x.tif"), submitted_at=NOW))
    assert (dearer.credits, dearer.credits_note) == ("7 credits", "estimated 6")


def test_waiting_is_never_called_failed() -> None:
    trouble = JobError("net.down", "No connection to Topaz.", "Nothing is lost.")
    waiting = job("a.tif", S.WAITING, resume_to=S.QUEUED, not_before=NOW + 20, trouble=trouble)
    line = _line(waiting)
    assert (line.title, line.sentence) == ("No connection to Topaz", "Nothing is lost. Next try in 20 s.")
    assert _acts(line) == [Act.NOW]
    assert Act.CANCEL in [action.act for action in line.more]
    fetching = job("a.tif", S.WAITING, resume_to=S.READY, charged=6, trouble=trouble)
    assert Act.CANCEL not in [action.act for action in _line(fetching).more], "a paid result is not given away"


def test_without_a_connection_a_row_says_that_it_goes_on_by_itself() -> None:
    trouble = JobError(
        "network.offline", "No connection to Topaz", "It resumes automatically when the connection is back."
    )
    line = _line(job("a.tif", S.WAITING, resume_to=S.QUEUED, not_before=NOW + 20, trouble=trouble))
    assert line.title == "No connection to Topaz – resumes automatically"
    assert line.sentence == "Nothing is lost. Next try in 20 s."


def test_the_order_can_be_changed_of_what_is_not_sent() -> None:
    assert {Act.FIRST, Act.UP, Act.DOWN} <= {action.act for action in _line(job("a.tif")).more}
    running = _line(job("a.tif", S.RUNNING, submitted_at=NOW))
    assert not {Act.FIRST, Act.UP, Act.DOWN} & {action.act for action in running.more}


def test_a_doubt_is_only_the_users_to_settle_when_nobody_else_can() -> None:
    asking, undecided = (each for each in every_state() if each.state is S.DOUBTFUL)
    assert _acts(_line(asking)) == [Act.ASK]
    later = [action.act for action in _line(asking).more]
    assert {Act.RESEND, Act.GIVE_UP} <= set(later), "who is in a hurry need not wait until it is certain"
    until = weekday_clock_text(NOW + 1800, NOW)
    assert f"Asking the service until {until} whether" in _line(replace(asking, not_before=NOW + 1800)).sentence
    for odd in (NOW - 60, NOW + 1e6):
        assert "until that is certain" in _line(replace(asking, not_before=odd)).sentence
    line = _line(undecided)
    assert [action.text for action in line.actions] == ["Send again · 6 credits", "Give it up"]
    assert [action.act for action in line.more][:3] == [Act.RESEND, Act.GIVE_UP, Act.ASK]
    assert Act.CANCEL not in [action.act for action in line.more], "giving it up is the same"
    assert line.credits_note == "may be charged"


def test_trying_again_is_free_where_the_result_is_paid_and_has_its_price_where_it_is_not() -> None:
    by_name = {each.id: each for each in every_state()}
    refunded = retry_of(by_name["colonnade.png"])
    assert refunded is not None
    assert (refunded.act, refunded.text) == (Act.RETRY, "Retry · 6 credits")
    paid = retry_of(by_name["wedding-1962.tif"])
    assert paid is not None
    assert (paid.act, paid.text) == (Act.FETCH, "Download again · free")
    gone = retry_of(by_name["last-year.jpg"])
    assert gone is not None
    assert gone.spends
    assert retry_of(by_name["west-coast.jpg"]) is None


@pytest.mark.parametrize("of", every_state(), ids=lambda each: f"{each.state}-{each.id}")
def test_whatever_spends_says_its_price(of: Job) -> None:
    line = _line(of)
    for action in (*line.actions, *line.more):
        if action.act is not Act.CANCEL:
            assert ("6 credits" in action.text) is (action.act in SPENDING)
        assert action.text[0].isupper()
        assert not action.text.endswith(".")
    assert line.name in line.spoken
    assert line.credits in line.spoken


def test_cancelling_says_what_it_costs_before_the_click() -> None:
    """What is not sent yet costs nothing; of what is sent, nobody here knows how far it is: its price is the most."""
    free = {S.QUEUED, S.PREPARING, S.WAITING}
    for of in every_state():
        for action in (*_line(of).actions, *_line(of).more):
            if action.act is not Act.CANCEL:
                continue
            if of.state in free:
                assert (action.text, action.full) == ("Cancel · free", "Cancel · nothing is charged")
            else:
                assert action.full == "Cancel · up to 6 credits may be charged"
                assert "6 credits" in action.text
                assert "6 credits" in action.tip
    unknown = Estimate(6, EstimateSource.UNKNOWN)
    (cancel, *_) = _line(job("a.tif", S.RUNNING, estimate=unknown, submitted_at=NOW)).actions
    assert cancel.full == "Cancel · what is done already may be charged", "no made-up number"
    runflow = job("a.tif", S.RUNNING, service=ServiceName.RUNFLOW, submitted_at=NOW)
    (stop, *_) = _line(runflow).actions
    assert stop.full == "Stop waiting · the price is 6 credits either way"


def test_the_copies_of_a_result_are_named_with_it() -> None:
    """Of a picture made as PNG and JPEG the row, and the line below the viewer, named the PNG only."""
    copies = tuple(ResultCopy(kind, f"a.{kind.value}", 1, "0" * 64) for kind in (FileFormat.PNG, FileFormat.JPEG))
    caption = ResultCopy(FileFormat.JPEG, "a, labelled.jpg", 1, "0" * 64, is_labelled=True)
    done = job("a.tif", S.DONE, result=Path("/x/a.tif"), copies=(*copies, *copies[:1], caption))
    assert _line(done).sentence.endswith("a.tif · also as PNG, JPEG")


def test_what_is_free_anyway_never_speaks_of_charges() -> None:
    """ "Cancel · up to free may be charged" stood in the menu, "free · estimate" in the row."""
    free = Estimate(0, EstimateSource.SERVICE, 5.0, Unit.NONE)
    for of in every_state():
        here = replace(of, recipe=replace(of.recipe, service=ServiceName.LOCAL), estimate=free)
        if of.charged is not None:
            here = replace(here, charged=0)
        line = _line(here)
        assert (line.credits, line.credits_note) == ("free", "")
        # "Asked to stop; the part that is done already may be charged" stood beside "free".
        assert "may be charged" not in line.sentence or of.state is S.DOUBTFUL
        for action in (*line.actions, *line.more):
            if action.act in (Act.CANCEL, Act.RETRY):
                said = f"{action.text} {action.whole_text} {action.tip}"
                assert "charged" not in said
                assert "up to" not in said
                assert "for free" not in said


def test_one_picture_after_the_other_is_made_here_and_the_others_wait() -> None:
    """Fourteen pictures were "Running on this computer", which "keeps running if you quit"; one was, and did not."""
    waits = _line(job("a.tif", S.RUNNING, service=ServiceName.LOCAL, submitted_at=NOW))
    assert (waits.title, waits.brief) == ("Waiting its turn", "Waiting its turn")
    assert waits.sentence.endswith("pauses if you quit")
    assert (waits.icon, waits.role) == ("queued", "text2"), "it is not being worked on"
    begun = _line(job("a.tif", S.RUNNING, service=ServiceName.LOCAL, submitted_at=NOW), News(0.1))
    assert begun.icon == "running"
    assert begun.title.startswith("Running on this computer 0")
    assert begun.sentence.endswith("pauses if you quit")


def test_money_of_a_service_that_counts_in_dollars() -> None:
    estimate = Estimate(80_000, EstimateSource.TABLE, unit=Unit.USD)
    line = _line(job("a.tif", S.FAILED, service=ServiceName.RUNFLOW, estimate=estimate))
    assert line.actions[0].text == "Retry · $0.08"
    assert (line.credits, line.credits_note) == ("$0.00", "not charged")
    unknown = Estimate(80_000, EstimateSource.UNKNOWN, unit=Unit.USD)
    assert _line(job("a.tif", service=ServiceName.RUNFLOW, estimate=unknown)).credits == "unknown price"
    running = _line(job("a.tif", S.RUNNING, service=ServiceName.RUNFLOW, estimate=estimate, submitted_at=NOW))
    assert running.actions[0].text == "Stop waiting", "Runflow cannot cancel"


def test_a_file_name_with_a_line_break_stays_in_its_row() -> None:
    assert "\n" not in _line(job("two\nlines.jpg", S.QUEUED)).spoken


@pytest.mark.parametrize("seconds", [math.inf, math.nan, 1e300])
def test_a_time_without_end_is_a_long_time(seconds: float) -> None:
    assert time_left_text(seconds) == "about 100 h"


def test_a_result_that_is_not_quite_as_asked_says_so() -> None:
    trouble = JobError("result.not_replaced", "The file of that name was not replaced", "It was left as it is.")
    line = _line(job("a.tif", S.DONE, result=Path("/out/a-2.tif"), trouble=trouble))
    assert line.icon == "warning"
    assert line.sentence.startswith("The file of that name was not replaced")
    assert Act.DETAILS in _acts(line)


def test_a_queued_job_says_at_which_hours_it_is_sent() -> None:
    now = datetime(2027, 1, 15, 12, 0).timestamp()  # noqa: DTZ001 - the wall clock; a Friday
    line = line_of(job("a.jpg", hours=SendingHours.read("22-6")), "", News(), now)
    assert (line.sentence, line.time) == (
        "Sent between 22:00 and 06:00 only",
        f"from {QLocale().toString(QTime(22, 0), SHORT)}",
    )
    line = line_of(job("a.jpg", hours=SendingHours.read("22-6", "mon")), "", News(), now)
    assert line.time.startswith(f"from {QLocale().standaloneDayName(1, SHORT)} ")
    line = line_of(job("a.jpg", hours=SendingHours.read("10-14")), "", News(), now)
    assert (line.sentence, line.time) == (line_of(job("a.jpg"), "", News(), now).sentence, "")


def test_a_job_whose_account_is_stopped_says_why_it_waits_and_another_step_is_finished_first() -> None:
    why = "There is no key for Topaz (account “Studio”)"
    for state in (JobState.RUNNING, JobState.QUEUED, JobState.READY):
        line = line_of(job("a.jpg", state), "", News(), NOW, held=why)
        assert (line.icon, line.sentence) == ("warning", f"{why} · waits, nothing is lost")
    for state in (JobState.DOWNLOADING, JobState.DONE):
        assert why not in line_of(job("a.jpg", state), "", News(), NOW, held=why).sentence
