"""Headers of columns: words are left out only where they have no room."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from topazdesk.ui.controls import Button, ElidedLabel, IconButton
from topazdesk.ui.controls.header import Header
from topazdesk.ui.theme import Theme


def _laid_out(header: Header, width: int) -> None:
    header.resize(width, header.height())
    QApplication.processEvents()


@pytest.mark.usefixtures("themed")
def test_words_go_where_they_do_not_fit(qtbot: QtBot) -> None:
    """To the pixel: the header is as wide as its parts need, and one pixel less. The button lies in a part of its own."""
    button, title, tools = Button("Presets", icon="presets", caret=True), ElidedLabel("Adjustments"), QWidget()
    row = QHBoxLayout(tools)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(IconButton("undo", "Undo"))
    row.addWidget(button)
    header = Header(button)
    qtbot.addWidget(header)
    header.row.addWidget(title, 1)
    header.row.addWidget(tools)
    header.show()
    needed = header.row.sizeHint().width()
    _laid_out(header, needed)
    assert button.shown_words() == "Presets"
    assert title.shown_text() == "Adjustments"
    _laid_out(header, needed - 1)
    assert button.shown_words() == ""
    assert (button.toolTip(), button.accessibleName()) == ("Presets", "Presets")
    qtbot.waitUntil(lambda: title.shown_text() == "Adjustments")
    _laid_out(header, needed)
    assert (button.shown_words(), button.toolTip()) == ("Presets", "")
    title.setText("Adjustments of another picture")
    qtbot.waitUntil(lambda: button.shown_words() == "")  # a longer title takes the room of the words


def test_a_tool_tip_of_its_own_stays(themed: Theme, qtbot: QtBot) -> None:
    button = Button("Add", icon="add")
    qtbot.addWidget(button)
    button.setToolTip("Add pictures…")
    for is_short in (True, False):
        button.set_short(is_short)
        assert button.toolTip() == "Add pictures…"
