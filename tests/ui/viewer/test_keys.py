"""Where the keys go: a press gives them to the pictures, and what goes away never leaves them with a button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.timed_keys import let_space_go, press_space, tap_space
from topazdesk.ui.controls import Button
from topazdesk.ui.viewer import CompareView, ViewerStrip
from topazdesk.ui.viewer.modes import SPLIT, SWAP

Files = dict[str, Path]
Sharp = Callable[[CompareView], QImage]
LEFT = Qt.MouseButton.LeftButton


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def between(view: CompareView, qtbot: QtBot) -> tuple[QWidget, Button, Button]:
    """The viewer in an active window, with a button before it and one after it in Qt's own order."""
    window = QWidget()
    qtbot.addWidget(window, before_close_func=lambda _closed, kept=window: kept.hide())  # qtbot itself holds it weakly
    first, last = Button("Open"), Button("Pay")
    column = QVBoxLayout(window)
    for widget in (first, view, last):
        column.addWidget(widget)
    window.resize(700, 500)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window, first, last


def test_space_on_the_divider_presses_no_button(view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot) -> None:
    """The divider went away while Space was held, and the button that got the keys was pressed."""
    _window, _first, last = between(view, qtbot)
    pressed: list[bool] = []
    last.clicked.connect(lambda: pressed.append(True))
    view.set_pair(files["before"], files["after"])
    sharp(view)
    divider = view.stage.divider
    qtbot.mouseClick(divider, LEFT, pos=divider.rect().center())
    assert divider.hasFocus()
    for _ in range(2):
        press_space(focused())
        assert view.stage.holds_source
        assert view.hasFocus()
        let_space_go(focused())
        qtbot.waitUntil(lambda: not view.stage.holds_source)
        assert view.stage.mode is SPLIT
        assert divider.hasFocus(), "the arrow keys go on moving it"
    assert not pressed


def test_another_mode_gives_the_dividers_keys_to_the_picture(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    between(view, qtbot)
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.stage.divider.setFocus()
    view.stage.choose(SWAP)
    assert view.hasFocus()
    view.stage.set_mode(SPLIT)
    assert view.hasFocus(), "nobody asked for the divider"


def test_a_click_on_the_toolbar_leaves_the_keys_with_the_pictures(
    view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot
) -> None:
    """After a click on a mode, Space pressed its button again."""
    window, _first, _last = between(view, qtbot)
    strip = ViewerStrip(view)
    column = window.layout()
    assert column is not None
    column.addWidget(strip)
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.setFocus()
    segment = strip.modes.segment(SWAP)
    assert segment is not None
    for button in (strip.fit, strip.actual, strip.larger, strip.unit, segment):
        qtbot.mouseClick(button, LEFT)
        assert view.hasFocus(), button.accessibleName()
    tap_space(view)
    qtbot.waitUntil(lambda: view.stage.is_swapped)


def test_the_turn_button_takes_no_keys(view: CompareView, files: Files, sharp: Sharp, qtbot: QtBot) -> None:
    between(view, qtbot)
    view.set_pair(files["before"], files["after"])
    sharp(view)
    view.setFocus()
    turn = next(each for each in view.children() if isinstance(each, QWidget) and each.toolTip() == "Turn divider")
    qtbot.mouseClick(turn, LEFT, pos=QPoint(12, 12))
    assert view.stage.divider.turned
    assert view.hasFocus()
