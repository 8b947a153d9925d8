"""Key, settings, refused files, confirmed spending and the details of a job, over a window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_model
from tests.support.queue_jobs import NOW, every_state
from topazdesk.app.action_specs import SPECS
from topazdesk.app.components import components, versions
from topazdesk.app.help.library import Library
from topazdesk.app.keys import KeySource
from topazdesk.app.paths import Paths
from topazdesk.app.problem_report import report_parts
from topazdesk.app.resources import load_catalogue
from topazdesk.app.settings import Settings
from topazdesk.domain.collected_files import Refusal
from topazdesk.domain.ports import Balance
from topazdesk.domain.services import ServiceName
from topazdesk.engine.job_store import HistoryLine
from topazdesk.errors import AccountError, NetworkError, TopazdeskError
from topazdesk.ui.account.confirm_spending import ConfirmSpending, Spending
from topazdesk.ui.account.key_sheet import KeyDialog
from topazdesk.ui.account.settings_sheet import SettingsDialog
from topazdesk.ui.controls import Button, ScrollArea, Surface, Text
from topazdesk.ui.host.actions import Actions
from topazdesk.ui.models.action_keys import action_keys
from topazdesk.ui.models.spending_limits import SpendingLimits
from topazdesk.ui.pictures.refused_files import RefusedFiles
from topazdesk.ui.queue.job_details import JobDetails
from topazdesk.ui.shell.about_sheet import AboutSheet
from topazdesk.ui.shell.help_sheet import HelpSheet
from topazdesk.ui.shell.report_sheet import ReportSheet
from topazdesk.ui.shell.shortcuts_sheet import KeysSheet
from topazdesk.ui.theme import Mode

Shot = Callable[..., object]
BOTH = (ServiceName.TOPAZ, ServiceName.RUNFLOW)


def _now(_name: str, work: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(work)


@pytest.fixture
def window(qtbot: QtBot, mode: Mode) -> Surface:
    made = Surface("window")
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    return made


def _key(window: Surface, answer: Balance | TopazdeskError, *, note: str = "") -> KeyDialog:
    async def check(_key: str) -> Balance:
        if isinstance(answer, TopazdeskError):
            raise answer
        return answer

    dialog = KeyDialog(window, check, _now, note=note)
    dialog.open()
    return dialog


def _typed(qtbot: QtBot, dialog: KeyDialog) -> None:
    dialog.field.setText("0123456789abcdef0123456789")
    qtbot.waitUntil(lambda: "Checking" not in dialog.status.text())


def test_key(qtbot: QtBot, window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = _key(window, Balance(480, 0))
    shot(dialog, f"key-empty-{mode}")
    _typed(qtbot, dialog)
    assert dialog.save.isEnabled()
    shot(dialog, f"key-works-{mode}")
    dialog.close()


def test_key_wrong_and_no_ring(qtbot: QtBot, window: Surface, mode: Mode, shot: Shot) -> None:
    trouble = AccountError(
        "Topaz does not know this key.", "Copy it again from your account. Nothing was sent or charged."
    )
    dialog = _key(window, trouble, note="TOPAZ_API_KEY is set in the environment and overrides a key added here.")
    dialog.set_ring(False)
    _typed(qtbot, dialog)
    assert not dialog.save.isEnabled()
    assert dialog.for_now.isChecked()
    shot(dialog, f"key-wrong-{mode}")
    dialog.close()


def test_key_that_cannot_be_checked(qtbot: QtBot, window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = _key(window, NetworkError("No connection to Topaz.", "Check the network."))
    _typed(qtbot, dialog)
    assert dialog.save.isEnabled()
    shot(dialog, f"key-offline-{mode}")
    dialog.close()


def test_settings(window: Surface, mode: Mode, shot: Shot) -> None:
    dialog = SettingsDialog(window, Settings(), BOTH)
    dialog.open()
    for service in BOTH:
        dialog.show_key(service, KeySource.NONE)
    shot(dialog, f"settings-{mode}")
    dialog.close()
    filled = Settings(theme=str(mode), output_folder="/home/ada/Pictures/Enhanced 2026", sandbox_speed=0.0)
    dialog = SettingsDialog(window, filled, BOTH)
    dialog.open()
    dialog.show_key(ServiceName.TOPAZ, KeySource.RING)
    dialog.show_key(ServiceName.RUNFLOW, KeySource.ENVIRONMENT)
    dialog.addresses[ServiceName.TOPAZ].line.setText("http://proxy.example.org")
    dialog.addresses[ServiceName.RUNFLOW].line.setText("https://proxy.example.org/runflow")
    shot(dialog, f"settings-filled-{mode}")
    dialog.close()


def test_help_and_about(window: Surface, mode: Mode, shot: Shot) -> None:
    actions = Actions(window)
    for spec in SPECS:
        actions.provide(spec.name, lambda: None)
    library = Library(load_catalogue()[0], action_keys().text)
    sheet = HelpSheet(window, library, [spec.name for spec in SPECS])
    sheet.open()
    shot(sheet, f"help-{mode}")
    sheet.show_page("topaz/recover-3")
    shot(sheet, f"help-model-{mode}")
    sheet.field.setText("limit")
    sheet.show_page("money#limits")
    shot(sheet, f"help-found-{mode}")
    sheet.close()
    report = ReportSheet(window, report_parts(Paths(Path("/nowhere")), Settings(), every_state()))
    report.open()
    shot(report, f"report-{mode}")
    report.close()
    about = AboutSheet(window, versions(), components(), Path("/home/ada/.local/share/topazdesk"))
    about.open()
    shot(about, f"about-{mode}")
    about.close()


def test_a_low_window_scrolls_what_does_not_fit(qtbot: QtBot, window: Surface, mode: Mode, shot: Shot) -> None:
    """On a screen at 200 % the buttons of long sheets were below its edge. Keys scroll where nothing in the sheet wants them."""
    window.resize(960, 540)
    actions = Actions(window)
    for spec in SPECS:
        actions.provide(spec.name, lambda: None)
    for name, sheet in (
        ("settings", SettingsDialog(window, Settings(), BOTH)),
        ("keys", KeysSheet(window, actions)),
    ):
        sheet.open()
        shot(sheet, f"low-{name}-{mode}")
        assert sheet.height() <= 540 - 24
        area = sheet.findChild(ScrollArea)
        assert isinstance(area, ScrollArea)
        bar = area.verticalScrollBar()
        assert bar.maximum() > 0
        close = next(b for b in sheet.findChildren(Button) if b.label() == "Close")
        assert sheet.rect().contains(close.geometry().translated(close.parentWidget().pos()))
        close.setFocus()
        qtbot.keyClick(close, Qt.Key.Key_PageDown)
        assert bar.value() > 0
        sheet.close()


def test_refused(window: Surface, mode: Mode, shot: Shot) -> None:
    refused = [
        Refusal(Path("letter-to-council.docx"), "Not a picture.", "", "input.no_picture"),
        Refusal(Path("panorama-roof.tif"), "41,200 × 8,100 pixels.", "No side may be longer than 32,000 pixels.", "x"),
        Refusal(Path("IMG_2210.heic"), "HEIC pictures need a part that is not installed.", "Install pillow-heif.", "x"),
        Refusal(
            Path("a very long name of a scan of a letter 0043.jpg"),
            "The file is damaged.",
            "Only the upper 38 % can be read; open it in another program and save it anew.",
            "x",
        ),
    ]
    dialog = RefusedFiles(window, refused, 12)
    dialog.open()
    shot(dialog, f"refused-{mode}")
    dialog.close()


def test_confirm_spending(window: Surface, mode: Mode, shot: Shot) -> None:
    images = []
    for hue in range(0, 360, 60):
        image = QImage(132, 88, QImage.Format.Format_RGB32)
        image.fill(QColor.fromHsv(hue, 90, 160))
        images.append(image)
    spending = Spending(
        count=42,
        credits=252,
        first=6,
        each=6,
        available=480,
        model=packaged_model("Recover 3"),
        size="6000 × 4000 · 24 MP each",
        saved="TIFF, next to the originals",
        thumbnails=tuple(images),
    )
    dialog = ConfirmSpending(window, spending)
    dialog.open()
    shot(dialog, f"spending-{mode}", focused=True)
    held = "Your limit for today is enough for 12 of 42 pictures"
    rights = "2 pictures say in their rights: no AI training"
    limits = SpendingLimits(run=100, day=300, used=228)
    dialog.show_spending(replace(spending, count=12, credits=72, limits=limits, left_out=held, rights=rights))
    assert dialog.all.label() == "Enhance 12 pictures · 72 credits"
    shot(dialog, f"spending-limits-{mode}", focused=True)
    assert {held, rights} <= {text.text() for text in dialog.findChildren(Text) if text.isVisible()}
    dialog.close()


def test_job_details(window: Surface, mode: Mode, shot: Shot) -> None:
    failed = next(job for job in every_state() if job.id == "colonnade.png")
    history = [HistoryLine(NOW - 60, "", "queued", ""), HistoryLine(NOW - 58, "queued", "preparing", "")]
    history.append(HistoryLine(NOW - 20, "running", "failed", "service.job_failed"))
    dialog = JobDetails(window, failed, "Recover 3", history)
    dialog.open()
    shot(dialog, f"job-details-{mode}")
    lines = [line.split("  ") for line in dialog.view.toPlainText().splitlines()[:3]]
    assert [line[1:] for line in lines] == [["Queued"], ["Preparing"], ["Failed", "service.job_failed"]]
    dialog.close()
