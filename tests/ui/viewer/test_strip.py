"""The bar above the viewer does what its keys and buttons say, and shows what the view does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from topazdesk.ui.viewer import SIDE_BY_SIDE, SPLIT, CompareView, ViewerStrip

Sharp = Callable[[CompareView], QImage]
Files = dict[str, Path]


@pytest.fixture
def strip(view: CompareView, qtbot: QtBot) -> ViewerStrip:
    bar = ViewerStrip(view)
    qtbot.addWidget(bar)
    bar.resize(760, 36)
    bar.show()
    return bar


def number(strip: ViewerStrip) -> str:
    return strip.field.text().replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_modes_follow_each_other(view: CompareView, strip: ViewerStrip, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["after"])
    sharp(view)
    assert strip.modes.value() is SPLIT
    side = strip.modes.segment(SIDE_BY_SIDE)
    assert side is not None
    side.click()
    assert view.stage.mode is SIDE_BY_SIDE
    view.stage.set_mode(SPLIT)
    assert strip.modes.value() is SPLIT


def test_buttons_zoom(view: CompareView, strip: ViewerStrip, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    assert number(strip) == "20 %"
    strip.larger.click()
    assert number(strip) == "25 %"
    strip.smaller.click()
    assert number(strip) == "20 %"
    strip.actual.click()
    assert number(strip) == "100 %"
    strip.fit.click()
    assert number(strip) == "20 %"


def test_a_typed_number_zooms(view: CompareView, strip: ViewerStrip, files: Files, sharp: Sharp) -> None:
    view.set_pair(files["before"], files["large"])
    sharp(view)
    strip.field.selectAll()
    QTest.keyClicks(strip.field, "62,5")
    QTest.keyClick(strip.field, Qt.Key.Key_Return)
    assert view.stage.percent == pytest.approx(62.5)
    strip.field.selectAll()
    QTest.keyClicks(strip.field, "many")
    QTest.keyClick(strip.field, Qt.Key.Key_Return)
    assert view.stage.percent == pytest.approx(62.5)
    assert number(strip) == "62 %"
    QTest.keyClick(strip.field, Qt.Key.Key_Up)
    assert view.stage.percent == pytest.approx(67)


def test_without_a_result_the_modes_say_why_they_rest(
    view: CompareView, strip: ViewerStrip, files: Files, sharp: Sharp
) -> None:
    assert not strip.fit.isEnabled()
    view.set_pair(files["before"], None)
    sharp(view)
    assert strip.fit.isEnabled()
    assert not strip.modes.isEnabled()
    assert "no result" in strip.modes.toolTip()
    view.set_pair(files["before"], files["after"])
    sharp(view)
    assert strip.modes.isEnabled()
    assert strip.modes.toolTip() == ""


def test_every_control_has_a_name_and_can_be_reached(strip: ViewerStrip) -> None:
    for widget in (strip.smaller, strip.field, strip.larger, strip.fit, strip.actual):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert widget.height() >= 24
