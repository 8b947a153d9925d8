"""Long work on the event loop in short turns: whoever walks over thousands of things lets others in between."""

from __future__ import annotations

import asyncio

#: Well below what anybody notices, and far more than letting go costs.
TURN_S = 0.005


class Turns:
    """`await turns.take()` between two steps costs nothing until a turn is over."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    async def take(self) -> None:
        """Lets go of the event loop when this turn has lasted long enough."""
        if self._loop.time() - self._began > TURN_S:
            await asyncio.sleep(0)
            self._began = self._loop.time()
