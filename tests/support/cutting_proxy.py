"""A line to a database that is cut and held up, again and again: a TCP port before a server's socket."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path

from tests.support.listening import Listening


class CuttingProxy(Listening):
    """Passes bytes on. `cuts_per_s`: how many of its lines end a second; `delay_s`: the longest that a packet is held up."""

    def __init__(self, socket: Path, *, cuts_per_s: float = 1.0, delay_s: float = 0.2, seed: int = 0) -> None:
        super().__init__("cutting-proxy")
        self._socket = socket
        self._cuts_per_s, self._delay_s = cuts_per_s, delay_s
        self._random = random.Random(seed)
        self._lines: set[asyncio.StreamWriter] = set()
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One line, until an end of it or a cut."""
        self._lines.add(writer)
        away: asyncio.StreamWriter | None = None
        ways: list[asyncio.Task[None]] = []
        try:
            there, away = await self.connect_unix(self._socket)
            ways = [asyncio.create_task(self._one_way(reader, away)), asyncio.create_task(self._one_way(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._lines.discard(writer)
            for end in (writer, away):
                if end is not None:
                    end.transport.abort()

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self._random.random() < 0.02:
                    await asyncio.sleep(self._random.random() * self._delay_s)
                writer.write(data)
                await writer.drain()

    async def _main(self) -> None:
        cutting = asyncio.create_task(self._cut())
        await super()._main()
        assert cutting.cancelled()

    async def _cut(self) -> None:
        while True:
            await asyncio.sleep(1 / self._cuts_per_s if self._cuts_per_s else 3600)
            if self._lines:
                self._random.choice(tuple(self._lines)).transport.abort()
                self.cuts += 1
