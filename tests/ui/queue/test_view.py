"""The queue with pointer and keyboard: buttons do what they say, and nothing is spent by accident."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from tests.support.queue_jobs import NOW, every_state, job
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.ui.controls.help_place import help_at
from topazdesk.ui.controls.paint import fitting
from topazdesk.ui.models.job_list import QueueModel
from topazdesk.ui.models.job_texts import Act, News, line_of
from topazdesk.ui.queue.job_menu import add_job_entries
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.queue.row import MORE, actions_width
from topazdesk.ui.theme import font, px

pytestmark = pytest.mark.usefixtures("themed")
S = JobState
Made = Callable[..., tuple[QueuePanel, list[tuple[Act, str]]]]


@pytest.fixture
def made(qtbot: QtBot) -> Made:
    def make(jobs: list[Job], height: int = 1000) -> tuple[QueuePanel, list[tuple[Act, str]]]:
        model = QueueModel(lambda _job: "Recover 3", now=lambda: NOW)
        panel = QueuePanel(model, lambda _job: None)
        model.setParent(panel)
        qtbot.addWidget(panel)
        panel.resize(1088, height)
        panel.show()
        panel.activateWindow()
        qtbot.waitUntil(panel.isActiveWindow)
        model.fill(jobs)
        acted: list[tuple[Act, str]] = []
        panel.view.acted.connect(lambda act, job_id: acted.append((act, job_id)))
        return panel, acted

    return make


def _middle(panel: QueuePanel, job_id: str, act: Act) -> QPoint:
    place = next(p for p in panel.view.places_of(job_id) if p.action.act is act and p.action is not MORE)
    return place.rect.center().toPoint()


def _click(panel: QueuePanel, at: QPoint) -> None:
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_every_button_of_every_row_tells_its_job(made: Made) -> None:
    panel, acted = made(every_state())
    wanted = []
    for row in range(panel.model.rowCount()):
        job_id = panel.model.id_at(row)
        for action in panel.model.line(job_id).actions:
            if any(
                place.action.act is action.act for place in panel.view.places_of(job_id) if place.action is not MORE
            ):
                _click(panel, _middle(panel, job_id, action.act))
                wanted.append((action.act, job_id))
    assert acted == wanted
    assert {act for act, _ in acted} >= {Act.CANCEL, Act.NOW, Act.ASK, Act.RESEND, Act.SHOW, Act.RETRY, Act.FETCH}


def test_help_is_about_the_trouble_of_the_current_row(made: Made) -> None:
    jobs = [
        job("a.jpg"),
        job("b.jpg", S.FAILED, trouble=JobError("network.proxy", "No way out", "Ask.")),
        job("c.jpg", S.FAILED, trouble=JobError("odd.old", "Something", "")),
    ]
    panel, _ = made(jobs)
    found = {}
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        panel.view.choose(name)
        found[name] = help_at(panel.view)
    assert found == {"a.jpg": "unattended#queue", "b.jpg": "trouble#network", "c.jpg": "trouble"}


def test_a_row_that_was_not_chosen_before_is_dragged_out_at_once(made: Made) -> None:
    """Qt chose the rows that the pointer passed instead: the second try of the same row was the first to drag."""
    panel, acted = made([job(name, S.DONE) for name in ("a.jpg", "b.jpg", "c.jpg")])
    view, dragged = panel.view, list[str]()
    view.dragged.connect(dragged.append)
    for job_id in ("b.jpg", "a.jpg", "c.jpg", "c.jpg"):
        at = QPoint(px(100), round(view.places_of(job_id)[0].rect.center().y()))
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        for step in range(1, 9):
            QTest.mouseMove(view.viewport(), at + QPoint(step * px(20), step * px(-5)))
        assert view.current_id == job_id, "still the one that is dragged"
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert dragged == ["b.jpg", "a.jpg", "c.jpg", "c.jpg"], "once each"
    QTest.mouseMove(view.viewport(), QPoint(px(100), px(10)))
    assert (len(dragged), acted) == (4, []), "the pointer alone drags nothing"


def test_a_click_on_a_row_shows_its_picture_and_neither_a_button_nor_a_drag_does(made: Made) -> None:
    """The viewer went on showing another picture than the row that was clicked."""
    panel, acted = made([job(name, S.DONE, result=Path(f"/x/{name}")) for name in ("a.jpg", "b.jpg")])
    view, shown = panel.view, list[str]()
    view.shown.connect(shown.append)
    for job_id in ("b.jpg", "a.jpg", "a.jpg"):
        _click(panel, QPoint(px(100), round(view.places_of(job_id)[0].rect.center().y())))
    assert shown == ["b.jpg", "a.jpg", "a.jpg"]
    _click(panel, _middle(panel, "b.jpg", Act.SHOW))
    at = QPoint(px(100), round(view.places_of("b.jpg")[0].rect.center().y()))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view.viewport(), at + QPoint(px(200), 0))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert (len(shown), acted) == (3, [(Act.SHOW, "b.jpg")])


def test_buttons_lie_within_the_row_and_do_not_overlap(made: Made) -> None:
    panel, _acted = made([*every_state(), job("dear", S.RUNNING, credits=100)])
    for width in (1088, 928, 708, 1600):
        panel.resize(width, 1000)
        for row in range(panel.model.rowCount()):
            rect = panel.view.visualRect(panel.model.index(row))
            found = panel.view.places_of(panel.model.id_at(row))
            assert found
            for number, place in enumerate(found):
                assert rect.contains(place.rect.toRect()), (width, row)
                assert min(place.rect.width(), place.rect.height()) >= 24
                assert not any(place.rect.intersects(other.rect) for other in found[number + 1 :])
            actions = actions_width(QRectF(rect), panel.model.line(panel.model.id_at(row)))
            assert found[0].rect.left() >= rect.right() - px(12) - actions, "the price is left of it"


def test_a_press_that_ends_elsewhere_does_nothing(made: Made) -> None:
    panel, acted = made([job("a", S.FAILED)])
    view = panel.view.viewport()
    at = _middle(panel, "a", Act.RETRY)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 20))
    assert acted == []


def test_a_row_that_moves_under_the_pointer_is_not_paid_by_mistake(made: Made) -> None:
    panel, acted = made([job("a", S.FAILED), job("b", S.FAILED, changed_at=NOW - 5)])
    view = panel.view.viewport()
    at = _middle(panel, "a", Act.RETRY)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    panel.model.told(job("c", S.FAILED, changed_at=NOW + 5))
    panel.model.settle()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at)
    assert acted == []


def test_a_double_click_spends_once(made: Made) -> None:
    panel, acted = made([job("a", S.FAILED)])
    view, at = panel.view.viewport(), _middle(panel, "a", Act.RETRY)
    _click(panel, at)
    panel.model.set_busy(["a"], True)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert acted == [(Act.RETRY, "a")]
    panel.model.set_busy(["a"], False)
    acted.clear()
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert len(acted) <= 1


def test_the_keyboard_reaches_every_button_and_return_never_spends(made: Made) -> None:
    panel, acted = made([job("a", S.RUNNING, position=1, submitted_at=NOW), job("b", S.FAILED, position=2)])
    view = panel.view
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.current_id == "a"
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.accessibleDescription() == "Cancel · up to 6 credits may be charged"
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.current_id == "b"
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.accessibleDescription() == "Retry · 6 credits"
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert acted == [(Act.DETAILS, "a"), (Act.CANCEL, "a")]
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert acted[-1] == (Act.RETRY, "b")


def _menu(panel: QueuePanel, job_id: str, acted: list[Act], *, is_busy: bool = False) -> list[QAction]:
    menu = QMenu(panel)
    more = panel.model.line(job_id).more
    add_job_entries(menu, more, acted.append, is_busy=is_busy, can_move=panel.model.can_move(job_id))
    return menu.actions()


def test_the_menu_of_a_row_has_everything_and_waits_while_busy(made: Made) -> None:
    panel, _acted = made([job("a", S.FAILED)])
    acted: list[Act] = []
    assert [entry.text() for entry in _menu(panel, "a", acted)] == ["Retry · 6 credits", "Details…"]
    busy = _menu(panel, "a", acted, is_busy=True)
    assert [entry.isEnabled() for entry in busy] == [False, True]
    busy[1].trigger()
    assert acted == [Act.DETAILS]


def test_the_order_can_be_changed_in_the_menu(made: Made) -> None:
    """Its entries had no icon, which the menu took for a missing one: the menu of a waiting picture never opened."""
    panel, _acted = made([job("a", position=1), job("b", position=2)])
    acted: list[Act] = []
    entries = {entry.text(): entry for entry in _menu(panel, "b", acted)}
    assert all(not entry.icon().isNull() for entry in entries.values())
    entries["Move up"].trigger()
    entries["Send next"].trigger()
    assert acted == [Act.UP, Act.FIRST]


def test_a_row_asks_for_its_menu_and_opens_its_picture(made: Made) -> None:
    panel, acted = made([job("a", S.DONE, result=Path("/x/a.png")), job("b", position=2)])
    asked: list[str] = []
    opened: list[str] = []
    panel.view.menu_wanted.connect(lambda job_id, _place: asked.append(job_id))
    panel.view.opened.connect(opened.append)
    panel.view.choose("a")
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Menu)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert (asked, opened, acted) == (["a"], ["a"], [])
    middle = panel.view.visualRect(panel.model.index(panel.model.row_of("b"))).center()
    QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert (opened, acted) == (["a", "b"], [])


def test_the_current_row_stays_current_when_rows_move(made: Made) -> None:
    jobs = [job(f"{n:03}", position=n) for n in range(300)]
    panel, _acted = made(jobs, height=412)
    panel.view.choose("150")
    for each in jobs[:120]:
        panel.model.told(replace(each, state=S.DONE, changed_at=NOW + each.position))
    panel.model.settle()
    assert panel.view.current_id == "150"
    panel.model.told(replace(jobs[151], state=S.DONE, changed_at=NOW + 999))
    panel.model.settle()
    assert panel.view.current_id == "150"


def test_the_head_follows(made: Made, qtbot: QtBot) -> None:
    panel, _acted = made([])
    assert panel.pages.currentIndex() == 1
    assert not panel.pause.isVisible()
    assert not panel.clear.isVisible()
    panel.model.told(job("a", S.RUNNING, submitted_at=NOW))
    panel.model.told(job("b", S.FAILED))
    panel.model.settle()
    assert panel.counts.text() == "1 in progress · 1 failed"
    assert panel.retry.label() == "Retry failed · 6 credits"
    with qtbot.waitSignal(panel.retry_wanted) as told:
        panel.retry.click()
    assert told.args == [["b"]]
    with qtbot.waitSignal(panel.clear_wanted) as told:
        panel.clear.click()
    assert told.args == [["b"]]
    with qtbot.waitSignal(panel.pause_wanted) as told:
        panel.pause.click()
    assert told.args == [True]
    panel.set_paused(True)
    assert panel.pause.label() == "Resume"
    with qtbot.waitSignal(panel.pause_wanted) as told:
        panel.pause.click()
    assert told.args == [False]


def _held(panel: QueuePanel, qtbot: QtBot) -> QWidget:
    """The panel in a window, to be kept: its own least size would keep it from being as narrow as in the program."""
    holder = QWidget()
    qtbot.addWidget(holder)
    panel.setParent(holder)
    holder.resize(1088, 600)
    holder.show()
    panel.show()
    return holder


def test_the_head_gives_up_whole_words_in_little_room(made: Made, qtbot: QtBot) -> None:
    """ "Paused · 2 queued" was shown as "Pau…ued" in the smallest window."""
    panel, _acted = made([job("a", S.QUEUED), job("b", S.QUEUED)])
    panel.show_after("Afterwards: let the computer sleep")
    panel.set_paused(True)
    panel.model.settle()
    _holder = _held(panel, qtbot)
    shown = set()
    for width in range(1088, panel.minimumSizeHint().width() - 1, -8):
        panel.resize(width, 600)
        QApplication.processEvents()
        shown.add((panel.counts.shown_text(), panel.pause.shown_words(), panel.title.isVisible()))
    assert {counts for counts, _pause, _title in shown} == {"Paused · 2 queued", "Paused"}
    assert ("Paused", "", False) in shown, "the words of a button with a sign go first, then the title"
    assert panel.pause.toolTip()


def test_words_that_grow_are_not_cut(made: Made, qtbot: QtBot) -> None:
    """A row in a column tells its old width until it is laid out anew: longer words stood where there was no room for them."""
    panel, _acted = made([job("a", S.QUEUED), job("b", S.QUEUED)])
    _holder = _held(panel, qtbot)
    shown = set()
    for width in range(1088, panel.minimumSizeHint().width() - 1, -8):
        panel.show_after("Off")
        panel.resize(width, 600)
        QApplication.processEvents()
        panel.show_after("Afterwards: let the computer sleep")
        QApplication.processEvents()
        shown.add(panel.after.shown_words())
        for button in (panel.after, panel.pause, panel.cancel):
            assert button.width() >= button.sizeHint().width(), f"{button.shown_words()} at {width}"
    assert shown == {"", "Afterwards: let the computer sleep"}


def test_painting_does_not_grow_with_the_queue(made: Made) -> None:
    """Measured by the thread's own time and beside a short one, so that a busy computer does not fail it."""

    def scrolled(count: int) -> float:
        panel, _acted = made([job(f"{n:05}", position=n) for n in range(count)], height=412)
        panel.grab()
        took = []
        for row in (count // 4, count // 3, count // 2):
            began = time.thread_time()
            panel.view.verticalScrollBar().setValue(60 * row)
            panel.grab()
            took.append(time.thread_time() - began)
            assert panel.view.indexAt(QPoint(10, 10)).row() == row
        return min(took)

    short, long = scrolled(60), scrolled(10_000)
    assert long < 5 * short, f"{long * 1000:.1f} ms against {short * 1000:.1f} ms"


def test_a_row_leaves_out_whole_parts_where_it_is_narrow() -> None:
    small = font("small", tabular=True)
    sentence = "4432 × 3072 · keeps running if you quit"
    room = QFontMetrics(small).horizontalAdvance(sentence)
    assert fitting(sentence, QFontMetrics(small), room) == sentence
    assert fitting(sentence, QFontMetrics(small), room - 1) == "4432 × 3072"
    running = line_of(job("a.jpg", S.RUNNING), "Recover 3", News(percent=44), NOW)
    assert (len(running.title) > len(running.brief), running.brief) == (True, "Running 44\u202f%")
