"""Lets long loops on the event loop give way: walking over thousands of items must not block the window."""

from __future__ import annotations

import asyncio

#: Seconds; well below what anybody notices, and far more than giving way costs.
TURN_S = 0.005


class LoopTurns:
    """Gives way now and then: `await turns.take()` between two steps costs next to nothing until a turn is over."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    async def take(self) -> None:
        """Give way to other tasks if this turn has lasted long enough."""
        if self._loop.time() - self._began > TURN_S:
            await asyncio.sleep(0)
            self._began = self._loop.time()
