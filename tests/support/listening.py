"""What the servers of the tests have in common: a port of this computer, a loop of their own in a thread, an end that leaves nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import weakref
from contextlib import suppress
from types import TracebackType
from typing import Self

#: A connection that was just taken begins in one of the next turns of the loop, and is ended then.
_TURNS = 4


class Listening:
    """`with …:` listens. A client under test never shares a loop with it. A subclass serves each connection in `serve`."""

    def __init__(self, name: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        # A writer that nobody has any more is gone, its connection is not.
        self._transports: weakref.WeakSet[asyncio.WriteTransport] = weakref.WeakSet()
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

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends; it closes what it opened, also when it is cancelled."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)
        assert not self._thread.is_alive()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._taken, "127.0.0.1", 0, ssl=self._tls, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for _ in range(_TURNS):
            self._hang_up()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._abort()

    async def _abort(self) -> None:
        """End what is closed, too: until the other side has taken all that was written, it lives on."""
        for transport in list(self._transports):
            transport.abort()
        await asyncio.sleep(0)

    async def connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection that does not outlive this one's end."""
        reader, writer = await asyncio.open_connection(host, port)
        self._transports.add(writer.transport)
        return reader, writer

    def _hang_up(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._transports.add(writer.transport)
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with a TCP reset: lingering for 0 s does that."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
