"""Theme changes, fonts and sizes; icons without the slow package behind them."""

from __future__ import annotations

import subprocess
import sys
from string import Template

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.controls_sheet import controls_sheet
from tests.support.shots import colours
from topazdesk.errors import BugError
from topazdesk.ui.controls import NumberField
from topazdesk.ui.theme import Theme, font, px, theme, tokens
from topazdesk.ui.theme import style_sheets as theme_qss
from topazdesk.ui.theme.design_tokens import DARK, LIGHT, LIGHT_HIGH_CONTRAST
from topazdesk.ui.theme.icons import NAMES, icon, paint_icon


def test_modes_and_the_signal(qtbot: QtBot, qapp: QApplication, themed: Theme) -> None:
    assert tokens() is DARK
    with qtbot.waitSignal(themed.changed):
        assert Theme.apply(qapp, "light", high_contrast=False) is theme()
    assert tokens() is LIGHT
    assert qapp.palette().color(QPalette.ColorRole.WindowText) == LIGHT.text
    Theme.apply(qapp, "light", high_contrast=True)
    assert tokens() is LIGHT_HIGH_CONTRAST
    Theme.apply(qapp, "system", high_contrast=False)
    assert tokens() in (DARK, LIGHT)


def test_what_is_open_takes_the_new_colours_and_sizes(qtbot: QtBot, qapp: QApplication, themed: Theme) -> None:
    """Nothing keeps the colours in which it was made; texts grow where they stand."""
    old = controls_sheet()
    qtbot.addWidget(old)
    Theme.apply(qapp, "light", high_contrast=False, reduced_motion=True)
    new = controls_sheet()
    qtbot.addWidget(new)
    pages = (old, new)
    for page in pages:
        page.show()
        QApplication.processEvents()
        focus = page.focusWidget()
        if focus is not None:
            focus.clearFocus()
    assert old.size() == new.size()
    assert old.grab().toImage() == new.grab().toImage()
    height = old.sizeHint().height()
    Theme.apply(qapp, "light", high_contrast=False, text_scale=1.5, reduced_motion=True)
    assert {field.font().pixelSize() for field in old.findChildren(NumberField)} == {20}
    assert old.sizeHint().height() > height


def test_sizes_follow_the_text(qapp: QApplication, themed: Theme) -> None:
    assert (px(28), px(0.2), px(0)) == (28, 1, 0)
    Theme.apply(qapp, "dark", high_contrast=False, text_scale=2.0)
    assert px(28) == 56
    assert font("base").pixelSize() == 26
    assert font("caption").pixelSize() == 22


def test_roles_differ_and_fonts_are_copies(themed: Theme) -> None:
    assert font("hero").pixelSize() > font("title").pixelSize() > font("base").pixelSize()
    mine = font("base")
    mine.setPixelSize(99)
    assert font("base").pixelSize() == 13


def test_no_motion_means_no_duration(qapp: QApplication, themed: Theme) -> None:
    assert themed.duration(120) == 0
    Theme.apply(qapp, "dark", high_contrast=False, reduced_motion=False)
    assert themed.duration(120) == 120


def test_the_sheets_have_a_value_for_every_name_and_none_is_the_applications(qapp: QApplication, themed: Theme) -> None:
    """A style sheet on the application made a change of the theme take 160 ms: every widget was matched with every rule."""
    for kind in theme_qss.SHEETS:
        sheet = themed.sheet(kind)
        assert Template(sheet).get_identifiers() == []
        assert DARK.edge.name() in sheet
    assert qapp.styleSheet() == ""


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_icon_is_in_its_font_and_draws_something(qapp: QApplication, name: str) -> None:
    image = QImage(32, 32, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    paint_icon(painter, QRect(4, 4, 24, 24), name, QColor("#FFFFFF"))
    painter.end()
    assert colours(image) > 1
    edge = [image.pixelColor(x, y) for x in range(32) for y in range(32) if x in (0, 31) or y in (0, 31)]
    assert {colour.name() for colour in edge} == {"#000000"}  # nothing sticks out


def test_an_icon_takes_the_colour_of_the_moment(qapp: QApplication, themed: Theme) -> None:
    made = icon("add")
    assert icon("add") is made
    dark = made.pixmap(32, 32).toImage().pixelColor(16, 16)
    Theme.apply(qapp, "light", high_contrast=False)
    light = made.pixmap(32, 32).toImage().pixelColor(16, 16)
    assert dark.lightness() > 180 > 80 > light.lightness()
    off = made.pixmap(32, 32, QIcon.Mode.Disabled).toImage().pixelColor(16, 16)
    assert off.lightness() > light.lightness()


def test_an_unknown_icon_is_a_bug_with_a_name(qapp: QApplication) -> None:
    with pytest.raises(BugError) as caught:
        icon("ph.no-such-thing")
    assert "no-such-thing" in caught.value.details


def test_the_start_does_not_load_what_is_slow() -> None:
    """asyncio belongs to whoever awaits."""
    code = "import sys, topazdesk.ui.forms; print(sorted({'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
