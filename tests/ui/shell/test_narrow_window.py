"""In a window too narrow for both side panels one gives way, and what the user wants to see is kept."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from topazdesk.ui.shell.columns import BOTH, RECIPE, Columns
from topazdesk.ui.shell.frame import Frame
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import px

NARROW, WIDE = 800, 1200


def _shown(window: Window) -> tuple[bool, bool]:
    return not window.pictures.isHidden(), not window.recipe.isHidden()


def _resize(window: Window, width: int) -> None:
    window.resize(width, 700)
    QApplication.processEvents()


def test_the_one_asked_for_last_has_the_room(bare: Window) -> None:
    window, run = bare, bare.commands.run
    _resize(window, WIDE)
    assert _shown(window) == (True, True)
    _resize(window, NARROW)
    assert _shown(window) == (False, True), "price and button are in the right one"
    assert window.panels.list_button.isVisibleTo(window)
    window.panels.list_button.click()
    assert _shown(window) == (True, False)
    window.panels.recipe_button.click()
    assert _shown(window) == (False, True)
    run("list_panel")
    assert _shown(window) == (True, False)
    run("side_panels")
    assert _shown(window) == (False, False)
    run("side_panels")
    assert _shown(window) == (True, False), "as it was before"
    kept = window.panels.columns()
    assert (kept.hides_list, kept.hides_recipe) == (False, False), "none of it is the user's wish to hide one"
    _resize(window, WIDE)
    assert _shown(window) == (True, True)
    assert window.recipe.width() == px(RECIPE), "as wide as before"


def test_what_the_user_has_hidden_stays_hidden(bare: Window) -> None:
    window = bare
    _resize(window, WIDE)
    window.commands.run("recipe_panel")
    _resize(window, NARROW)
    assert _shown(window) == (True, False), "there is room for it"
    _resize(window, WIDE)
    assert _shown(window) == (True, False)
    assert window.panels.columns().hides_recipe


@pytest.mark.parametrize("width", [NARROW, BOTH - 1, BOTH, WIDE])
def test_the_first_contents_have_the_same_columns(bare: Window, width: int) -> None:
    _resize(bare, width)
    first = Columns().fitting(width)
    assert (not first.hides_list, not first.hides_recipe) == _shown(bare)


def test_a_screen_of_800_by_600_has_room(qapp: QApplication) -> None:
    frame = Frame()
    assert (frame.minimumWidth(), frame.minimumHeight() + 40) <= (800, 600)
    frame.deleteLater()
