"""Allows only one open dialog per window; requests for a second one are ignored."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from topazdesk.ui.runtime.work import Spawn


class Dialogs:
    """Runs dialogs by name, at most one at a time."""

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self._current = ""

    def run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a dialog; do nothing if one is already open or about to open."""
        if not self._current:
            self._current = name
            self._spawn(name, self._run(name, work()))

    @property
    def is_free(self) -> bool:
        """Whether a dialog would be opened now: one that has just been closed is let go of a turn of the loop later."""
        return not self._current

    def is_current(self, name: str) -> bool:
        """Return whether the dialog of this name is open or about to open."""
        return self._current == name

    def closed(self, name: str) -> None:
        """Let another dialog open, even while the answer of this one is still being saved."""
        if self._current == name:
            self._current = ""

    async def _run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self.closed(name)
