"""The queue: every state of a row, keyboard, narrow, paused and empty."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter
from pytestqt.qtbot import QtBot

from tests.support.queue_jobs import NOW, every_state, job
from topazdesk.domain.job import Job, JobState
from topazdesk.ui.models.job_list import QueueModel
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.theme import Mode

Shot = Callable[..., object]


def _image(of: Job) -> QImage | None:
    if of.state in (JobState.QUEUED, JobState.VERIFYING):
        return None
    made = QImage(132, 88, QImage.Format.Format_RGB32)
    painter = QPainter(made)
    sky = QLinearGradient(0, 0, 0, 88)
    sky.setColorAt(0, QColor.fromHsv(len(of.id) * 47 % 360, 90, 230))
    sky.setColorAt(1, QColor(90, 80, 60))
    painter.fillRect(made.rect(), sky)
    painter.end()
    return made


def _panel(qtbot: QtBot, jobs: list[Job], width: int = 1088, height: int = 48 + 1 + 15 * 60) -> QueuePanel:
    model = QueueModel(lambda _job: "Recover 3", now=lambda: NOW)
    panel = QueuePanel(model, _image)
    qtbot.addWidget(panel)
    model.setParent(panel)
    panel.resize(width, height)
    panel.show()
    model.fill(jobs)
    by_name = {each.id: each for each in jobs}
    if "still-life-07.tif" in by_name:
        model.progress(by_name["still-life-07.tif"], 43.0, 12_000_000, 28_000_000)
        model.progress(by_name["high-street-1911.tif"], 78.0, 96_000_000, 123_000_000)
        model.settle()
    return panel


def test_every_state(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    panel = _panel(qtbot, every_state())
    assert panel.model.rowCount() == 15
    shot(panel, f"queue-{mode}")


def test_narrow(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    panel = _panel(qtbot, every_state(), width=708)
    shot(panel, f"queue-narrow-{mode}")


def test_keyboard(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    panel = _panel(qtbot, every_state(), height=412)
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.view.setFocus(Qt.FocusReason.TabFocusReason)
    panel.view.choose("old-map-sheet-17.tif")
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    shot(panel, f"queue-keyboard-{mode}", focused=True)


def test_empty_and_paused(qtbot: QtBot, mode: Mode, shot: Shot) -> None:
    shot(_panel(qtbot, [], height=412), f"queue-empty-{mode}")
    panel = _panel(qtbot, [job(f"{n}.jpg", position=n) for n in range(20)], height=412)
    panel.set_paused(True)
    shot(panel, f"queue-paused-{mode}")
