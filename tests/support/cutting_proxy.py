"""A line to a database that is cut and held up, again and again: a TCP port before a server's socket."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class CuttingProxy:
    """Passes bytes on. `cuts_per_s`: how many of its lines end a second; `delay_s`: the longest that a packet is held up."""

    def __init__(self, socket: Path, *, cuts_per_s: float, delay_s: float, seed: int = 0) -> None:
        self._socket = socket
        self._cuts_per_s, self._delay_s = cuts_per_s, delay_s
        self._random = random.Random(seed)
        self._lines: set[asyncio.StreamWriter] = set()
        self.cuts = 0
        self.port = 0

    async def serve(self, ready: threading.Event, end: asyncio.Event) -> None:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        cutting = asyncio.create_task(self._cut())
        await end.wait()
        cutting.cancel()
        server.close()
        for line in tuple(self._lines):
            line.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        away: asyncio.StreamWriter | None = None
        ways: list[asyncio.Task[None]] = []
        try:
            there, away = await asyncio.open_unix_connection(str(self._socket))
            ways = [asyncio.create_task(self._one_way(reader, away)), asyncio.create_task(self._one_way(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):  # no server there; the end of the test, also before it answered
            pass
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

    async def _cut(self) -> None:
        while True:
            await asyncio.sleep(1 / self._cuts_per_s if self._cuts_per_s else 3600)
            if self._lines:
                self._random.choice(tuple(self._lines)).transport.abort()
                self.cuts += 1


@contextlib.contextmanager
def cutting(socket: Path, *, cuts_per_s: float = 1.0, delay_s: float = 0.2) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(socket, cuts_per_s=cuts_per_s, delay_s=delay_s)
    ready = threading.Event()
    loop, end = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(proxy.serve(ready, end),), daemon=True)
    thread.start()
    ready.wait(60)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(60)
        loop.run_until_complete(_end(asyncio.all_tasks(loop)))
        loop.close()


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    """End what still passes bytes on, with its lines."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(3):  # a line that was aborted is closed in one of the next turns
        await asyncio.sleep(0)
