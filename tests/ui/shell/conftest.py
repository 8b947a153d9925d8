"""A window on a fake context, without an event loop: what the session starts waits in `spawned`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from tests.support.fake_context import FakeContext, Spawned
from tests.support.window import session_of
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.shell.features import make_features
from topazdesk.ui.shell.window import Window
from topazdesk.ui.shell.workspace import Workspace
from topazdesk.ui.theme import Theme


@dataclass
class Stage:
    window: Window
    context: FakeContext
    spawned: Spawned

    @property
    def session(self) -> WindowSession:
        return session_of(self.window)


@pytest.fixture
def bare(qtbot: QtBot, themed: Theme, tmp_path: Path) -> Iterator[Window]:
    """As it is painted first: no profile is open."""
    window = Window(tmp_path / "cache")
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.viewer.stop()
    window.library.close()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def stage(qtbot: QtBot, themed: Theme, tmp_path: Path) -> Iterator[Stage]:
    """Shown and active, its context attached, 480 credits in the account."""
    window = Window(tmp_path / "cache")
    context, spawned = FakeContext(tmp_path), Spawned()
    window.work.begin(spawned)
    workspace = Workspace(window, context)  # type: ignore[arg-type]
    features = make_features(workspace)
    session_of(window).pricing.ask_balance()
    spawned.run()
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield Stage(window, context, spawned)
    spawned.drop()
    window.viewer.stop()
    for feature in features:
        feature.close()
    workspace.close()
    assert context.events._listeners == [], "somebody still listens to a profile that is closed"
    window.library.close()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
