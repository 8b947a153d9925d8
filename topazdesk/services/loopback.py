"""A fast lane for results from a service on this computer (the sandbox), where hundreds of megabytes come at memory speed.

httpx's own transport moves some 0.4 GB/s: several times any line to the internet, but a third of what curl does on the
loopback, where most of its time goes into copying small pieces. This one lets h11 read the head of an answer and then takes
a body of known length straight from the socket. GET only, plain HTTP only.
"""

from __future__ import annotations

import asyncio
import socket

import h11
import httpx

from topazdesk.services.address import literal
from topazdesk.services.h11_answer import as_httpx, read_answer

#: Connections that wait for another download.
KEPT = 6


class LoopbackTransport(httpx.AsyncBaseTransport):
    """For signed links over `http://` (see `channels`); raises httpx's own exceptions."""

    def __init__(self) -> None:
        self._idle: list[tuple[tuple[str, int | None], socket.socket]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One GET, on a connection that another one has left or on one of its own."""
        if request.method != "GET" or request.url.scheme != "http":
            raise httpx.UnsupportedProtocol("only GET over plain HTTP", request=request)
        place = (request.url.host, request.url.port)
        if (left := self._left(place)) is not None:
            try:
                return await self._ask(left, place, request)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                pass  # hung up in this very moment: it costs nothing to ask once more
        sock = await _connected(request.url, request.extensions.get("timeout", {}).get("connect"))
        return await self._ask(sock, place, request)

    async def aclose(self) -> None:
        """Hangs up."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _ask(self, sock: socket.socket, place: tuple[str, int | None], request: httpx.Request) -> httpx.Response:
        wire = _Wire(sock, request.extensions.get("timeout", {}).get("read"))
        try:
            parser = h11.Connection(h11.CLIENT)
            head = h11.Request(method="GET", target=request.url.raw_path, headers=request.headers.raw)
            await wire.send((parser.send(head) or b"") + (parser.send(h11.EndOfMessage()) or b""))
            return await read_answer(parser, wire, lambda: self._keep(place, sock))
        except BaseException:
            wire.close()
            raise

    def _keep(self, place: tuple[str, int | None], sock: socket.socket) -> None:
        self._idle.append((place, sock))
        if len(self._idle) > KEPT:
            self._idle.pop(0)[1].close()

    def _left(self, place: tuple[str, int | None]) -> socket.socket | None:
        """An idle connection to `place`, or None."""
        while self._idle:
            its_place, sock = self._idle.pop()
            if its_place == place and _is_quiet(sock):
                return sock
            sock.close()
        return None


def _is_quiet(sock: socket.socket) -> bool:
    """Whether the other side has neither hung up nor said anything unasked."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


class _Wire:
    """A connected socket, read and written on the event loop, with a limit on silence."""

    def __init__(self, sock: socket.socket, patience_s: float | None) -> None:
        self._sock = sock
        self._patience_s = patience_s

    async def send(self, data: bytes) -> None:
        with as_httpx(httpx.WriteError, httpx.WriteTimeout):
            async with asyncio.timeout(self._patience_s):
                await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def receive(self, most: int) -> bytes:
        """Up to `most` bytes; b"" at the end."""
        with as_httpx(httpx.ReadError, httpx.ReadTimeout):
            async with asyncio.timeout(self._patience_s):
                # While bytes keep coming, sock_recv never lets go of the loop by itself.
                await asyncio.sleep(0)
                return await asyncio.get_running_loop().sock_recv(self._sock, most)

    def close(self) -> None:
        self._sock.close()


async def _connected(url: httpx.URL, patience_s: float | None) -> socket.socket:
    loop = asyncio.get_running_loop()
    with as_httpx(httpx.ConnectError, httpx.ConnectTimeout):
        async with asyncio.timeout(patience_s):
            if literal(url.host):  # no name to look up: that would be a visit of a thread
                found = socket.getaddrinfo(
                    url.host, url.port or 80, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
                )
            else:
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
