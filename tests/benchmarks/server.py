"""The other end of `transfer`: takes uploads as the API does and streams any number of bytes, as fast as Python can.

Bare asyncio on purpose: with a web framework the server would be the slowest part, and the clients could not be told apart.
`python -m tests.benchmarks.server` prints its port and runs until it is ended.
"""

from __future__ import annotations

import asyncio
import json
from typing import cast
from urllib.parse import parse_qs, urlsplit

#: What is handed to the socket at once.
BLOCK = bytes(1024 * 1024)
_SUBMITTED = json.dumps({"process_id": "bench-1", "source_id": "bench-source", "eta": 0}).encode()


class Exchange(asyncio.BufferedProtocol):
    """One connection; requests one after another, the body read into one buffer and forgotten."""

    def __init__(self) -> None:
        self._buffer = bytearray(1024 * 1024)
        self._head = b""
        self._left = 0
        self._download = 0
        self._in_body = False
        self._resume = asyncio.Event()
        self._resume.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake a sender that waits for a reader who is gone."""
        self._resume.set()

    def pause_writing(self) -> None:
        """The socket is full."""
        self._resume.clear()

    def resume_writing(self) -> None:
        """There is room again."""
        self._resume.set()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where the next bytes go."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come: of a head, or of a body that is only counted."""
        if self._in_body:
            self._left -= nbytes
        else:
            self._head += bytes(self._buffer[:nbytes])
            head, end, rest = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._begin(head.decode("latin-1"))
            self._left -= len(rest)
        if self._left <= 0:
            self._answer()

    def _begin(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        target = urlsplit(first.split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._left = int(headers.get("content-length", 0))
        self._download = int(parse_qs(target.query).get("bytes", ["0"])[0])
        self._in_body, self._head = True, b""
        if headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _answer(self) -> None:
        self._in_body = False
        if self._download:
            task = asyncio.get_running_loop().create_task(self._stream(self._download), name="stream")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(_SUBMITTED)}\r\n\r\n"
        self._transport.write(head.encode() + _SUBMITTED)

    async def _stream(self, size: int) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
        self._transport.write(head.encode())
        while size > 0 and not self._transport.is_closing():
            self._transport.write(BLOCK if size >= len(BLOCK) else BLOCK[:size])
            size -= len(BLOCK)
            await self._resume.wait()


async def serve() -> None:
    """Listen on a free port of the loopback, say which, and go on until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Exchange, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
