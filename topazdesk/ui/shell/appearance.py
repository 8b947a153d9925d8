"""Follows what the system says of motion: at the start, and whenever somebody comes back to the window."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from topazdesk.ui.host.feature import Feature
from topazdesk.ui.runtime.system_motion import system_reduces_motion
from topazdesk.ui.theme import theme

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
#: The task that asks the system whether it wants less motion.
MOTION = "motion"


class Appearance(Feature):
    """Tells the theme; colours and contrast it has from Qt."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._spawn = host.session.spawn
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._state_changed)
        self._look()

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._look()

    def _look(self) -> None:
        self._spawn(MOTION, self._ask())

    async def _ask(self) -> None:
        theme().take_motion(await asyncio.to_thread(system_reduces_motion))
