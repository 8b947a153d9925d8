"""The settings, asked for because of one part of them, show that without scrolling."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
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


def test_what_becomes_of_metadata_is_in_sight(qtbot: QtBot, themed: Theme) -> None:
    """ "Settings…" beside the words about metadata showed the colours of the window."""
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    dialog = SettingsDialog(window, Settings(), (ServiceName.TOPAZ, ServiceName.RUNFLOW))
    dialog.show_metadata()
    dialog.open()
    qtbot.waitUntil(lambda: dialog.metadata.visibleRegion().boundingRect() == dialog.metadata.rect())
    assert dialog.focusWidget() is dialog.metadata.mode.segment(dialog.metadata.mode.value())
    dialog.close()


def test_tab_goes_row_by_row(qtbot: QtBot, themed: Theme) -> None:
    window = Surface("window")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    dialog = SettingsDialog(window, Settings(), (ServiceName.TOPAZ, ServiceName.RUNFLOW))
    dialog.show_limits()
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    fields = dialog.limits.fields
    fields["run_cap"].setFocus()
    seen = [dialog.focusWidget()]
    for _ in range(3):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        seen.append(dialog.focusWidget())
    assert seen == [fields[name] for name in ("run_cap", "run_cap_usd", "day_cap", "day_cap_usd")]
    dialog.close()
