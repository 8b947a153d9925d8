"""A fast lane for results from a service on this computer (the sandbox), where hundreds of megabytes come at memory speed.

httpx's own transport moves some 0.4 GB/s: several times any line to the internet, but a third of what curl does on the
loopback, where most of its time goes into copying small pieces. This one lets h11 read the head of an answer and then takes
a body of known length straight from the socket. GET only, plain HTTP only, one request a connection.
"""

from __future__ import annotations

import asyncio
import socket

import h11
import httpx

from topazdesk.services.h11_answer import as_httpx, read_answer


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
            return await read_answer(parser, wire)
        except BaseException:
            wire.close()
            raise


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
