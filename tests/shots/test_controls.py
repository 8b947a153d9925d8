"""Every control in the two themes, and with the ring of the keyboard focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.controls_sheet import controls_sheet
from topazdesk.ui.controls import Notice, NoticeAction, NoticeBar, Surface
from topazdesk.ui.theme import Mode

Shot = Callable[[QWidget, str], object]


def test_controls(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    page = controls_sheet()
    qtbot.addWidget(page)
    shot(page, f"controls-{mode}")


def test_notices(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    page = Surface("window")
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    bar = NoticeBar()
    column.addWidget(bar)
    column.addStretch(1)
    page.resize(720, 560)
    page.show()
    failed = bar.add(
        Notice(
            "err",
            "Results cannot be saved in this folder",
            "“Scans 2024” is read-only. Nothing was sent or charged.",
            details="17:42:08 write test failed: read-only file system\nfolder Scans 2024\ncode disk.read_only",
        )
    )
    assert failed.details_button is not None
    failed.details_button.click()
    bar.add(
        Notice(
            "warn",
            "Credits are enough for 2 of 3 pictures",
            "18 are needed, 14 are left. Enhance two now, or top up first.",
            actions=(
                NoticeAction("Enhance 2 · 12 credits", lambda: None),
                NoticeAction("Top up…", lambda: None, variant="quiet"),
            ),
        )
    )
    bar.add(
        Notice(
            "ok",
            "All 3 pictures are done",
            "18 credits charged, as estimated. 462 left.",
            actions=(NoticeAction("Show in folder", lambda: None, icon="folder"),),
        )
    )
    bar.add(
        Notice("info", "2 results from yesterday were found", "They are being downloaded; nothing is charged again.")
    )
    assert failed.details_shown()
    shot(page, f"notices-{mode}")
