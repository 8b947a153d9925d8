"""The window is calm: success is a toast that goes, one notice a subject, and a notice goes with its cause."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.support.fake_context import job_of, known
from tests.support.window import drop
from tests.ui.shell.conftest import Stage
from topazdesk.domain.draft import draft
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.engine.events import JobAdded, JobChanged
from topazdesk.errors import AccountError, BudgetError, BusyError, Code, ComputerError, NetworkError
from topazdesk.ui.controls import NoticeAction
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.shell.focus_order import tab_stops
from topazdesk.ui.viewer import ViewerBody
from topazdesk.ui.viewer.modes import FADE


def _job(stage: Stage, picture: Picture, name: str) -> Job:
    assert picture.info is not None
    prices = stage.session.pricing.prices
    return job_of(draft(picture.info, prices.model, prices.recipe), name)


def _fail(stage: Stage, picture: Picture, name: str) -> Job:
    """A job of a run of its own that begins and fails at once."""
    job = replace(_job(stage, picture, name), run_id=f"run-{name}")
    stage.context.events.emit(JobAdded(job))
    failed = job.moved(JobState.FAILED, 2.0, trouble=JobError("x", f"Trouble of {name}", "Look at it."))
    stage.context.events.emit(JobChanged(failed))
    return failed


def test_success_is_a_toast_that_goes_by_itself(stage: Stage) -> None:
    (picture,) = known(stage.session, (1500, 1000))
    job = _job(stage, picture, "one")
    stage.context.events.emit(JobAdded(job))
    done = replace(job, state=JobState.DONE, result=picture.path, charged=1)
    stage.context.events.emit(JobChanged(done))
    toast, notices = stage.window.notices.toasted, stage.window.notices
    assert toast is not None
    assert (toast.title, toast.hint) == (f"{picture.name} is done", "1 credit charged.")
    assert notices.shown() == []
    viewer = stage.window.viewer
    place = toast.mapTo(viewer, toast.rect().center())
    assert abs(place.x() - viewer.width() // 2) <= 2, "over the picture"
    assert viewer.rect().contains(QRect(toast.mapTo(viewer, QPoint()), toast.size()))
    toast.tick()
    assert notices.toasted is None


def test_a_toast_in_a_low_window_leaves_the_line_below_the_picture_free(stage: Stage) -> None:
    known(stage.session, (1500, 1000))
    window = stage.window
    window.resize(960, 540)
    window.commands.run("queue")
    toast = window.notices.toast("ok", "DSC_4101.jpg is done", "1 credit charged · original unchanged.")
    body = window.viewer.findChild(ViewerBody)
    assert body is not None
    assert body.isVisible()
    covered = QRect(toast.mapTo(window, QPoint()), toast.size())
    foot = body.mapTo(window, QPoint(0, body.height() - body.foot.height()))
    assert covered.bottom() < foot.y()
    assert window.rect().contains(covered)


def test_a_toast_leaves_the_slider_of_the_fade_free(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    files = tuple(tmp_path / f"{name}.png" for name in "ab")
    for number, path in enumerate(files):
        Image.new("RGB", (600, 400), (number * 90, 90, 90)).save(path)
    known(stage.session, (600, 400))
    viewer = stage.window.viewer
    drop(viewer.view, *files)
    qtbot.waitUntil(lambda: viewer.view.stage.compares_now)
    viewer.view.stage.set_mode(FADE)
    bar = viewer.view.fade_bar
    qtbot.waitUntil(bar.isVisible)
    toast = stage.window.notices.toast("ok", "mountain-lake.jpg is done", "1 credit charged")
    at = [QRect(widget.mapTo(stage.window, QPoint(0, 0)), widget.size()) for widget in (bar, toast)]
    assert not at[0].intersects(at[1])


def test_a_toast_stays_while_it_is_used_and_gives_the_keys_back(stage: Stage, qtbot: QtBot) -> None:
    notices = stage.window.notices
    undone: list[int] = []
    known(stage.session, (1500, 1000))
    stage.window.pictures.view.setFocus()
    toast = notices.toast("ok", "Saved", "", NoticeAction("Undo", lambda: undone.append(1)))
    button = toast.buttons[0]
    assert button in list(tab_stops(stage.window)), "reached by Tab"
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert notices.toasted is not None
    notices.toasted.tick()
    assert notices.toasted is toast, "not while the keys are on it"
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert undone == [1]
    assert notices.toasted is None
    assert stage.window.pictures.view.hasFocus()
    first = notices.toast("ok", "First")
    second = notices.toast("ok", "Second")
    assert notices.toasted is second, "one at a time"
    assert not first.isVisible()


def test_failed_runs_are_one_notice_that_goes_with_its_cause(stage: Stage) -> None:
    first, second = known(stage.session, (1500, 1000), (1500, 1000))
    notices = stage.window.notices
    _fail(stage, first, "one")
    (notice,) = notices.shown()
    assert notice.title == f"{first.name}: Trouble of one"
    _fail(stage, second, "two")
    (notice,) = notices.shown()
    assert notice.title == "2 of 2 pictures failed"
    assert [button.label() for button in notice.buttons] == ["Retry 2 · 2 credits"]
    # The second is tried again, from the queue: what is left is said.
    stage.context.events.emit(JobAdded(replace(_job(stage, second, "three"), created_at=9.0, run_id="run-3")))
    stage.window.library.queue.changed.emit()
    (notice,) = notices.shown()
    assert notice.title == f"{first.name}: Trouble of one"
    stage.session.library.remove([first.id])
    assert notices.shown() == []


def test_an_error_goes_when_its_cause_is_gone(stage: Stage) -> None:
    window, pricing = stage.window, stage.session.pricing
    offline = NetworkError("Topaz can't be reached", "Check the connection.", code=Code.NETWORK_OFFLINE)
    key = AccountError("No key", "Add one.", code=Code.ACCOUNT_NO_KEY)
    folder = ComputerError("Read-only", "Choose another.", code=Code.COMPUTER_FOLDER_READ_ONLY)
    limit = BudgetError("The limit is reached", "Raise it.")
    other = ComputerError("Something else")
    busy = BusyError("Topaz has a problem of its own", "It resumes.", code=Code.SERVICE_FAILING)
    window.tell(busy)
    window.tell(offline)
    stage.session.library.queue.result_there.emit(1)
    assert window.notices.shown() == [], "who delivers is there and has no trouble"
    for error in (other, offline, key, folder):
        window.tell(error)
    window.tell(offline)
    assert len(window.notices.shown()) == 4, "the same is said once"
    pricing.reached.emit()
    assert [n.cause for n in window.notices.shown()] == [folder, other]
    pricing.recipe.set_output(replace(pricing.recipe.recipe.output, folder="/another"))
    assert [n.cause for n in window.notices.shown()] == [other]
    window.tell(limit)
    pricing.limits.changed.emit()
    assert [n.cause for n in window.notices.shown()] == [other]
