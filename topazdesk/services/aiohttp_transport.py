"""A transport for httpx that uses aiohttp; the only HTTP code here that is our own.

The transport of httpx-aiohttp was tried first, and is not safe enough for money. It decodes `%7E` and `%2F` in
addresses, which breaks the signatures of links. It passes no trace on, so nobody knows how much of a paid request has
left. It maps errors too loosely (a reset in the middle of an upload becomes a `ConnectTimeout`). And data that arrives
unasked on an idle connection is taken for the next answer.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
from aiohttp.connector import AddrInfoType, Connection
from yarl import URL

#: How long an idle connection is kept; services keep theirs for longer.
KEPT_S = 20.0

_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (TimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientConnectionError, httpx.ReadError),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
    (OSError, httpx.ReadError),
)


class Watch:
    """Follows one request: how much of it may have left, and how long it may still take. Used inside `limit`.

    aiohttp's trace reports just before it passes bytes to the connection, so "not started" and "not given" are certain.
    """

    def __init__(self, *, wait_s: float, piece_s: float, answer_s: float, length: int = 0) -> None:
        self.limit = asyncio.timeout(wait_s)
        self.is_reused = False
        self.is_started = False
        self._piece_s = piece_s
        self._answer_s = answer_s
        self._left = length

    @property
    def is_given(self) -> bool:
        """Whether the whole body may have left this computer."""
        return self.is_started and self._left <= 0

    def start(self) -> None:
        """Note that the headers are about to leave."""
        self.is_started = True
        self._go_on()

    def give(self, count: int) -> None:
        """Note that `count` bytes of the body are about to leave."""
        self._left -= count
        self._go_on()

    def _go_on(self) -> None:
        if not self.limit.expired():
            patience_s = self._piece_s if self._left > 0 else self._answer_s
            self.limit.reschedule(asyncio.get_running_loop().time() + patience_s)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 with or without TLS. Follows no redirects, keeps no cookies, decodes nothing, never repeats a request.

    A request's extension "watch" holds its `Watch`. Without `keep` every request has a connection of its own.
    `use_proxies` uses those of the environment.
    """

    def __init__(self, context: Any, *, limit: int, keep: bool, use_proxies: bool) -> None:
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=limit,
            force_close=not keep,
            keepalive_timeout=KEPT_S if keep else None,
            socket_factory=_Socket.of,
            resolver=aiohttp.ThreadedResolver(),  # even if aiodns is installed: this one works on every event loop
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_Request,
            response_class=_Response,
            middlewares=[_once],
            trace_configs=[_trace()],
            skip_auto_headers=["User-Agent", "Accept", "Accept-Encoding", "Content-Type"],
            auto_decompress=False,
        )
        self._keep = keep
        self._use_proxies = use_proxies

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer as soon as its headers are there.

        Raises httpx.TransportError; ProxyError only before anything is sent.
        """
        timeout = request.extensions["timeout"]
        try:
            body: Any = request.content or None
        except httpx.RequestNotRead:
            body = request.stream
        url = str(request.url)
        with _as_httpx():
            response = await self._session.request(
                request.method,
                URL(url, encoded=True),
                headers=request.headers.multi_items(),
                data=body,
                allow_redirects=False,
                proxy=_proxy(request.url) if self._use_proxies else None,
                timeout=aiohttp.ClientTimeout(
                    connect=timeout["pool"], sock_connect=timeout["connect"], sock_read=timeout["read"]
                ),
                trace_request_ctx=request.extensions["watch"],
            )
        return httpx.Response(
            response.status, headers=list(response.raw_headers), stream=_Stream(response, self._keep), request=request
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()


class _Response(aiohttp.ClientResponse):
    """An answer that knows its connection even after that has been returned to the pool."""

    transport: asyncio.Transport | None = None


class _Stream(httpx.AsyncByteStream):
    """The body of an answer, as it arrives."""

    def __init__(self, response: aiohttp.ClientResponse, keep: bool) -> None:
        self._response = response
        self._keep = keep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._response.content
        with _as_httpx():
            try:
                while data := await content.readany():
                    yield data
            except (aiohttp.ClientError, OSError) as exc:
                # aiohttp drops what came just before a break. On a connection that breaks often that may be everything.
                content.set_exception(None)  # type: ignore[arg-type]
                if data := content.read_nowait():
                    yield data
                raise exc from exc.__cause__

    async def aclose(self) -> None:
        """Hang up at once, unless everything was read and the connection is kept."""
        is_kept = self._keep and self._response.closed
        self._response.close()
        await self._response.wait_for_close()
        transport = self._response.transport if isinstance(self._response, _Response) else None
        if transport is not None and (transport.is_closing() or not is_kept):
            await _hang_up(transport)


class _Socket(socket.socket):
    """A socket that reports a broken connection to the sender only after what had arrived before was read.

    A service may refuse in the middle of an upload and hang up. asyncio stops reading when a send fails, so the refusal
    would be lost and the job doubtful. Here the first failure is reported as "try again later", so that the event loop
    runs once more and reads first.
    """

    _is_broken = False

    @classmethod
    def of(cls, address: AddrInfoType) -> socket.socket:
        """Create a socket for that kind of address."""
        return cls(*address[:3])

    def send(self, data: Any, flags: int = 0) -> int:
        """Send as the base class does."""
        with self._first_failure_blocks():
            return super().send(data, flags)

    if sys.platform != "win32":

        def sendmsg(self, *parts: Any) -> int:
            """Send as the base class does; asyncio uses this method from Python 3.12 on."""
            with self._first_failure_blocks():
                return super().sendmsg(*parts)

    @contextmanager
    def _first_failure_blocks(self) -> Iterator[None]:
        try:
            yield
        except ConnectionError:
            if self._is_broken:
                raise
            self._is_broken = True
            raise BlockingIOError from None


class _Request(aiohttp.ClientRequest):
    """A request that checks its connection once more before the first byte."""

    transport: asyncio.Transport | None = None

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send as the base class does.

        Raises ServerDisconnectedError if the other side has hung up, or has sent something without being asked.
        """
        protocol = conn.protocol
        if protocol is None or not protocol.is_connected() or protocol.should_close:
            raise aiohttp.ServerDisconnectedError
        self.transport = protocol.transport
        response = await super().send(conn)
        if isinstance(response, _Response):
            response.transport = self.transport
        return response


async def _once(
    request: aiohttp.ClientRequest, send: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
) -> aiohttp.ClientResponse:
    """Turn errors into httpx's already here: aiohttp would repeat a request that fails with one of its own."""
    try:
        with _as_httpx():
            return await send(request)
    except BaseException:
        if isinstance(request, _Request) and request.transport is not None:
            await _hang_up(request.transport)
        raise


async def _hang_up(transport: asyncio.Transport) -> None:
    """Drop a connection at once. Closing it would first send what is buffered, however long the other side takes."""
    transport.abort()
    await asyncio.sleep(0)


def _trace() -> aiohttp.TraceConfig:
    async def reuse(_session: aiohttp.ClientSession, context: SimpleNamespace, _told: object) -> None:
        context.trace_request_ctx.is_reused = True

    async def start(_session: aiohttp.ClientSession, context: SimpleNamespace, _told: object) -> None:
        context.trace_request_ctx.start()

    async def give(
        _session: aiohttp.ClientSession, context: SimpleNamespace, told: aiohttp.TraceRequestChunkSentParams
    ) -> None:
        context.trace_request_ctx.give(len(told.chunk))

    config = aiohttp.TraceConfig()
    config.on_connection_reuseconn.append(reuse)
    config.on_request_headers_sent.append(start)
    config.on_request_chunk_sent.append(give)
    return config


def _proxy(url: httpx.URL) -> str | None:
    """Return the environment's proxy for `url`, or None. Raises httpx.ProxyError for a kind that cannot be used."""
    known = urllib.request.getproxies()
    proxy = known.get(url.scheme) or known.get("all")
    if not proxy or urllib.request.proxy_bypass(url.netloc.decode("ascii")):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.lower().startswith(("http://", "https://")):  # desktops also set "socks://…", which aiohttp cannot use
        raise httpx.ProxyError("this kind of proxy cannot be used")
    return proxy


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError) as exc:
        kind = next(theirs for ours, theirs in _ERRORS if isinstance(exc, ours))
        raise kind(type(exc).__name__) from exc
