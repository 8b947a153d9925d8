"""The ring of the keyboard focus, notices, progress, and sheets that are awaited without a nested loop."""

from __future__ import annotations

import asyncio

import pytest
import qasync
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.stage import staged
from topazdesk.ui.controls import (
    Button,
    ElidedLabel,
    Notice,
    NoticeAction,
    NoticeBar,
    ProgressLine,
    Sheet,
    Switch,
    Text,
)
from topazdesk.ui.controls.dressed import Menu
from topazdesk.ui.theme import Theme
from topazdesk.ui.theme.focus_ring import FocusRing

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def ring(qapp: QApplication, themed: Theme) -> FocusRing:
    return FocusRing.install(qapp, themed)


def test_the_ring_is_for_the_keyboard_only(qtbot: QtBot, ring: FocusRing) -> None:
    button = Button("Add")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window = staged(qtbot, button)
    first = window.focusWidget()
    assert first is not None
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert button.hasFocus()
    assert ring.target is button
    first.setFocus()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.hasFocus()
    assert ring.target is None


def test_the_ring_lies_around_and_follows(qtbot: QtBot, ring: FocusRing) -> None:
    switch = Switch("On")
    window = staged(qtbot, switch)
    switch.setFocus(Qt.FocusReason.TabFocusReason)
    overlay = ring.overlay
    assert overlay is not None
    assert overlay.isVisible()
    shape = switch.focus_shape()[0].toRect().translated(switch.pos())
    assert overlay.geometry() == shape.adjusted(-4, -4, 4, 4)
    before = overlay.geometry()
    window.resize(window.width() + 80, window.height() + 60)
    qtbot.waitUntil(lambda: overlay.geometry() != before)
    assert overlay.geometry().intersects(QRect(switch.pos(), switch.size()))


def test_the_ring_is_cut_where_the_scroll_area_ends(qtbot: QtBot, ring: FocusRing) -> None:
    area, inside = QScrollArea(), QWidget()
    column = QVBoxLayout(inside)
    lines = [QLineEdit() for _ in range(30)]
    for line in lines:
        column.addWidget(line)
    area.setWidget(inside)
    area.setFixedHeight(120)
    staged(qtbot, area)
    lines[0].setFocus(Qt.FocusReason.TabFocusReason)
    overlay = ring.overlay
    assert overlay is not None
    assert overlay.isVisible()
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: not overlay.isVisible())


def test_the_ring_goes_with_a_destroyed_control(qtbot: QtBot, ring: FocusRing) -> None:
    button = Button("Add")
    staged(qtbot, button)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.target is button
    button.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert ring.target is not button


def test_long_names_are_cut_in_the_middle(qtbot: QtBot) -> None:
    label = ElidedLabel("scan-of-a-very-old-photograph-0017.tif")
    qtbot.addWidget(label)
    label.resize(120, 18)
    label.show()
    shown = label.shown_text()
    assert shown.startswith("scan")
    assert shown.endswith(".tif")
    assert "…" in shown
    assert label.toolTip() == label.accessibleName() == label.text()


def test_a_notice_acts_closes_and_copies_details(qtbot: QtBot) -> None:
    bar = NoticeBar()
    staged(qtbot, bar)
    assert bar.isHidden()
    done: list[str] = []
    notice = bar.add(
        Notice(
            "err",
            "Not saved",
            "Choose another folder.",
            details="code 7",
            actions=(NoticeAction("Choose…", lambda: done.append("x")),),
        )
    )
    bar.add(Notice("info", "Found 2 results"))
    assert [n.title for n in bar.notices()] == ["Found 2 results", "Not saved"]
    assert notice.details_button is not None
    notice.details_button.click()
    assert notice.details_shown()
    notice.copy_button.click()
    assert QGuiApplication.clipboard().text() == "Not saved\nChoose another folder.\ncode 7"
    notice.buttons[0].click()
    assert done == ["x"]
    assert [n.title for n in bar.notices()] == ["Found 2 results"]
    last = bar.notices()[0].close_button
    assert last is not None
    last.click()
    assert bar.isHidden()


def test_the_same_notice_does_not_pile_up(qtbot: QtBot) -> None:
    bar = NoticeBar()
    staged(qtbot, bar)
    for _ in range(5):
        bar.add(Notice("warn", "No connection", "It resumes automatically."))
    assert len(bar.notices()) == 1


def test_of_many_notices_the_newest_is_shown_and_a_button_brings_the_others(qtbot: QtBot) -> None:
    """Three took a quarter of the picture."""
    bar = NoticeBar()
    staged(qtbot, bar)
    made = [bar.add(Notice("warn", f"Notice {number}")) for number in range(2)]
    assert [each.isHidden() for each in bar.notices()] == [False, False]
    assert bar.more.isHidden()
    made += [bar.add(Notice("err", f"Notice {number}")) for number in (2, 3)]
    assert [each.title for each in bar.notices() if not each.isHidden()] == ["Notice 3"]
    assert bar.more.text() == "3 more notices"
    bar.more.click()
    assert not any(each.isHidden() for each in bar.notices())
    bar.more.click()
    bar.remove(made[3])
    assert [each.title for each in bar.notices() if not each.isHidden()] == ["Notice 2"], "the next one comes forward"
    bar.remove(made[1])
    assert [each.isHidden() for each in bar.notices()] == [False, False]
    assert bar.more.isHidden()
    bar.set_low(True)
    assert [each.title for each in bar.notices() if not each.isHidden()] == ["Notice 2"], "where there is little room"
    assert bar.more.text() == "1 more notice"
    bar.set_low(False)
    assert bar.more.isHidden()


def test_a_title_alone_stands_level_with_the_buttons(qtbot: QtBot) -> None:
    """Below it was an empty line, as if something were missing."""
    notice = Notice("info", "Settings copied", actions=(NoticeAction("Undo", lambda: None),))
    qtbot.addWidget(notice)
    title = next(each for each in notice.findChildren(Text) if each.text() == "Settings copied")
    button = notice.buttons[0]
    notice.resize(500, notice.heightForWidth(500))
    notice.show()
    assert abs(title.geometry().center().y() - button.geometry().center().y()) <= 1
    notice.set_hint("They are on the clipboard.")
    notice.resize(500, notice.heightForWidth(500))
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert title.y() == button.y()


def test_wrapped_titles_are_never_cut(qtbot: QtBot) -> None:
    """The second line of long titles lost its lower half as soon as two notices were shown."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    bar = NoticeBar()
    column.addWidget(bar)
    column.addWidget(QWidget(), 1)
    qtbot.addWidget(box)
    box.resize(634, 500)
    box.show()
    undo, add = (NoticeAction(words, lambda: None, "undo") for words in ("Undo", "Add it as a picture"))
    for name, actions in (
        ("still-life_standard-2_9.43x.jpg.topazdesk.json", (undo,)),
        ("mountain-lake_standard-2_2x.jpg", (undo, add)),
    ):
        title = f"{name} was made with Standard 2"
        bar.add(Notice("ok", title, "Its settings are applied again.", actions=actions))
    qtbot.waitUntil(lambda: len(bar.notices()) == 2 and bar.notices()[1].y() > 0)
    qtbot.waitUntil(lambda: bar.notices()[1].y() > bar.notices()[0].height() and bar.notices()[1].width() < 634)
    for notice in bar.notices():
        assert notice.height() >= notice.heightForWidth(notice.width()), notice.title
    assert bar.height() < 250, "and takes no more than it needs"


def test_buttons_of_a_notice_stand_below_each_other_in_a_narrow_place(qtbot: QtBot) -> None:
    """Beside each other they were wider than the viewer of a small window, whose edge cut the notice."""
    box = QWidget()
    column = QVBoxLayout(box)
    bar = NoticeBar()
    column.addWidget(bar)
    qtbot.addWidget(box)
    actions = tuple(
        NoticeAction(words, lambda: None) for words in ("Stattdessen Standard 2 verwenden", "Dienst behalten")
    )
    notice = bar.add(Notice("info", "Topaz hat kein Real-ESRGAN Fast.", "Ein anderes Modell?", actions=actions))
    for width, is_column in ((900, False), (340, True), (900, False)):
        notice.arrange(width)
        first, second = notice.buttons
        box.resize(width, 400)
        box.show()
        qtbot.waitUntil(lambda first=first, second=second, is_column=is_column: (second.y() > first.y()) is is_column)
        assert second.mapTo(notice, second.rect().topRight()).x() < notice.width()


def test_a_sheet_is_wide_enough_for_its_buttons(qtbot: QtBot) -> None:
    """Three buttons with German words were narrower than their words, unless something in the body was wider."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 500)
    window.show()
    sheet = Sheet(window, "Key", width=200)
    buttons = [Button("Stay in the free sandbox"), Button("Cancel"), Button("Save key")]
    for button in buttons:
        sheet.footer.addWidget(button)
    sheet.open()
    qtbot.waitUntil(sheet.isVisible)
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    sheet.reject()


def test_progress_without_an_amount_stands_still_for_reduced_motion(qtbot: QtBot) -> None:
    line = ProgressLine()
    staged(qtbot, line)
    line.set_unknown()
    assert line.is_unknown
    first = line.grab().toImage()
    QApplication.processEvents()
    assert line.grab().toImage() == first
    line.set_share(0.43)
    assert not line.is_unknown
    assert line.value() == 430


def test_a_sheet_is_awaited_while_other_tasks_go_on(qtbot: QtBot, qapp: QApplication) -> None:
    """An exec() inside a task stopped other tasks for good; an opened and awaited sheet must not."""
    window = staged(qtbot)
    window.resize(800, 600)
    turns: list[int] = []

    async def other() -> None:
        for turn in range(20):
            turns.append(turn)
            await asyncio.sleep(0)

    async def ask() -> int:
        sheet = Sheet(window, "Add your Topaz key")
        save = Button("Save key", "primary")
        save.clicked.connect(sheet.accept)
        sheet.footer.addStretch(1)
        sheet.footer.addWidget(save)
        asyncio.get_running_loop().call_later(0.05, save.click)
        ticking = asyncio.create_task(other())
        code = await sheet.answered()
        await ticking
        return code

    loop = qasync.QEventLoop(qapp, set_running_loop=False)
    try:
        assert loop.run_until_complete(ask()) == int(Sheet.DialogCode.Accepted)
    finally:
        loop.close()
    assert turns == list(range(20))


def test_escape_closes_a_sheet_and_the_shade_goes(qtbot: QtBot) -> None:
    window = staged(qtbot)
    window.resize(800, 600)
    sheet = Sheet(window, "Confirm", closable=True)
    sheet.open()
    assert sheet.isModal()
    children = len([w for w in window.findChildren(QWidget) if w.geometry() == window.rect() and w.isVisible()])
    assert children == 1
    centre = window.mapToGlobal(QPoint(400, 300))
    assert (sheet.frameGeometry().center() - centre).manhattanLength() <= 3
    with qtbot.waitSignal(sheet.rejected):
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not [w for w in window.findChildren(QWidget) if w.geometry() == window.rect() and w.isVisible()]


def test_a_window_that_opens_shows_no_ring_before_the_keyboard_is_used(qtbot: QtBot, ring: FocusRing) -> None:
    """At the start of the program the first button of the window carried a ring that nobody had asked for."""
    button = Button("Add")
    staged(qtbot, button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    other, line, second = QWidget(), QLineEdit(), QLineEdit()
    qtbot.addWidget(other)
    column = QVBoxLayout(other)
    column.addWidget(line)
    column.addWidget(second)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(line.hasFocus)
    assert ring.target is None
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    assert ring.target is second


def test_a_closed_notice_gives_the_keys_back(qtbot: QtBot) -> None:
    """They went to whatever came next, and Space pressed that."""
    bar, before, after = NoticeBar(), Button("Before"), Button("After")
    window = staged(qtbot, before, bar, after)
    bar.add(Notice("ok", "First"))
    seen: list[QWidget | None] = []
    second = Notice("ok", "Second", actions=(NoticeAction("Show", lambda: seen.append(window.focusWidget())),))
    bar.add(second)
    first = bar.notices()[1]
    before.setFocus()
    assert first.close_button is not None
    qtbot.mouseClick(first.close_button, Qt.MouseButton.LeftButton)
    assert before.hasFocus()
    qtbot.mouseClick(second.buttons[0], Qt.MouseButton.LeftButton)
    assert seen == [before], "a dialog that the action opens gives the keys back there"
    assert before.hasFocus()


def test_a_notice_whose_cause_goes_gives_the_keys_back(qtbot: QtBot) -> None:
    bar, before = NoticeBar(), Button("Before")
    staged(qtbot, before, bar, Button("After"))
    notice = bar.add(Notice("warn", "Waiting"))
    before.setFocus()
    assert notice.close_button is not None
    notice.close_button.setFocus(Qt.FocusReason.TabFocusReason)
    bar.remove(notice)
    assert before.hasFocus()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("entries", [3, 14, 20])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("is_above", [False, True])
def test_a_menu_never_covers_the_button_that_opens_it(qtbot: QtBot, entries: int, share: float, is_above: bool) -> None:
    """On a low screen the fields of the file name lay over "Insert"."""
    button = Button("Insert", caret=True)
    qtbot.addWidget(button)
    screen = button.screen().availableGeometry()
    button.resize(90, 28)
    button.move(screen.left() + 200, screen.top() + round(share * (screen.height() - 28)))
    button.show()
    menu = Menu(button)
    for number in range(entries):
        menu.addAction(f"Field {number}")
    menu.drop_down(button, is_above=is_above)
    place = QRect(button.mapToGlobal(QPoint(0, 0)), button.size())
    assert not menu.geometry().intersects(place)
    assert screen.contains(menu.geometry()), "all of it can be reached"
    menu.close()
