"""What the keys can reach has a name for screen readers, and what has a value a description, in window and sheets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication, QComboBox, QLabel, QLineEdit, QWidget

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.image import FileFormat
from topazdesk.ui.controls import Sheet
from topazdesk.ui.models.picture import Section
from topazdesk.ui.shell.focus_order import tab_stops
from topazdesk.ui.shell.window import Window

#: Actions that open a sheet over the window.
SHEETS = ("gallery", "settings", "saving", "money", "limits", "key", "file_details", "help", "keys", "palette", "about")


#: Controls of which the name is not all there is to know: a button says what it does.
_VALUES = (QLineEdit, QAbstractSlider, QComboBox)


def nameless(root: QWidget) -> list[str]:
    """The widgets below `root` that Tab reaches and a screen reader has no or too few words for."""
    found = []
    for widget in tab_stops(root):
        spoken = QAccessible.queryAccessibleInterface(widget)
        if spoken is None or not spoken.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}")
        elif isinstance(widget, _VALUES) and not spoken.text(QAccessible.Text.Description).strip():
            name = spoken.text(QAccessible.Text.Name)
            found.append(f"{type(widget).__name__} “{name}” in {type(widget.parentWidget()).__name__}: no description")
    return found


def test_all_that_the_keys_reach_has_a_name(qapp: QApplication, tmp_path: Path) -> None:
    picture = tmp_path / "street.jpg"
    picture.write_bytes(encode(FileFormat.JPEG, 600, 400))

    async def story(window: Window) -> None:
        assert nameless(window) == [], "the empty window"
        drop(window.pictures, picture)
        library = session_of(window).library
        await until(lambda: window.commands["enhance"].isEnabled(), "the price")
        assert nameless(window) == [], "a picture"
        window.commands.run("enhance")
        window.commands.run("queue")
        await until(lambda: len(library.pictures.in_section(Section.FINISHED)) == 1, "the result")
        await quiet(window)
        assert len(list(tab_stops(window))) > 20
        assert nameless(window) == [], "a result, and the queue"
        window.commands.run("trials")
        await quiet(window)
        assert nameless(window) == [], "trials"
        QTest.keyClick(window, Qt.Key.Key_Escape)
        for name in SHEETS:
            window.commands.run(name)
            await until(lambda: any(sheet.isVisible() for sheet in window.findChildren(Sheet)), name)
            sheets = [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]
            assert [nameless(sheet) for sheet in sheets] == [[]], name
            if name == "file_details":
                await until(
                    lambda: any("600 × 400 · 0.2 MP · JPEG" in label.text() for label in window.findChildren(QLabel)),
                    "what file it is",
                )
            for sheet in sheets:
                sheet.reject()
            await until(lambda: not any(sheet.isVisible() for sheet in window.findChildren(Sheet)), f"{name} is closed")
            await quiet(window)  # there is one dialog at a time

    with profile_with_sandbox(tmp_path) as (profile, _sandbox):
        assert live(qapp, profile, story) == []
