"""Buttons, switches, segments and lists by keyboard and pointer, and what a screen reader is told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.stage import staged
from topazdesk.ui.controls import (
    Badge,
    Button,
    CheckBox,
    Choice,
    IconButton,
    Option,
    RadioButton,
    SectionHead,
    Segmented,
    SteppedLabel,
    Switch,
)
from topazdesk.ui.theme import Theme

pytestmark = pytest.mark.usefixtures("themed")


def test_return_and_space_press_a_button(qtbot: QtBot) -> None:
    button = Button("Add", icon="add")
    staged(qtbot, button)
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_Return)
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_Space)


def test_return_with_a_modifier_is_left_to_shortcuts(qtbot: QtBot) -> None:
    button = Button("Add")
    staged(qtbot, button)
    with qtbot.assertNotEmitted(button.clicked, wait=0):
        qtbot.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_a_disabled_button_says_why(qtbot: QtBot) -> None:
    button = Button("Enhance", "primary")
    qtbot.addWidget(button)
    button.set_reason("Add pictures first")
    assert not button.isEnabled()
    assert button.toolTip() == button.accessibleDescription() == "Add pictures first"
    button.set_reason("")
    assert button.isEnabled()
    assert button.toolTip() == ""


def test_a_button_is_never_narrower_than_its_text(qtbot: QtBot) -> None:
    short, long = Button("Add"), Button("Enhance 3 pictures · 18 credits", size="main")
    qtbot.addWidget(short)
    qtbot.addWidget(long)
    assert long.minimumSizeHint().width() > short.minimumSizeHint().width() + 100
    assert (short.sizeHint().height(), long.sizeHint().height()) == (32, 40)


def test_icon_buttons_speak(qtbot: QtBot) -> None:
    button = IconButton("undo", "Undo")
    qtbot.addWidget(button)
    spoken = QAccessible.queryAccessibleInterface(button)
    assert spoken.text(QAccessible.Text.Name) == "Undo"
    assert spoken.role() in (QAccessible.Role.Button, QAccessible.Role.PushButton)


def test_a_switch_toggles_by_space_and_by_its_word(qtbot: QtBot) -> None:
    switch = Switch("Show outdated")
    staged(qtbot, switch)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert switch.isChecked()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(switch.width() - 5, switch.height() // 2))
    assert not switch.isChecked()


def test_segments_move_by_arrows_and_tell_only_of_the_user(qtbot: QtBot) -> None:
    row = Segmented([Option("a", "Split"), Option("b", "Side by side"), Option("c", "Difference")], name="View")
    staged(qtbot, row)
    heard: list[object] = []
    row.chosen.connect(heard.append)
    row.set_value("a")
    assert heard == []
    first = row.segment("a")
    assert first is not None
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert row.value() == "b"
    assert heard == ["b"]
    row.set_value("nothing")
    assert row.value() is None


def test_segments_tell_true_from_one(qtbot: QtBot) -> None:
    row = Segmented([Option(None, "Auto"), Option(True, "On"), Option(False, "Off")])
    qtbot.addWidget(row)
    row.set_value(False)
    assert row.value() is False
    row.set_value(None)
    assert row.value() is None
    auto = row.segment(None)
    assert auto is not None
    assert auto.isChecked()


def test_prices_under_factors_change_without_new_buttons(qtbot: QtBot) -> None:
    row = Segmented([Option(2, "2×", second="1 cr"), Option(4, "4×", second="3 cr")], two_lines=True)
    qtbot.addWidget(row)
    row.set_value(4)
    before = row.segment(4)
    row.set_options([Option(2, "2×", second="2 cr"), Option(4, "4×", second="6 cr")])
    assert row.segment(4) is before
    assert before is not None
    assert before.accessibleName() == "4×, 6 cr"
    assert row.value() == 4


def test_a_list_with_auto(qtbot: QtBot) -> None:
    choice = Choice([("s", "Subject"), ("b", "Background")], name="Apply to", optional=True)
    staged(qtbot, choice)
    heard: list[object] = []
    choice.chosen.connect(heard.append)
    assert choice.is_auto
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert (choice.value(), choice.is_auto) == ("s", False)
    qtbot.keyClick(choice, Qt.Key.Key_Delete)
    assert choice.is_auto
    assert heard == ["s", None]
    choice.set_value("unknown")
    assert not choice.is_auto
    assert heard == ["s", None]


def test_badges_have_a_word(qtbot: QtBot) -> None:
    badge = Badge("generative")
    qtbot.addWidget(badge)
    assert badge.accessibleName() == "Generative"
    badge.set_kind("unverified", "Not verified: ask for a price first")
    assert badge.accessibleName() == "Not verified: ask for a price first"


def test_a_group_head_folds(qtbot: QtBot) -> None:
    head = SectionHead("Detail")
    staged(qtbot, head)
    with qtbot.waitSignal(head.toggled) as told:
        qtbot.keyClick(head.fold_button, Qt.Key.Key_Space)
    assert told.args == [False]
    assert "Folded" in head.fold_button.accessibleDescription()


def test_a_theme_change_reaches_painted_controls(qtbot: QtBot, qapp: QApplication) -> None:
    button = Button("Add")
    staged(qtbot, button)
    dark = button.grab().toImage().pixelColor(button.width() // 2, 4)
    Theme.apply(qapp, "light", high_contrast=False, reduced_motion=True)
    light = button.grab().toImage().pixelColor(button.width() // 2, 4)
    assert light.lightness() > dark.lightness() + 100


def test_larger_text_makes_larger_controls(qtbot: QtBot, qapp: QApplication) -> None:
    small = Button("Add").sizeHint()
    Theme.apply(qapp, "dark", high_contrast=False, text_scale=1.5)
    large = Button("Add").sizeHint()
    assert large.height() == round(small.height() * 1.5)
    assert large.width() > small.width() * 1.3


def test_check_boxes_and_radio_buttons_by_keyboard(qtbot: QtBot) -> None:
    box, first, second = CheckBox("Creative", "invents detail"), RadioButton("Keep"), RadioButton("Forget")
    staged(qtbot, box, first, second)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()
    assert box.accessibleDescription() == "invents detail"
    first.setChecked(True)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert second.isChecked()
    assert not first.isChecked()
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton, pos=first.rect().center())
    assert first.isChecked()


def test_a_japanese_sentence_ends_at_its_own_full_stop(qtbot: QtBot) -> None:
    """The footer's two sentences were elided in the middle, as there is neither point nor blank between them."""
    label = SteppedLabel("準備完了。このコンピューターの外には何も送信されません。")
    qtbot.addWidget(label)
    label.resize(label.fontMetrics().horizontalAdvance("準備完了。この"), 20)
    assert label.shown_text() == "準備完了"


def test_a_line_loses_its_last_parts_before_it_is_cut(qtbot: QtBot) -> None:
    """A narrow footer said "Ready. Nothi…ess Enhance."."""
    label = SteppedLabel("1 in progress · a name 40 % · about 2 min")
    qtbot.addWidget(label)
    room = label.fontMetrics().horizontalAdvance
    label.show()
    shown = []
    for width in (
        room("1 in progress · a name 40 % · about 2 min") + 40,
        room("1 in progress · a name 40 %") + 30,
        room("1 in progress") + 20,
    ):
        label.resize(width, 20)
        shown.append(label.shown_text())
    assert shown == ["1 in progress · a name 40 % · about 2 min", "1 in progress · a name 40 %", "1 in progress"]
    assert label.toolTip() == label.text()
    label.setText("Ready. Nothing is sent anywhere.")
    assert label.shown_text() == "Ready"
    label.resize(20, 20)
    assert label.shown_text().endswith("…")
