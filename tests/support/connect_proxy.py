"""A web proxy as offices have it: tunnels by CONNECT, or refuses. It keeps what it could read."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self


class ConnectProxy:
    """`with ConnectProxy(answer) as proxy`: `answer` 200 tunnels to this computer, any other status refuses."""

    def __init__(self, answer: int = 200) -> None:
        self._answer = answer
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="connect-proxy")
        self._tasks: set[asyncio.Task[None]] = set()
        self.heads: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        above: asyncio.StreamWriter | None = None
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            length = "" if self._answer == 200 else "Content-Length: 0\r\n"
            writer.write(f"HTTP/1.1 {self._answer} Told\r\n{length}\r\n".encode())
            await writer.drain()
            if self._answer == 200:
                port = int(head.split(" ")[1].rpartition(":")[2])
                from_above, above = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_copy(reader, above), _copy(from_above, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for one in (writer, above):
                if one is not None:
                    one.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
