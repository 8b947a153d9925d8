"""The transport of short calls: connections that are kept, and known to be dead without asking the system.

httpx's own pool looks at the socket of every idle connection for each call; with thousands of jobs that was a third of all the
work on the event loop.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import cast

import h11
import httpx

from topazdesk.services.h11_answer import read_answer
from topazdesk.services.talk import Talk, open_talk

#: At once in all; further calls wait.
MOST = 16
#: Connections that wait for another call, and for how many seconds.
KEPT, KEPT_S = 6, 20.0

_Place = tuple[str, str, int | None]


@dataclass(slots=True)
class _Line:
    place: _Place
    talk: Talk
    parser: h11.Connection
    idle_since: float = 0.0


class KeptTransport(httpx.AsyncBaseTransport):
    """Any method with a small body, over TLS or plain; raises httpx's own exceptions.

    Calls the request's `trace` extension with "connection.connect_tcp.started" before a connection is made, and with
    "kept.send_request_headers.started" right before the first byte.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._idle: list[_Line] = []
        self._room = asyncio.Semaphore(MOST)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends, and returns the answer with its body still to come."""
        timeout = request.extensions.get("timeout", {})
        try:
            async with asyncio.timeout(timeout.get("pool")):
                await self._room.acquire()
        except TimeoutError as exc:
            raise httpx.PoolTimeout("all connections are in use") from exc
        try:
            return await self._ask(request, timeout)
        except BaseException:
            self._room.release()
            raise

    async def aclose(self) -> None:
        """Hangs up."""
        while self._idle:
            self._idle.pop().talk.close()

    async def _ask(self, request: httpx.Request, timeout: dict[str, float | None]) -> httpx.Response:
        trace = request.extensions.get("trace")
        place = (request.url.scheme, request.url.host, request.url.port)
        line = self._left(place)
        if line is None:
            if trace:
                await trace("connection.connect_tcp.started", {})
            line = _Line(place, await open_talk(request.url, self._context, timeout), h11.Connection(h11.CLIENT))
        try:
            body = b"".join([part async for part in cast(AsyncIterable[bytes], request.stream)])
            data = _spelled(line.parser, request, body)
            if trace:
                await trace("kept.send_request_headers.started", {})
            line.talk.be_patient(timeout.get("read"), timeout.get("write"))
            await line.talk.send(data)
            wire = _Lease(line.talk, self._room)
            return await read_answer(line.parser, wire, lambda: self._keep(line), straight=False)
        except BaseException:
            line.talk.close()
            raise

    def _keep(self, line: _Line) -> None:
        self._room.release()
        parser = line.parser
        is_done = parser.our_state is h11.DONE and parser.their_state is h11.DONE
        if not is_done or parser.trailing_data[0]:  # bytes that nobody asked for must not pass for the next answer
            line.talk.close()
            return
        parser.start_next_cycle()
        line.idle_since = asyncio.get_running_loop().time()
        self._idle.append(line)
        if len(self._idle) > KEPT:
            self._idle.pop(0).talk.close()

    def _left(self, place: _Place) -> _Line | None:
        """An idle connection to `place` whose other side has neither hung up nor said anything unasked, or None."""
        oldest = asyncio.get_running_loop().time() - KEPT_S
        while self._idle:
            line = self._idle.pop()
            if line.place == place and line.idle_since >= oldest and not line.talk.is_over and not line.talk.has_input:
                return line
            line.talk.close()
        return None


class _Lease:
    """The connection while an answer is read from it; closing it makes room for another call."""

    def __init__(self, talk: Talk, room: asyncio.Semaphore) -> None:
        self._talk = talk
        self._room = room
        self.send, self.receive = talk.send, talk.receive

    def close(self) -> None:
        """Hangs up."""
        self._room.release()
        self._talk.close()


def _spelled(parser: h11.Connection, request: httpx.Request, body: bytes) -> bytes:
    head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
    data = parser.send(head) or b""
    if body:
        data += parser.send(h11.Data(data=body)) or b""
    return data + (parser.send(h11.EndOfMessage()) or b"")
