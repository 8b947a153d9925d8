"""Slider and number field: Auto, taking over, giving back, steps, locales, and what is no number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.support.stage import staged
from topazdesk.ui.controls import NumberField, Slider

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


def _wheel(widget: QWidget, notches: int) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_slider_steps_by_keys(qtbot: QtBot) -> None:
    slider = Slider(0, 1, 0.01, name="Sharpen")
    staged(qtbot, slider)
    slider.set_number(0.5)
    heard: list[float] = []
    slider.edited.connect(heard.append)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert heard == [0.51, 0.61, 1.0]


def test_stops_are_multiples_of_the_step_and_the_ends(qtbot: QtBot) -> None:
    slider = Slider(0.01, 2.0, 0.1)
    staged(qtbot, slider)
    slider.set_number(0.01)
    heard: list[float] = []
    slider.edited.connect(heard.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(slider, key)
    assert heard == [0.1, 0.2, 2.0, 0.01]


def test_a_value_between_stops_is_not_moved(qtbot: QtBot) -> None:
    slider = Slider(0, 10, 0.1)
    qtbot.addWidget(slider)
    slider.set_number(4.25)
    assert slider.number() == 4.25


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Right])
def test_slider_takes_over_from_auto(qtbot: QtBot, key: Qt.Key) -> None:
    slider = Slider(0, 1, 0.01)
    staged(qtbot, slider)
    slider.set_auto(0.5)
    with qtbot.waitSignal(slider.edited) as told:
        qtbot.keyClick(slider, key)
    assert told.args == [0.5 if key == Qt.Key.Key_Return else 0.51]
    assert not slider.is_auto


def test_a_click_takes_over_where_it_points(qtbot: QtBot) -> None:
    slider = Slider(0, 1, 0.01)
    staged(qtbot, slider)
    slider.set_auto(0.5)
    with qtbot.waitSignal(slider.edited) as told:
        qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() * 3 // 4, slider.height() // 2))
    assert told.args is not None
    assert told.args[0] == pytest.approx(0.75, abs=0.03)
    assert slider.isSliderDown()
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton)
    assert not slider.isSliderDown()


def test_delete_and_double_click_give_back(qtbot: QtBot) -> None:
    slider = Slider(0, 1, 0.01)
    staged(qtbot, slider)
    slider.set_number(0.3)
    with qtbot.waitSignal(slider.returned):
        qtbot.keyClick(slider, Qt.Key.Key_Delete)
    with qtbot.waitSignal(slider.returned):
        qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)


def test_scrolling_past_changes_nothing(qtbot: QtBot) -> None:
    slider, field = Slider(0, 1, 0.01), NumberField(0, 1, 0.01)
    staged(qtbot, slider, field)
    slider.set_number(0.5)
    field.set_number(0.5)
    _wheel(slider, 1)
    _wheel(field, 1)
    assert (slider.number(), field.number()) == (0.5, 0.5)
    slider.setFocus()
    _wheel(slider, 1)
    field.setFocus()
    _wheel(field, -1)
    assert (slider.number(), field.number()) == (0.51, 0.49)


def test_slider_is_a_slider_to_a_screen_reader(qtbot: QtBot) -> None:
    slider = Slider(1, 9, 1, name="Creativity")
    qtbot.addWidget(slider)
    slider.set_number(3)
    spoken = QAccessible.queryAccessibleInterface(slider)
    assert spoken.role() == QAccessible.Role.Slider
    assert spoken.text(QAccessible.Text.Name) == "Creativity"
    assert spoken.valueInterface() is not None


def test_a_digit_takes_over_in_the_field(qtbot: QtBot) -> None:
    field = NumberField(0, 1, 0.01, optional=True)
    staged(qtbot, field)
    field.set_auto(0.5)
    heard: list[object] = []
    field.edited.connect(heard.append)
    field.setFocus()
    qtbot.keyClicks(field, "0.7")
    assert not field.is_auto
    assert heard[-1] == 0.7
    assert field.text() == "0.7"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_return_takes_over_at_the_ghost(qtbot: QtBot, key: Qt.Key) -> None:
    field = NumberField(0, 1, 0.01, optional=True)
    staged(qtbot, field)
    field.set_auto(0.8)
    with qtbot.waitSignal(field.edited) as told:
        qtbot.keyClick(field, key)
    assert told.args == [0.8]
    assert field.text() == "0.80"
    assert field.selectedText() == "0.80"


def test_delete_gives_back_only_the_whole_value(qtbot: QtBot) -> None:
    field = NumberField(0, 100, 1, optional=True)
    staged(qtbot, field)
    field.set_number(42)
    field.setFocus()
    field.setCursorPosition(1)
    with qtbot.assertNotEmitted(field.returned, wait=0):
        qtbot.keyClick(field, Qt.Key.Key_Delete)
    assert field.text() == "4"
    field.selectAll()
    with qtbot.waitSignal(field.returned):
        qtbot.keyClick(field, Qt.Key.Key_Delete)


def test_leaving_an_emptied_field_gives_back(qtbot: QtBot) -> None:
    field, other = NumberField(0, 1, 0.01, optional=True), NumberField()
    staged(qtbot, field, other)
    field.set_number(0.5)
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    with qtbot.waitSignal(field.returned):
        other.setFocus()


def test_what_is_no_number_is_told_and_kept(qtbot: QtBot) -> None:
    field = NumberField(0, 1, 0.01)
    staged(qtbot, field)
    field.setFocus()
    with qtbot.waitSignal(field.edited) as told:
        qtbot.keyClick(field, "x")
    assert told.args == [None]
    assert field.text() == "x"


def test_typing_is_not_rewritten_under_the_fingers(qtbot: QtBot) -> None:
    field = NumberField(0, 1, 0.01)
    staged(qtbot, field)
    field.edited.connect(lambda value: field.set_number(value) if value is not None else None)
    field.setFocus()
    qtbot.keyClicks(field, "0.5")
    assert field.text() == "0.5"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "0.50"


def test_steps_stay_in_range(qtbot: QtBot) -> None:
    field = NumberField(0, 1, 0.01)
    staged(qtbot, field)
    field.set_number(0.995)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.number() == 1.0
    qtbot.keyClick(field, Qt.Key.Key_PageDown)
    assert field.number() == 0.9


@pytest.mark.usefixtures("german")
def test_the_comma_of_the_locale_and_the_point_both_work(qtbot: QtBot) -> None:
    field = NumberField(0, 1, 0.01)
    staged(qtbot, field)
    field.set_number(0.5)
    assert field.text() == "0,50"
    for text in ("0,25", "0.25"):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        assert field.number() == 0.25
