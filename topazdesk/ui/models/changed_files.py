"""Reads pictures again whose files another program has written since: what is seen is what would be sent.

Looked at whenever the user comes back from other programs. What is changed between that and the upload is not sent.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from topazdesk.ui.models.library import Library
from topazdesk.ui.models.picture import Section
from topazdesk.ui.runtime.work import Spawn

#: The name of the task that looks.
LOOK = "changed files"

_Version = tuple[Path, int, int]  # length in bytes, time of the last change in ns


class ChangedFiles(QObject):
    """Watches the files of the pictures that wait to be enhanced."""

    def __init__(self, library: Library, spawn: Spawn, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._spawn = spawn
        self._is_looking = self._is_wanted = False  # wanted once more than is under way
        self._is_closed = False
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._state_changed)

    def close(self) -> None:
        """Look no more."""
        self._is_closed = True

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive or self._is_closed:
            return
        self._is_wanted = True
        if not self._is_looking:
            self._is_looking = True
            self._spawn(LOOK, self._look())

    async def _look(self) -> None:
        try:
            while self._is_wanted and not self._is_closed:
                self._is_wanted = False
                await self._look_once()
        finally:
            self._is_looking = False

    async def _look_once(self) -> None:
        waiting = [(each, each.info) for each in self._library.pictures.in_section(Section.TODO)]
        known = {each.id: (each.path, i.bytes_on_disk, i.mtime_ns) for each, i in waiting if i is not None}
        changed = await asyncio.to_thread(_changed, list(known.values()))
        ids = [each for each, version in known.items() if version in changed]
        if ids and not self._is_closed:
            self._library.read_again(self._library.of(ids))


def _changed(files: Sequence[_Version]) -> set[_Version]:
    """Return the files that are there in another version. Blocking."""
    found = set()
    for path, length, time_ns in files:
        try:
            state = os.stat(path)  # noqa: PTH116 - accepts names of any bytes
        except (OSError, ValueError):
            continue
        if (state.st_size, state.st_mtime_ns) != (length, time_ns):
            found.add((path, length, time_ns))
    return found
