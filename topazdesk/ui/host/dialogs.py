"""Only one dialog of a window is open at a time; a second wish for one is ignored."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from topazdesk.ui.runtime.work import Spawn


class Dialogs:
    """Runs dialogs by name, one after the other."""

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self._current = ""

    def run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a dialog; nothing while another is open or about to be."""
        if not self._current:
            self._current = name
            self._spawn(name, self._run(name, work()))

    def is_current(self, name: str) -> bool:
        """Whether this one is open or about to be."""
        return self._current == name

    def closed(self, name: str) -> None:
        """Another one may open, even while the answer of this one is still being saved."""
        if self._current == name:
            self._current = ""

    async def _run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self.closed(name)
