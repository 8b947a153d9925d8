"""A wake-up call between tasks, with a time limit by the engine's own clock, which tests control."""

from __future__ import annotations

import asyncio

from topazdesk.domain.ports import Clock
from topazdesk.engine.supervisor import Supervisor


class WakeEvent:
    """Wakes one waiting task. Rings while nobody waits are kept, as one."""

    def __init__(self, name: str, clock: Clock, supervisor: Supervisor) -> None:
        self._name = name
        self._clock = clock
        self._supervisor = supervisor
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the waiting task, or the next one that waits."""
        self._event.set()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for the next ring, or for `seconds` at most."""
        alarm = None
        if seconds is not None and not self._event.is_set():
            alarm = self._supervisor.spawn(f"alarm:{self._name}", self._ring_after(seconds))
        try:
            await self._event.wait()
        finally:
            self._event.clear()
            if alarm is not None:
                alarm.cancel()

    async def _ring_after(self, seconds: float) -> None:
        await self._clock.sleep(max(0.0, seconds))
        self._event.set()
