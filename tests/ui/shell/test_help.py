"""Help in the window: opened for the place where one is, gone through by keyboard, and leading to what it names."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

import topazdesk.ui
from tests.ui.shell.conftest import Stage
from topazdesk.app.help.library import Library
from topazdesk.app.help.source import NAMES
from topazdesk.app.resources import load_catalogue
from topazdesk.errors import Code, ComputerError
from topazdesk.ui.controls.help_place import help_at
from topazdesk.ui.controls.name_sheet import NameSheet
from topazdesk.ui.controls.sheet import Sheet
from topazdesk.ui.shell.help_sheet import HelpSheet
from topazdesk.ui.shell.shortcuts_sheet import KeysSheet


def _opened(stage: Stage, qtbot: QtBot, by: QWidget) -> HelpSheet:
    stage.window.activateWindow()  # offscreen, nothing does it when a sheet closes
    qtbot.waitUntil(stage.window.isActiveWindow)
    by.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(by, Qt.Key.Key_F1)
    sheet = stage.window.findChild(HelpSheet)
    assert sheet is not None
    qtbot.waitUntil(sheet.isActiveWindow)
    return sheet


def _close(sheet: QWidget, stage: Stage, qtbot: QtBot) -> None:
    sheet.close()
    qtbot.waitUntil(lambda: stage.window.findChild(HelpSheet) is None)


def test_f1_opens_the_page_for_the_place(stage: Stage, qtbot: QtBot) -> None:
    window = stage.window
    for place, page in (
        (window.viewer.empty.choose, "start"),
        (window.footer.chip, "money"),
        (window.recipe.help_button, "start"),
    ):
        sheet = _opened(stage, qtbot, place)
        assert sheet.shown == page
        assert sheet.view.toPlainText().startswith(sheet.rows.rows[sheet.list.currentIndex().row()].title)
        _close(sheet, stage, qtbot)
    window.recipe.tasks.cards[1].click()
    slug = stage.session.pricing.recipe.model.slug
    sheet = _opened(stage, qtbot, window.recipe.card.change)
    assert sheet.shown == f"topaz/{slug}", "the page of the model that the card shows"
    _close(sheet, stage, qtbot)


def test_the_button_of_an_error_opens_the_part_about_its_cause(stage: Stage, qtbot: QtBot) -> None:
    stage.window.notices.error(ComputerError("The disk is full", "Free some space.", code=Code.COMPUTER_DISK_FULL))
    (notice,) = stage.window.notices.shown()
    assert notice.help_button is not None
    assert notice.help_button.accessibleName() == "Help with this"
    QTest.mouseClick(notice.help_button, Qt.MouseButton.LeftButton)
    sheet = stage.window.findChild(HelpSheet)
    assert sheet is not None
    assert sheet.shown == "trouble#disk"
    _close(sheet, stage, qtbot)
    assert help_at(notice.help_button) == "trouble#disk", "F1 does the same"


def test_f1_in_a_sheet_opens_help_over_it_and_leads_nowhere_behind_it(stage: Stage, qtbot: QtBot) -> None:
    stage.window.commands.run("keys")
    keys = stage.window.findChild(KeysSheet)
    assert keys is not None
    QTest.keyClick(keys, Qt.Key.Key_F1)
    sheet = keys.findChild(HelpSheet)
    assert sheet is not None
    assert sheet.shown == "keyboard"
    assert "do:" not in sheet.view.toHtml(), "a command has no place over another sheet"
    QTest.keyClick(sheet, Qt.Key.Key_F1)
    assert len(stage.window.findChildren(HelpSheet)) == 1
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: stage.window.findChild(HelpSheet) is None)
    assert keys.isVisible()
    keys.close()


def test_links_lead_to_pages_and_commands_and_back_again(stage: Stage, qtbot: QtBot) -> None:
    sheet = _opened(stage, qtbot, stage.window.viewer.empty.choose)
    assert not sheet.back.isEnabled()
    sheet.view.anchorClicked.emit(QUrl("page:money#limits"))
    assert sheet.shown == "money#limits"
    assert sheet.view.verticalScrollBar().value() > 0
    sheet.list.clicked.emit(sheet.rows.index(2))
    assert sheet.shown == "models"
    QTest.keyClick(sheet, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert sheet.shown == "money#limits"
    QTest.keyClick(sheet.view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert sheet.shown == "start"
    QTest.mouseClick(sheet.forward, Qt.MouseButton.LeftButton)
    assert sheet.shown == "money#limits"
    sheet.view.anchorClicked.emit(QUrl("do:keys"))
    qtbot.waitUntil(lambda: stage.window.findChild(KeysSheet) is not None)
    qtbot.waitUntil(lambda: stage.window.findChild(HelpSheet) is None)


def test_a_link_is_followed_by_keyboard(stage: Stage, qtbot: QtBot) -> None:
    sheet = _opened(stage, qtbot, stage.window.footer.chip)
    QTest.keyClick(sheet.view, Qt.Key.Key_Tab)
    assert sheet.view.textCursor().selectedText() == "Credits and charges"
    sheet.show_page("models#choice")
    sheet.view.setFocus()
    for _ in range(9):
        if "Try models on an area" in sheet.view.textCursor().selectedText():
            break
        QTest.keyClick(sheet.view, Qt.Key.Key_Tab)
    QTest.keyClick(sheet.view, Qt.Key.Key_Return)
    assert sheet.shown == "compare#trials"
    _close(sheet, stage, qtbot)


def test_what_is_typed_is_found_and_opened_by_keyboard(stage: Stage, qtbot: QtBot) -> None:
    sheet = _opened(stage, qtbot, stage.window.viewer.empty.choose)
    sheet.field.setFocus()
    QTest.keyClicks(sheet.field, "proxy")
    assert [row.reference for row in sheet.rows.rows] == ["trouble#network"]
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    assert sheet.shown == "trouble#network"
    QTest.keyClicks(sheet.field, "qqq")
    assert sheet.none.isVisible()
    sheet.field.clear()
    assert len(sheet.rows.rows) == len(NAMES)
    assert not sheet.none.isVisible()
    _close(sheet, stage, qtbot)


def test_a_command_that_is_not_possible_now_is_no_link(stage: Stage, qtbot: QtBot) -> None:
    stage.window.commands["gallery"].setEnabled(False)
    sheet = _opened(stage, qtbot, stage.window.viewer.empty.choose)
    assert 'href="do:add"' in sheet.view.toHtml()
    assert "do:gallery" not in sheet.view.toHtml()
    assert not [button for button in sheet.findChildren(QAbstractButton) if not button.accessibleName()]
    _close(sheet, stage, qtbot)


def _sheets(kind: type[Sheet] = Sheet) -> list[type[Sheet]]:
    return [each for sub in kind.__subclasses__() for each in (sub, *_sheets(sub))]


def test_every_sheet_has_a_page_that_is_there() -> None:
    for module in pkgutil.walk_packages(topazdesk.ui.__path__, "topazdesk.ui."):
        importlib.import_module(module.name)
    library = Library(load_catalogue()[0])
    sheets = [sheet for sheet in _sheets() if sheet.__module__.startswith("topazdesk.")]
    assert len(sheets) > 15
    for sheet in sheets:
        if sheet in (HelpSheet, NameSheet):  # the help itself; what others are built on and is never opened
            continue
        name, _, anchor = sheet.help_page.partition("#")
        assert "help_page" in vars(sheet), f"{sheet.__name__} does not say its page"
        assert name in library.names, sheet
        assert not anchor or anchor in library.page(name).anchors, sheet


@pytest.mark.parametrize("name", ["pictures", "viewer", "recipe", "footer"])
def test_every_part_of_the_window_has_a_page_that_is_there(stage: Stage, name: str) -> None:
    page, _, anchor = help_at(getattr(stage.window, name)).partition("#")
    library = Library(load_catalogue()[0])
    assert page in library.names
    assert not anchor or anchor in library.page(page).anchors
