"""Whether a worker alone has its name in the team: its part files, and what it is said to do, go by that name.

The name is a lock that the worker's line to the database holds: it is free as soon as the worker ends, however it does.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import psycopg

from topazdesk.errors import Code, ComputerError, Retry
from topazdesk.language import say

#: The first half of the lock's number: "names".
_NAMES = 0x6E61
#: The line of a worker that was cut off holds its name for so long; see `connections`.
PATIENCE_S = 30.0


def claim(raw: psycopg.Connection[Any], name: str) -> bool:
    """Have the name for this connection as long as it lasts, unless another one has it. Raises psycopg.Error."""
    row = raw.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_NAMES, name)).fetchone()
    return row is not None and bool(row[0])


class OwnName:
    """What is known of the lock: nothing as long as the database has not answered."""

    def __init__(self, name: str, *, patience_s: float | None = None) -> None:
        self._name = name
        self._patience_s = PATIENCE_S if patience_s is None else patience_s
        self._is_own: bool | None = None
        self._moved = asyncio.Event()

    def heard(self, *, is_own: bool) -> None:
        """Take in what the database answered."""
        self._is_own = is_own
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def first_taken(self) -> None:
        """Wait until the name is this worker's, or another has it."""
        while self._is_own is None:
            await self._moved.wait()

    @property
    def is_taken(self) -> bool:
        """Whether another one has the name now."""
        return self._is_own is False

    async def get(self) -> None:
        """Wait until the name is this worker's. Raises ComputerError where another one keeps it."""
        await self.first_taken()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                while self.is_taken:
                    await self._moved.wait()
        if self.is_taken:
            raise _taken(self._name)

    async def keep(self) -> None:
        """Raise ComputerError as soon as another one has taken the name while this worker was cut off, and keeps it."""
        while True:
            await self.get()
            while not self.is_taken:
                await self._moved.wait()


def _taken(name: str) -> ComputerError:
    return ComputerError(
        say("Another machine works for the team under the name {name}", name=name),
        say(
            "Each needs a name of its own, copies of one disk image, too. Name this one: topazdesk team name NAME. Two "
            "workers on one machine are told apart with topazdesk worker --name NAME."
        ),
        details=name,
        code=Code.COMPUTER_TEAM_NAME,
        retry=Retry.NEVER,
    )
