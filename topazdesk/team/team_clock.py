"""The time by the database's clock, so that machines whose own clocks are hours apart agree about what is due."""

from __future__ import annotations

import asyncio
import time


class TeamClock:
    """The database's time, carried on by this machine's monotonic clock since it was last asked."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return time.monotonic() + self._ahead

    def set(self, now: float) -> None:
        """Take over the time that the database has just told."""
        self._ahead = now - time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)
