"""Work of the window that runs on the event loop: each has a name, and its failure becomes a notice."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

#: Start a coroutine under a name, for the log and for the report of its failure.
Spawn = Callable[[str, Coroutine[Any, Any, Any]], object]


class Work:
    """Starts coroutines. The window is usable before the loop runs: what is started until `begin` waits for it."""

    def __init__(self) -> None:
        self._early: list[tuple[str, Coroutine[Any, Any, Any]]] = []
        self._spawn: Spawn = self._keep

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Start one, or keep it until the loop runs."""
        self._spawn(name, work)

    def begin(self, spawn: Spawn) -> None:
        """The event loop runs: what the user already asked for begins."""
        early, self._early, self._spawn = self._early, [], spawn
        for name, work in early:
            spawn(name, work)

    def _keep(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        self._early.append((name, work))
