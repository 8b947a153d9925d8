"""The transport of paid uploads: one fresh connection a request, and it listens while it sends.

A service may refuse (wrong key, no credits, too large) long before the last byte is out, and hang up. A client that listens
only after it has sent everything then sees a broken connection and has to call the job doubtful, although the refusal was
on its way. This one stops sending as soon as an answer begins.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable
from typing import cast

import h11
import httpx

from topazdesk.services.h11_answer import as_httpx, read_answer

#: Unread bytes of an answer beyond which the other side is made to wait.
HELD = 1024 * 1024


class UploadTransport(httpx.AsyncBaseTransport):
    """POST with a body of known length, over TLS or plain; raises httpx's own exceptions.

    Calls the request's `trace` extension with "upload.send_request_headers.started" right before the first byte.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends, and returns the answer as soon as there is one."""
        timeout = request.extensions.get("timeout", {})
        talk = await self._connect(request.url, timeout)
        try:
            parser = h11.Connection(h11.CLIENT)
            head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
            if talk.is_over:
                raise httpx.ConnectError("the other side hung up before the first byte")
            if trace := request.extensions.get("trace"):
                await trace("upload.send_request_headers.started", {})
            try:
                await talk.send(parser.send(head) or b"")
                await _send_body(parser, talk, cast(AsyncIterable[bytes], request.stream))
            except httpx.WriteError:
                if not talk.has_input:
                    raise
            return await read_answer(parser, talk)
        except BaseException:
            talk.close()
            raise

    async def _connect(self, url: httpx.URL, timeout: dict[str, float | None]) -> _Talk:
        secure = url.scheme == "https"
        with as_httpx(httpx.ConnectError, httpx.ConnectTimeout):
            async with asyncio.timeout(timeout.get("connect")):
                _, talk = await asyncio.get_running_loop().create_connection(
                    lambda: _Talk(timeout.get("read"), timeout.get("write")),
                    url.host,
                    url.port or (443 if secure else 80),
                    ssl=self._context if secure else None,
                    server_hostname=url.host if secure else None,
                    happy_eyeballs_delay=0.25,
                )
        return talk


async def _send_body(parser: h11.Connection, talk: _Talk, body: AsyncIterable[bytes]) -> None:
    """Sends until the end, or until an answer begins."""
    async for piece in body:
        # Two turns of the loop: the first one polls the socket, the second one delivers what came.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if talk.has_input:
            return
        await talk.send(parser.send(h11.Data(data=piece)) or b"")
    parser.send(h11.EndOfMessage())


class _Talk(asyncio.Protocol):
    """A connection that takes in what comes at any time; see `h11_answer.Wire`."""

    def __init__(self, read_s: float | None, write_s: float | None) -> None:
        self._read_s = read_s
        self._write_s = write_s
        self._input = bytearray()
        self._ended = False
        self._lost: Exception | None = None
        self._came = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._transport: asyncio.Transport | None = None

    @property
    def has_input(self) -> bool:
        """Whether bytes of an answer have come."""
        return bool(self._input)

    @property
    def is_over(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._transport is None or self._ended or self._transport.is_closing()

    async def send(self, data: bytes) -> None:
        """Hands the bytes over and waits until the system has taken most of them."""
        with as_httpx(httpx.WriteError, httpx.WriteTimeout):
            if self._transport is None or self.is_over:
                raise self._lost or ConnectionResetError("the other side hung up")
            self._transport.write(data)
            async with asyncio.timeout(self._write_s):
                await self._may_write.wait()
            if self._lost is not None and not self._input:
                raise self._lost

    async def receive(self, most: int) -> bytes:
        """Up to `most` bytes; b"" at the end."""
        with as_httpx(httpx.ReadError, httpx.ReadTimeout):
            if not self._input and not self._ended:
                async with asyncio.timeout(self._read_s):
                    await self._came.wait()
            if not self._input and self._lost is not None:
                raise self._lost
        data = bytes(self._input[:most])
        del self._input[:most]
        if not self._input and not self._ended:
            self._came.clear()
            if self._transport is not None:
                self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Hangs up at once: nothing that waits to be sent is worth sending any more."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection (and TLS) stands."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        self._input += data
        if len(self._input) > HELD and self._transport is not None:
            self._transport.pause_reading()
        self._came.set()
        self._may_write.set()  # whoever waits to send has an answer to look at now

    def eof_received(self) -> None:
        """The other side is done."""
        self._ended = True
        self._came.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """It broke, or was closed."""
        self._lost = exc
        self._ended = True
        self._came.set()
        self._may_write.set()

    def pause_writing(self) -> None:
        """The system's buffer is full."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """There is room again."""
        self._may_write.set()
