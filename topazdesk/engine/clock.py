"""The real clock."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Wall clock and asyncio's sleep; tests hand the engine another."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)
