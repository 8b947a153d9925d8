"""Starts the window's coroutines on the event loop. Each has a name, and if it fails, the user gets a notice."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

#: Starts a coroutine under a name, which appears in the log and in the report of its failure.
Spawn = Callable[[str, Coroutine[Any, Any, Any]], object]


class Work:
    """Starts coroutines. Because the window is usable before the loop runs, those started before `begin` are queued."""

    def __init__(self) -> None:
        self._early: list[tuple[str, Coroutine[Any, Any, Any]]] = []
        self._spawn: Spawn = self._keep

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Start a coroutine, or queue it until the loop runs."""
        self._spawn(name, work)

    def begin(self, spawn: Spawn) -> None:
        """Start the queued coroutines, now that the event loop runs, and all later ones directly."""
        early = self._early
        self._early = []
        self._spawn = spawn
        for name, work in early:
            spawn(name, work)

    def _keep(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        self._early.append((name, work))
