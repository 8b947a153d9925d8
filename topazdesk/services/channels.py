"""The connections of one service: which transport carries which kind of call.

Without a proxy in between, transports of our own do it, called directly: what httpx's client does around them (cookies,
redirects, authentication, none of it wanted here) costs as much as the sending. Through a proxy, and for downloads over TLS, it
is httpx.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import urllib.request
from enum import Enum

import httpx

from topazdesk.services.address import is_loopback
from topazdesk.services.kept_transport import KeptTransport
from topazdesk.services.loopback import LoopbackTransport
from topazdesk.services.upload_transport import UploadTransport

#: Few connections, all kept: httpx looks at every idle one for each request, and 64 of them made a poll three times as slow.
_POOL = httpx.Limits(max_connections=16, max_keepalive_connections=6, keepalive_expiry=20)


class Role(Enum):
    """Kinds of calls, by what they need."""

    ASK = "ask"  # short; kept connections
    SEND = "send"  # an upload, paid or to storage; a fresh connection each
    LINK = "link"  # a download from storage


class Channels:
    """Each transport is made when it is first needed. `context`: the trusted certificates, None for those of the system."""

    def __init__(self, base: httpx.URL, context: ssl.SSLContext | None) -> None:
        self._is_local = is_loopback(base)
        self._context = context
        self._transports: dict[tuple[Role, bool], httpx.AsyncBaseTransport | httpx.AsyncClient] = {}

    async def send(self, role: Role, request: httpx.Request) -> httpx.Response:
        """The answer, any status, with its body still to come; to be closed. Raises httpx.TransportError, ProxyError before anything is sent."""
        kind = (role, request.url.scheme == "http")
        if kind not in self._transports:
            context = self._context if self._context is not None else await asyncio.to_thread(_trusted)
            if kind not in self._transports:
                self._transports[kind] = self._new(role, context, is_plain=kind[1])
        transport = self._transports[kind]
        if isinstance(transport, httpx.AsyncClient):
            return await transport.send(request, stream=True, follow_redirects=False)
        response = await transport.handle_async_request(request)
        response.request = request
        return response

    async def close(self) -> None:
        """Closes all connections."""
        transports = list(self._transports.values())
        self._transports.clear()
        for transport in transports:
            await transport.aclose()

    def _new(
        self, role: Role, context: ssl.SSLContext, *, is_plain: bool
    ) -> httpx.AsyncBaseTransport | httpx.AsyncClient:
        if role is Role.LINK:
            if is_plain:  # links over plain HTTP lead to this computer; see `address.link_address`
                return LoopbackTransport()
            limits = httpx.Limits(max_connections=64)
        elif self._is_local or not _has_proxy():
            # Through a proxy httpx's own transport does it: it hears a refusal only after all is sent.
            return KeptTransport(context) if role is Role.ASK else UploadTransport(context)
        else:
            limits = _POOL if role is Role.ASK else httpx.Limits(max_keepalive_connections=0)
        # A proxy from the environment must not get to see calls to this computer itself.
        try:
            return httpx.AsyncClient(verify=context, limits=limits, trust_env=not self._is_local)
        except (ImportError, ValueError) as exc:  # desktops put "socks://…" there, for programs that can
            raise httpx.ProxyError("this kind of proxy cannot be used") from exc


def _has_proxy() -> bool:
    return not {"http", "https", "all"}.isdisjoint(urllib.request.getproxies())


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Certificates of httpx's bundle and of the system (companies add their own there). Slow: some 30 ms of disk."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context
