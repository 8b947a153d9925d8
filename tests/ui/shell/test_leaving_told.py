"""Whoever closes the window in mid-run is told what happens to the pictures, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.queue_jobs import job
from tests.support.window import drop, jpeg, live, no_environment, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.job import JobState
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import TrialOf
from topazdesk.ui.shell.frame import Frame
from topazdesk.ui.shell.leaving import LeavingController, fates, unfinished_text
from topazdesk.ui.shell.window import Window

__all__ = ["no_environment"]


def test_a_close_in_mid_run_says_what_happens_and_the_second_one_closes(qapp: QApplication, tmp_path: Path) -> None:
    picture = jpeg(tmp_path, "street.jpg", 200)

    async def story(window: Window) -> None:
        frame, session = window.window(), session_of(window)
        leaving = window.findChild(LeavingController)
        assert isinstance(frame, Frame)
        assert leaving is not None
        session.pause(True)
        await until(lambda: session.library.queue.paused, "paused")
        drop(window.pictures, picture)
        await quiet(window)
        await until(lambda: window.commands["enhance"].isEnabled(), "the price")
        window.commands.run("enhance")
        await until(lambda: session.library.queue.active == 1, "it waits")
        frame.close()
        assert not frame.is_closing
        assert leaving.sheet is not None
        await until(leaving.sheet.isVisible, "asked")
        await until(leaving.sheet.leave.hasFocus, "Return closes")
        assert leaving.sheet.accessibleName() == "1 picture is not finished"
        QTest.keyClick(leaving.sheet, Qt.Key.Key_Escape)
        await until(lambda: leaving.sheet is None, "kept open")
        assert frame.isVisible()
        frame.close()
        await until(lambda: leaving.sheet is not None and leaving.sheet.isVisible(), "asked again")
        frame.close()
        assert frame.is_closing, "who closes twice means it"

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story) == []


@pytest.mark.parametrize(
    ("state", "more", "told"),
    [
        (JobState.QUEUED, {}, "1 is not sent yet and costs nothing so far."),
        (JobState.WAITING, {"resume_to": JobState.PREPARING}, "1 is not sent yet and costs nothing so far."),
        (JobState.RUNNING, {"remote_id": "r"}, "1 goes on at the service. The result is kept there for 7 days"),
        (JobState.DOUBTFUL, {}, "1 goes on at the service."),
    ],
    ids=str,
)
def test_what_becomes_of_each(state: JobState, more: dict[str, object], told: str) -> None:
    (said,) = fates([job("a", state, **more)])
    assert said.startswith(told)


@pytest.mark.parametrize(
    ("service", "told"),
    [
        (ServiceName.SANDBOX, "1 goes on at the service."),
        (ServiceName.LOCAL, "1 is being made on this computer. It goes on where it was"),
    ],
)
def test_what_is_made_here_says_on_quitting_what_its_row_says(service: ServiceName, told: str) -> None:
    """In the sandbox the row said "keeps running if you quit", the question that it goes on when topazdesk is open."""
    (said,) = fates([job("a", JobState.RUNNING, service=service, remote_id="r")])
    assert said.startswith(told)


def test_trials_are_not_counted_as_pictures_nor_results_of_one() -> None:
    """Four trials of one picture were four pictures that are not finished."""
    picture, other = job("a.jpg"), job("b.jpg")
    again = replace(picture, id="a in another size")
    trial = replace(picture, id="trial", trial=TrialOf(picture.source, None, picture.recipe))
    assert unfinished_text([picture]) == "1 picture is not finished"
    assert unfinished_text([picture, other]) == "2 pictures are not finished"
    assert unfinished_text([trial]) == "1 trial is not finished"
    assert unfinished_text([trial, trial]) == "2 trials are not finished"
    assert unfinished_text([picture, trial]) == "1 picture and 1 trial are not finished"
    assert unfinished_text([picture, again, other, trial]) == "3 results of 2 pictures and 1 trial are not finished"
    assert unfinished_text([picture, again]) == "2 results of 1 picture are not finished"
