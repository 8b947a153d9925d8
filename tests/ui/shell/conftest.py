"""A window on a fake desk, without an event loop: what the session starts waits in `spawned`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from tests.support.fake_desk import FakeDesk, Spawned
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.shell.window import Window
from topazdesk.ui.theme import Theme


@dataclass
class Stage:
    window: Window
    desk: FakeDesk
    spawned: Spawned

    @property
    def session(self) -> WindowSession:
        return self.window.session


@pytest.fixture
def stage(qtbot: QtBot, themed: Theme, tmp_path: Path) -> Iterator[Stage]:
    """Shown and active, its desk attached, 480 credits in the account."""
    window = Window(tmp_path / "cache")
    desk, spawned = FakeDesk(), Spawned()
    window.session.set_spawn(spawned)
    window.session.attach(desk)  # type: ignore[arg-type]
    window.session.ask_balance()
    spawned.run()
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield Stage(window, desk, spawned)
    spawned.drop()
    if window.viewer.view is not None:
        window.viewer.view.stop()
    window.session.detach()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
