"""The real clock; tests give the engine another one."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Wall clock and asyncio's sleep."""

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)
