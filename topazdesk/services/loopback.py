"""A fast lane for results from a service on this computer (the sandbox), where hundreds of megabytes come at memory speed.

httpx's own transport moves some 0.4 GB/s: several times any line to the internet, but a third of what curl does on the
loopback, where most of its time goes into copying small pieces. This one lets h11 read the head of an answer and then takes
a body of known length straight from the socket. GET only, plain HTTP only, one request a connection.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import h11
import httpx

READ = 256 * 1024


class LoopbackTransport(httpx.AsyncBaseTransport):
    """Mounted for `http://` on the client of signed links; raises httpx's own exceptions."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One GET on a connection of its own."""
        if request.method != "GET" or request.url.scheme != "http":
            raise httpx.UnsupportedProtocol("only GET over plain HTTP", request=request)
        timeout = request.extensions.get("timeout", {})
        wire = _Wire(await _connected(request.url, timeout.get("connect")), timeout.get("read"))
        try:
            parser = h11.Connection(h11.CLIENT)
            head = h11.Request(method="GET", target=request.url.raw_path, headers=request.headers.raw)
            await wire.send((parser.send(head) or b"") + (parser.send(h11.EndOfMessage()) or b""))
            response = await _head(parser, wire)
        except BaseException:
            wire.close()
            raise
        return httpx.Response(
            response.status_code, headers=list(response.headers), stream=_Body(parser, wire, _plain_length(response))
        )


class _Wire:
    """A connected socket, read and written on the event loop, with a limit on silence."""

    def __init__(self, sock: socket.socket, patience_s: float | None) -> None:
        self._sock = sock
        self._patience_s = patience_s

    async def send(self, data: bytes) -> None:
        with _as_httpx(httpx.WriteError, httpx.WriteTimeout):
            async with asyncio.timeout(self._patience_s):
                await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def receive(self, most: int) -> bytes:
        """Up to `most` bytes; b"" at the end."""
        with _as_httpx(httpx.ReadError, httpx.ReadTimeout):
            async with asyncio.timeout(self._patience_s):
                # While bytes keep coming, sock_recv never lets go of the loop by itself.
                await asyncio.sleep(0)
                return await asyncio.get_running_loop().sock_recv(self._sock, most)

    def close(self) -> None:
        self._sock.close()


class _Body(httpx.AsyncByteStream):
    """The body: straight from the socket when its length is known (`length`), else through the parser (chunked)."""

    def __init__(self, parser: h11.Connection, wire: _Wire, length: int | None) -> None:
        self._parser = parser
        self._wire = wire
        self._length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._parsed() if self._length is None else self._straight(self._length)
        async for part in parts:
            yield part

    async def aclose(self) -> None:
        """Hangs up."""
        self._wire.close()

    async def _straight(self, left: int) -> AsyncIterator[bytes]:
        part = self._parser.trailing_data[0][:left]
        while left:
            left -= len(part)
            if part:
                yield part
            if left:
                part = await self._wire.receive(min(READ, left))
                if not part:
                    raise httpx.RemoteProtocolError(f"the connection ended {left} bytes early")

    async def _parsed(self) -> AsyncIterator[bytes]:
        while True:
            with _protocol():
                event = self._parser.next_event()
            if event is h11.NEED_DATA:
                data = await self._wire.receive(READ)
                with _protocol():
                    self._parser.receive_data(data)
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                return


async def _connected(url: httpx.URL, patience_s: float | None) -> socket.socket:
    loop = asyncio.get_running_loop()
    with _as_httpx(httpx.ConnectError, httpx.ConnectTimeout):
        async with asyncio.timeout(patience_s):
            found = await loop.getaddrinfo(url.host, url.port or 80, type=socket.SOCK_STREAM)
            for number, (family, kind, protocol, _, address) in enumerate(found, 1):
                sock = socket.socket(family, kind, protocol)
                sock.setblocking(False)
                try:
                    await loop.sock_connect(sock, address)
                except OSError:
                    sock.close()
                    if number == len(found):
                        raise
                except BaseException:
                    sock.close()
                    raise
                else:
                    return sock
    raise httpx.ConnectError("no address")


async def _head(parser: h11.Connection, wire: _Wire) -> h11.Response:
    while True:
        with _protocol():
            event = parser.next_event()
        if isinstance(event, h11.Response):
            return event
        if event is h11.NEED_DATA:
            data = await wire.receive(64 * 1024)
            with _protocol():
                parser.receive_data(data)
        elif not isinstance(event, h11.InformationalResponse):
            raise httpx.RemoteProtocolError("no answer before the connection ended")


def _plain_length(response: h11.Response) -> int | None:
    """Length of a body that is nothing but its bytes; None where the parser is needed."""
    headers = dict(response.headers)
    length = headers.get(b"content-length", b"")
    if b"transfer-encoding" in headers or not length.isdigit() or response.status_code in (204, 304):
        return None
    return int(length)


@contextmanager
def _as_httpx(broken: type[httpx.TransportError], silent: type[httpx.TransportError]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as exc:
        raise silent(str(exc)) from exc
    except OSError as exc:
        raise broken(str(exc)) from exc


@contextmanager
def _protocol() -> Iterator[None]:
    try:
        yield
    except h11.RemoteProtocolError as exc:
        raise httpx.RemoteProtocolError(str(exc)) from exc
