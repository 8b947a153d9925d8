"""A service that keeps its results back until they are let go: whoever fetches one is in the middle of it as long as a test likes."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.support.listening import Listening


class HeldResults(Listening):
    """`with HeldResults(server_url) as held`: clients use `held.url`. All calls pass; what is sent from the storage does not."""

    def __init__(self, upstream: str) -> None:
        super().__init__("held-results")
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 0)
        self._let_go = asyncio.Event()

    def let_go(self) -> None:
        """Nothing is kept back any more."""
        self._loop.call_soon_threadsafe(self._let_go.set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: those for results are used for nothing else."""
        head = await reader.readuntil(b"\r\n\r\n")
        is_result = b"/storage/" in head.partition(b"\r\n")[0]
        from_above, above = await self.connect(*self._upstream)
        above.write(head)
        ways = [
            asyncio.create_task(_pass(reader, above)),
            asyncio.create_task(self._down(from_above, writer, is_result)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            above.close()
            writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_result: bool) -> None:
        if is_result:
            await self._let_go.wait()
        await _pass(reader, writer)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
