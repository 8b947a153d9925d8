"""The settings, asked for because of the spending limits, show these without scrolling."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from topazdesk.app.settings import Settings
from topazdesk.domain.services import ServiceName
from topazdesk.ui.account.settings_sheet import SettingsDialog
from topazdesk.ui.controls import Surface
from topazdesk.ui.theme import Theme


@pytest.mark.parametrize("height", [500, 600, 720, 1080])
def test_all_limits_are_in_sight(qtbot: QtBot, themed: Theme, height: int) -> None:
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(1280, height)
    window.show()
    dialog = SettingsDialog(window, Settings(), (ServiceName.TOPAZ, ServiceName.RUNFLOW))
    dialog.show_limits()
    dialog.open()
    limits = dialog.limits
    qtbot.waitUntil(lambda: limits.visibleRegion().boundingRect() == limits.rect())
    assert dialog.focusWidget() is limits.fields["day_cap"]
    dialog.close()
