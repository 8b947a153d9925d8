"""A click that costs real money looks unlike one that costs nothing, in every theme, and not by colour alone."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.shots import shot
from topazdesk.ui.controls import Button, Surface
from topazdesk.ui.controls.button import Cost
from topazdesk.ui.theme import Mode, Theme, tokens
from topazdesk.ui.theme.design_tokens import contrast

COSTS: tuple[Cost, ...] = ("", "money", "free")


@pytest.mark.parametrize("high_contrast", [False, True], ids=["usual", "contrast"])
@pytest.mark.parametrize("mode", ["dark", "light"])
def test_both_can_be_read_and_told_apart(qapp: QApplication, qtbot: QtBot, mode: Mode, high_contrast: bool) -> None:
    Theme.apply(qapp, mode, high_contrast=high_contrast)
    page = Surface("panel")
    qtbot.addWidget(page)
    page.resize(420, 260)
    buttons: dict[tuple[str, Cost], Button] = {}
    for row, variant in enumerate(("primary", "secondary")):
        for column, cost in enumerate(COSTS):
            button = buttons[variant, cost] = Button("Enhance", variant, size="main", parent=page)  # type: ignore[arg-type]
            button.set_cost(cost)
            button.move(16 + 136 * column, 16 + 64 * row)
            button.resize(button.sizeHint())
    shot(page, f"paying-{mode}-{'contrast' if high_contrast else 'usual'}")
    for (variant, cost), button in buttons.items():
        for is_down in (False, True):
            button.setDown(is_down)
            fill, edge, ink = button._colours()
            assert fill is not None
            assert contrast(ink, fill) >= 4.5, (variant, cost, is_down)
            if cost == "free" and variant == "primary":
                assert edge is not None
                assert contrast(edge, tokens().panel) >= 3, "its outline makes the button"
        button.setDown(False)
    money, free, none = (buttons["primary", cost] for cost in ("money", "free", ""))
    looks = [button.grab().toImage().pixelColor(button.width() // 2, 6) for button in (money, free)]
    assert looks[0] != looks[1], "filled and tinted"
    widths = [button.sizeHint().width() for button in (money, free, none)]
    assert widths[0] > widths[2], "a coin"
    assert widths[1] > widths[2], "this computer"
    mono = QImage.Format.Format_Mono
    shapes = [button.grab().toImage().convertToFormat(mono) for button in (money, free)]
    assert shapes[0] != shapes[1], "without any colour, too"


def test_the_look_goes_with_the_price(qtbot: QtBot) -> None:
    button = Button("Retry", icon="retry")
    qtbot.addWidget(button)
    plain = button.grab().toImage()
    button.set_cost("money")
    assert button.grab().toImage() != plain
    button.set_cost("free")
    assert button.grab().toImage() == plain, "a second button keeps its own sign where nothing is paid"
    button.set_cost("")
    assert button.grab().toImage() == plain
