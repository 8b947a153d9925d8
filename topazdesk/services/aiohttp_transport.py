"""httpx over aiohttp: the adapter between the two, and the only own piece of HTTP here.

The transport of httpx-aiohttp was tried first and lacks what money needs: it decodes `%7E` and `%2F` in addresses (the signature of
a link no longer fits then), it passes no trace on, so that nobody knows what of a paid request left, it sorts errors by loose
ancestry (a reset in mid-upload is a `ConnectTimeout`), and what comes unasked on a waiting connection passes for the next answer.
"""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
from aiohttp.connector import AddrInfoType, Connection
from yarl import URL

#: How long a connection waits for another request; services keep theirs for longer.
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
    """One request on its way: what of it may have left, and until when it may take. Used inside `limit`.

    aiohttp's trace tells right before it gives bytes to the connection, so "not started" and "not given" are certain.
    """

    def __init__(self, *, wait_s: float, piece_s: float, answer_s: float, length: int = 0) -> None:
        self.limit = asyncio.timeout(wait_s)
        self.is_reused = False
        self.is_started = False
        self._piece_s, self._answer_s = piece_s, answer_s
        self._left = length

    @property
    def is_given(self) -> bool:
        """Whether the whole body may have left this computer."""
        return self.is_started and self._left <= 0

    def start(self) -> None:
        """The head is about to leave."""
        self.is_started = True
        self._go_on()

    def give(self, count: int) -> None:
        """So many bytes of the body are about to leave."""
        self._left -= count
        self._go_on()

    def _go_on(self) -> None:
        if not self.limit.expired():
            patience_s = self._piece_s if self._left > 0 else self._answer_s
            self.limit.reschedule(asyncio.get_running_loop().time() + patience_s)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over TLS or plain. Nothing is followed, kept, decoded or sent twice here, and no error is logged.

    A request's extension "watch" holds its `Watch`. Without `keep` every request has a connection of its own. `use_proxies`: those
    of the environment.
    """

    def __init__(self, context: Any, *, limit: int, keep: bool, use_proxies: bool) -> None:
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=limit,
            force_close=not keep,
            keepalive_timeout=KEPT_S if keep else None,
            socket_factory=_Socket.of,
            resolver=aiohttp.ThreadedResolver(),  # also where another one is installed: this one works on every loop
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
        """The answer as soon as its head is there. Raises httpx.TransportError, ProxyError before anything is sent."""
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
        """Hangs up."""
        await self._session.close()


class _Response(aiohttp.ClientResponse):
    """Knows its connection also when that has been given back."""

    transport: asyncio.Transport | None = None


class _Stream(httpx.AsyncByteStream):
    """The body of an answer as it came."""

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
                # aiohttp forgets what came right before a break; on a line that breaks often that may be all there is.
                content.set_exception(None)  # type: ignore[arg-type]
                if data := content.read_nowait():
                    yield data
                raise exc from exc.__cause__

    async def aclose(self) -> None:
        """Hangs up at once, unless all was read and the connection is kept."""
        is_kept = self._keep and self._response.closed
        self._response.close()
        await self._response.wait_for_close()
        transport = self._response.transport if isinstance(self._response, _Response) else None
        if transport is not None and (transport.is_closing() or not is_kept):
            await _hang_up(transport)


class _Socket(socket.socket):
    """Tells a sender that the line is broken only when what had come before was read.

    A service may refuse in the middle of an upload and hang up. asyncio reads no more once a sending has failed, and the refusal
    was lost: a doubtful job. The first failure counts as "not now" here, so that the loop turns once more, reading first.
    """

    _is_broken = False

    @classmethod
    def of(cls, address: AddrInfoType) -> socket.socket:
        """A new one for that kind of address."""
        return cls(*address[:3])

    def send(self, data: Any, flags: int = 0) -> int:
        """As the base."""
        with self._second_thoughts():
            return super().send(data, flags)

    def sendmsg(self, *parts: Any) -> int:
        """As the base; asyncio sends with it from Python 3.12 on."""
        with self._second_thoughts():
            return super().sendmsg(*parts)

    @contextmanager
    def _second_thoughts(self) -> Iterator[None]:
        try:
            yield
        except ConnectionError:
            if self._is_broken:
                raise
            self._is_broken = True
            raise BlockingIOError from None


class _Request(aiohttp.ClientRequest):
    """Looks at its connection once more before the first byte."""

    transport: asyncio.Transport | None = None

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """As the base; ServerDisconnectedError when the other side has hung up, or said something that nobody asked for."""
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
    """Errors leave as httpx's from here already: aiohttp sends once more what failed with one of its own."""
    try:
        with _as_httpx():
            return await send(request)
    except BaseException:
        if isinstance(request, _Request) and request.transport is not None:
            await _hang_up(request.transport)
        raise


async def _hang_up(transport: asyncio.Transport) -> None:
    """At once: closing would first send what waits, for as long as the other side does not take it."""
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
    """The proxy that the environment names for `url`. Raises httpx.ProxyError for one that cannot be used."""
    known = urllib.request.getproxies()
    proxy = known.get(url.scheme) or known.get("all")
    if not proxy or urllib.request.proxy_bypass(url.netloc.decode("ascii")):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.lower().startswith(("http://", "https://")):  # desktops put "socks://…" there, for programs that can
        raise httpx.ProxyError("this kind of proxy cannot be used")
    return proxy


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError) as exc:
        kind = next(theirs for ours, theirs in _ERRORS if isinstance(exc, ours))
        raise kind(type(exc).__name__) from exc
