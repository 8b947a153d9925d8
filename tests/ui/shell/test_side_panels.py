"""The panels at both sides: hidden by Tab, key, menu and button, made wider, and as they were at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.window import jpeg, live, no_environment, profile_with_sandbox, quiet, until
from topazdesk.app.settings import Settings
from topazdesk.ui.shell.columns import LIST, LIST_MOST, RECIPE, RECIPE_LEAST, RECIPE_MOST, Columns
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import px

__all__ = ["no_environment"]


def _hidden(window: Window) -> tuple[bool, bool]:
    return window.pictures.isHidden(), window.recipe.isHidden()


def _drag(window: Window, way: int) -> None:
    """Drag the line left of the recipe."""
    handle = window.outer.handle(1)
    at = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(handle, at + QPoint(way, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=at + QPoint(way, 0))


def test_keys_and_menu_hide_and_show_them(bare: Window) -> None:
    window, run = bare, bare.commands.run
    checked = {name: window.commands[name] for name in ("list_panel", "recipe_panel", "side_panels")}

    def ticks(actions: dict[str, QAction]) -> list[bool]:
        return [action.isChecked() for action in actions.values()]

    assert ticks(checked) == [True, True, True]
    run("recipe_panel")
    assert _hidden(window) == (False, True)
    assert ticks(checked) == [True, False, False]
    run("side_panels")
    assert _hidden(window) == (True, True)
    run("side_panels")
    assert _hidden(window) == (False, True), "as it was before"
    run("recipe_panel")
    run("list_panel")
    run("recipe_panel")
    assert _hidden(window) == (True, True)
    run("side_panels")
    assert _hidden(window) == (False, False), "hidden one by one, both come back"


def test_buttons_bring_them_back_and_the_menu_stays_in_reach(bare: Window) -> None:
    window = bare
    assert not window.panels.list_button.isVisible()
    assert not window.panels.recipe_button.isVisible()
    window.commands.run("side_panels")
    for button in (window.panels.menu_button, window.panels.list_button, window.panels.recipe_button):
        assert button.isVisible()
    assert window.panels.list_button.accessibleName() == "Show pictures (F7)"
    window.panels.recipe_button.click()
    assert _hidden(window) == (True, False)
    window.commands.run("find")
    assert _hidden(window) == (False, False), "the filter is in the list"
    assert window.window().focusWidget() is window.pictures.filter


def test_a_panel_hidden_at_the_last_start_is_brought_back_at_its_own_side(bare: Window, qtbot: QtBot) -> None:
    """The tools of the viewer came after the button, so that it stood at the left of them."""
    bare.panels.restore(Columns(hides_recipe=True))
    strip, button = bare.viewer.strip, bare.panels.recipe_button
    bare.viewer.strip.show()
    qtbot.waitUntil(lambda: strip.isVisible() and strip.width() > 300)
    assert button.mapTo(bare, QPoint(0, 0)).x() >= strip.mapTo(bare, QPoint(strip.width(), 0)).x() - 1


def test_the_keys_do_not_go_with_a_panel(bare: Window) -> None:
    bare.pictures.add_button.setFocus()
    bare.commands.run("list_panel")
    assert bare.window().focusWidget() is bare.viewer.empty.choose


@pytest.mark.parametrize(("way", "width"), [(-60, RECIPE + 60), (-400, RECIPE_MOST), (400, RECIPE_LEAST)])
def test_the_recipe_is_dragged_within_its_limits(bare: Window, way: int, width: int, qtbot: QtBot) -> None:
    assert bare.recipe.width() == px(RECIPE)
    _drag(bare, way)
    assert abs(bare.recipe.width() - px(width)) <= 3  # where in the line the mouse is
    qtbot.waitUntil(lambda: bare.footer._button_room.width() == bare.recipe.width())  # aligned with it
    QTest.mouseDClick(bare.outer.handle(1), Qt.MouseButton.LeftButton)
    assert bare.recipe.width() == px(RECIPE)


def test_widths_by_key(bare: Window) -> None:
    seen = []
    for _ in range(3):
        bare.commands.run("recipe_width")
        seen.append(bare.panels.columns().recipe_width)
    assert seen == [RECIPE_MOST, RECIPE_LEAST, RECIPE]
    bare.commands.run("list_width")
    assert bare.panels.columns().list_width == LIST_MOST


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Columns()),
        ("list=300 recipe=400 hidden=list,recipe", Columns(300, 400, True, True)),
        ("list=9999999999 recipe=1", Columns(LIST_MOST, RECIPE_LEAST)),
        ("list=² recipe=-5 hidden", Columns()),
        ("AAAA/wAAAAEAAAACAAABIAAAAyA= recipe=", Columns()),  # what earlier versions kept
    ],
)
def test_whatever_the_settings_say_there_is_a_window(text: str, found: Columns) -> None:
    assert Columns.parse(text) == found
    assert Columns.parse(found.text()) == found


def test_tab_hides_after_a_click_and_goes_on_after_tab(qapp: QApplication, tmp_path: Path) -> None:
    """A click on the pictures and Tab hides both; who comes by Tab goes on by Tab. What was chosen is kept."""
    picture, widths = jpeg(tmp_path / "in", "one.jpg"), list[int]()

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key, modifier)

    async def first(window: Window) -> None:
        window.window().activateWindow()
        await until(lambda: window.library.picture is not None and window.isActiveWindow(), "a picture")
        await quiet(window)
        view = window.viewer.view
        QTest.mouseClick(view, Qt.MouseButton.LeftButton)
        assert view.hasFocus()
        press(Qt.Key.Key_Tab)
        assert _hidden(window) == (True, True)
        assert view.hasFocus()
        press(Qt.Key.Key_Tab)
        assert _hidden(window) == (False, False)
        press(Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
        assert not view.hasFocus(), "Shift+Tab leaves"
        press(Qt.Key.Key_Tab)
        assert view.hasFocus()
        press(Qt.Key.Key_Tab)
        assert not view.hasFocus(), "Tab leaves, as it came"
        assert _hidden(window) == (False, False)
        _drag(window, -40)
        widths.append(window.panels.columns().recipe_width)
        window.commands.run("list_panel")

    with profile_with_sandbox(tmp_path) as (profile, _):
        assert live(qapp, profile, first, picture) == []
        kept = Columns.parse(Settings.load(profile / "settings.toml").splitter)
        assert kept == Columns(LIST, widths[0], hides_list=True)
        assert widths[0] > RECIPE


def test_kept_widths_are_those_of_the_next_window(bare: Window, qtbot: QtBot) -> None:
    bare.panels.restore(Columns(300, 420, hides_list=True))
    qtbot.waitUntil(lambda: bare.recipe.width() == px(420))
    assert _hidden(bare) == (True, False)
    assert bare.panels.columns() == Columns(300, 420, hides_list=True)
    bare.commands.run("list_panel")
    qtbot.waitUntil(lambda: bare.pictures.width() == px(300))
