"""Shortcuts as a user changes them, and commands found by their words: in the window, by pointer and keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.shell.conftest import Stage
from topazdesk.ui.host.typed_ahead import TypedAhead
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.shell.command_palette import CommandPalette
from topazdesk.ui.shell.key_choice import KeyChoice
from topazdesk.ui.shell.shortcuts_sheet import KeysSheet

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


def open_choice(stage: Stage, name: str) -> KeyChoice:
    """Open the list of keys and press the keys of an action."""
    stage.window.commands.run("keys")
    sheet = stage.window.findChild(KeysSheet)
    assert isinstance(sheet, KeysSheet)
    QTest.mouseClick(sheet.buttons[name], LEFT)
    choice = sheet.findChild(KeyChoice)
    assert isinstance(choice, KeyChoice)
    assert choice.field.hasFocus() or choice.focusWidget() is not None
    return choice


def test_keys_are_taken_from_another_action_after_that_was_said(stage: Stage, qtbot: QtBot) -> None:
    choice = open_choice(stage, "trials")
    QTest.keyClick(choice.field, Qt.Key.Key_M, CONTROL)
    assert "Choose a model" in choice.verdict.text()
    QTest.mouseClick(choice.use, LEFT)
    stage.spawned.run()
    commands = stage.window.commands
    assert commands["trials"].shortcut().toString() == "Ctrl+M"
    assert commands["gallery"].shortcuts() == []
    assert stage.context.settings.keys == {"trials": ("Ctrl+M",), "gallery": ()}
    sheet = stage.window.findChild(KeysSheet)
    assert isinstance(sheet, KeysSheet)
    assert "Ctrl+M" in sheet.buttons["trials"].accessibleName(), "the list follows"
    QTest.mouseClick(sheet.reset, LEFT)
    stage.spawned.run()
    assert commands["gallery"].shortcut().toString() == "Ctrl+M"
    assert stage.context.settings.keys == {}
    sheet.accept()


def test_a_key_that_works_the_window_is_refused_with_the_reason(stage: Stage) -> None:
    choice = open_choice(stage, "trials")
    QTest.keyClick(choice.field, Qt.Key.Key_Space)
    assert "works the controls" in choice.verdict.text()
    assert not choice.use.isEnabled()
    QTest.keyClick(choice.field, Qt.Key.Key_Escape)
    assert not choice.isVisible(), "Escape closes, it is not recorded"


def test_the_viewer_leaves_a_key_alone_that_was_given_up_and_tool_tips_follow(stage: Stage) -> None:
    view, strip = stage.window.viewer.view, stage.window.viewer.strip
    assert strip.loupe.toolTip() == "Loupe (L)"
    action_keys().put({"loupe": ("Ctrl+Alt+L",), "side": ()})
    assert strip.loupe.toolTip() == "Loupe (Ctrl+Alt+L)"
    before = view.stage.mode
    QTest.keyClick(view, Qt.Key.Key_Y)
    assert view.stage.mode is before
    action_keys().put({})
    QTest.keyClick(view, Qt.Key.Key_Y)
    assert view.stage.mode is not before
    assert strip.loupe.toolTip() == "Loupe (L)"


def test_a_command_is_found_and_run_by_keys_alone(stage: Stage, qtbot: QtBot) -> None:
    QTest.keyClick(stage.window, Qt.Key.Key_K, CONTROL)
    palette = stage.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    everything = palette.view.model().rowCount()
    assert everything == sum(len(actions) for _group, actions in stage.window.commands.groups()) - 1
    QTest.keyClicks(palette.field, "keyb sho")
    assert palette.view.model().rowCount() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stage.window.findChild(KeysSheet) is not None)
    qtbot.waitUntil(lambda: stage.window.findChild(CommandPalette) is None)
    keys = stage.window.findChild(KeysSheet)
    assert isinstance(keys, KeysSheet)
    keys.accept()
    qtbot.waitUntil(lambda: stage.window.findChild(KeysSheet) is None)
    stage.window.activateWindow()
    qtbot.waitUntil(stage.window.isActiveWindow)
    QTest.keyClick(stage.window, Qt.Key.Key_K, CONTROL)
    palette = stage.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    first = palette.view.model().index(0, 0)
    assert str(first.data()).startswith("Keyboard shortcuts"), "what was used last comes first"
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.view.currentIndex().row() == 1
    QTest.keyClicks(palette.field, "zzz")
    assert palette.none.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible(), "there is nothing to run"
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_a_command_that_is_not_possible_now_is_shown_and_not_run(stage: Stage, qtbot: QtBot) -> None:
    ran: list[bool] = []
    stage.window.commands.provide("undo", lambda: ran.append(True)).setEnabled(False)
    QTest.keyClick(stage.window, Qt.Key.Key_K, CONTROL)
    palette = stage.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    QTest.keyClicks(palette.field, "undo")
    assert "not possible now" in str(palette.view.model().index(0, 0).data())
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert ran == []
    palette.reject()


def test_what_was_typed_ahead_is_gone_on_with(stage: Stage, qtbot: QtBot) -> None:
    """It was selected, as everything is in a field that a sheet gives the keys: the next letter replaced it."""
    TypedAhead.begin()
    QTest.keyClicks(stage.window, "keyb")
    QTest.keyClick(stage.window, Qt.Key.Key_K, CONTROL)
    palette = stage.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    QTest.keyClicks(palette.field, " sho")
    assert palette.field.text() == "keyb sho"
    palette.reject()
    qtbot.waitUntil(lambda: stage.window.findChild(CommandPalette) is None)
