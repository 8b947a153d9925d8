"""What the servers of the tests have in common: a port of this computer, a loop of their own in a thread, an end that leaves nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class _Kept(asyncio.StreamReaderProtocol):
    """A connection that is known from its very beginning to its very end: who waits for it, or has its writer, may be gone before."""

    def __init__(
        self, owner: Listening, begin: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None] | None
    ) -> None:
        self.reader = asyncio.StreamReader(limit=1 << 20)
        super().__init__(self.reader, begin)
        self._open, self._news = owner._open, owner._news
        self._own: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._own = transport
        self._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self._own)
        self._news.set()
        super().connection_lost(exc)


class Listening:
    """`with …:` listens. A client under test never shares a loop with it. A subclass serves each connection in `serve`."""

    def __init__(self, name: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.BaseTransport | None] = set()
        self._taken_of: deque[object] = deque(maxlen=1000)
        self._news = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name=name)
        self.port = 0

    @property
    def url(self) -> str:
        """Root address for clients."""
        return f"http://127.0.0.1:{self.port}"

    def hang_up(self) -> None:
        """Ends all connections that are open now."""
        self._loop.call_soon_threadsafe(self._hang_up)

    def wait_until_quiet(self) -> None:
        """Block until whoever was connected, or on the way to it, is gone, and what they had asked for is over."""
        asyncio.run_coroutine_threadsafe(self._quiet(), self._loop).result(400)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends; it closes what it opened, also when it is cancelled."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(400)
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)
        assert not self._thread.is_alive()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: _Kept(self, self._begin), "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        for listening in server.sockets:
            self._loop.remove_reader(listening.fileno())
        # What was taken in this very turn gets its transport in the next one; of a closed server it would get none, and stay open.
        await asyncio.sleep(0)
        server.close()
        await self._end()

    async def _end(self) -> None:
        """Until nothing is left: a connection that was just taken has its task, and then its transport, some turns later."""
        own = asyncio.current_task()
        while (others := asyncio.all_tasks() - {own}) or self._open:
            for task in others:
                if not task.cancelling():
                    task.cancel()
            for transport in list(self._open):
                # Also what is closed: until the other side has taken all that was written, it lives on.
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()
            await asyncio.sleep(0)

    async def connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection that does not outlive this one's end."""
        transport, kept = await self._loop.create_connection(lambda: _Kept(self, None), host, port)
        return kept.reader, asyncio.StreamWriter(transport, kept, kept.reader, self._loop)

    async def connect_unix(self, path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The same to a socket in a folder."""
        transport, kept = await self._loop.create_unix_connection(lambda: _Kept(self, None), str(path))
        return kept.reader, asyncio.StreamWriter(transport, kept, kept.reader, self._loop)

    async def _quiet(self) -> None:
        # Connections are taken in the order in which they were asked for: this one behind all others.
        _, own = await asyncio.open_connection("127.0.0.1", self.port)
        while own.get_extra_info("sockname") not in self._taken_of:
            self._news.clear()
            await self._news.wait()
        own.close()
        while self._open:
            self._news.clear()
            await self._news.wait()

    def _hang_up(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._taken_of.append(writer.get_extra_info("peername"))
        self._news.set()
        task = asyncio.get_running_loop().create_task(self._taken(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.serve(reader, writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with a TCP reset: lingering for 0 s does that."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
