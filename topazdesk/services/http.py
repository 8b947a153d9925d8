"""One service's HTTP: keys to its own origin only, no redirect followed, fitting timeouts, every failure in words.

Three kinds of call, each with a client of its own:

- `ask`: costs nothing, may be repeated; pooled connections.
- `submit`: paid; a fresh connection each time, because a pooled one that the server has just closed would leave it open
  whether the request arrived. Never repeated here.
- `open_link`, `put_link`: signed links at a storage host; no key, no cookies.

There is no deadline for a whole call: a slow connection is not a broken one. Silence is what counts.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import logging
import ssl
import sys
import urllib.request
from collections.abc import AsyncIterable, AsyncIterator, Generator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from topazdesk import __version__
from topazdesk.errors import InputError, ServiceError
from topazdesk.services.address import base_address, is_loopback, link_address, origin
from topazdesk.services.answers import Answer, AnswerReader
from topazdesk.services.buffers import keep_freed_buffers
from topazdesk.services.connection_trouble import connection_error, describe
from topazdesk.services.facts import ServiceFacts
from topazdesk.services.kept_transport import KeptTransport
from topazdesk.services.loopback import LoopbackTransport
from topazdesk.services.secret import Secret
from topazdesk.services.upload import Body, Progress
from topazdesk.services.upload_transport import UploadTransport

# These two log whole addresses (signed links are secrets) at INFO and headers at DEBUG, whatever the root logger is set to.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# httpcore looks for this module at every request, and Python looks through all folders each time for one that is missing.
if importlib.util.find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

#: An answer of the API is small; a page of 100 jobs has some 70 KB. This bounds what a broken server can make us hold.
LARGEST_ANSWER = 64 * 1024 * 1024
#: Few connections, all kept: httpx looks at every idle one for each request, and 64 of them made a poll three times as slow.
_POOL = httpx.Limits(max_connections=16, max_keepalive_connections=6, keepalive_expiry=20)
#: From here on JSON is decoded in a thread, so that the event loop keeps running.
LARGE_JSON = 512 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds without any progress, not in all.

    `read_after_upload_s` is longer: a service may store half a gigabyte before it answers. `write_s` is for one piece of
    up to 1 MiB.
    """

    connect_s: float = 20.0
    read_s: float = 30.0
    read_after_upload_s: float = 300.0
    write_s: float = 90.0
    pool_s: float = 120.0

    def asking(self) -> httpx.Timeout:
        """For calls that cost nothing, and downloads."""
        return httpx.Timeout(connect=self.connect_s, read=self.read_s, write=self.write_s, pool=self.pool_s)

    def submitting(self) -> httpx.Timeout:
        """For uploads."""
        return httpx.Timeout(
            connect=self.connect_s, read=self.read_after_upload_s, write=self.write_s, pool=self.pool_s
        )


class _KeyForOrigin(httpx.Auth):
    """Adds the key, to requests for the service's own origin only."""

    def __init__(self, key: Secret, base: httpx.URL, facts: ServiceFacts) -> None:
        self._key = key
        self._origin = origin(base)
        self._header, self._prefix = facts.key_header, facts.key_prefix

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._key and origin(request.url) == self._origin:
            request.headers[self._header] = self._prefix + self._key.reveal()
        yield request


class _Trace:
    """Watches one request: whether a connection was made for it, and whether any of its bytes left."""

    def __init__(self) -> None:
        self.connected = False
        self.started = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            self.connected = True
        elif event.endswith(".send_request_headers.started"):
            request = info.get("request")
            # A proxy's CONNECT is not our request: the service has seen nothing yet.
            if request is None or request.method != b"CONNECT":
                self.started = True


class Http:
    """HTTP to the service at `base_url` (the root above `/image/v1`).

    Raises UseError for an address that must not be used. `ssl_context` replaces the trusted certificates (tests).
    """

    def __init__(
        self,
        base_url: str,
        key: Secret,
        facts: ServiceFacts,
        timeouts: Timeouts | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.base = base_address(base_url)
        self.facts = facts
        self.reader = AnswerReader(facts, key)
        self._key = key
        self._timeouts = timeouts or Timeouts()
        self._context = ssl_context
        self._auth = _KeyForOrigin(key, self.base, facts)
        self._clients: dict[str, httpx.AsyncClient] = {}
        keep_freed_buffers()

    def __repr__(self) -> str:
        return f"Http({self.base})"

    async def ask(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: object = None
    ) -> Answer:
        """A call that costs nothing; the 2xx answer, read in full.

        Raises what `AnswerReader.error` makes of other answers, and NetworkError. What met a pooled connection that the
        server had closed meanwhile is asked once more; a DELETE is not (its second answer would be about the first).
        """
        client = await self._client("ask", _POOL)
        for attempt in (0, 1):
            trace = _Trace()
            request = client.build_request(
                method,
                self._url(path),
                params=params,
                json=json,
                headers={"Accept": "application/json"},
                timeout=self._timeouts.asking(),
                extensions={"trace": trace},
            )
            try:
                answer = await self._exchange(client, request)
            except (httpx.NetworkError, httpx.RemoteProtocolError) as exc:
                if attempt == 0 and method != "DELETE" and not trace.connected:
                    continue
                raise connection_error(exc, self.facts, sent=trace.started) from None
            except httpx.TransportError as exc:
                raise connection_error(exc, self.facts, sent=trace.started) from None
            except httpx.DecodingError as exc:
                raise self._undecodable(exc) from None
            if answer.is_success:
                return answer
            raise self.reader.error(answer)
        raise AssertionError("unreachable")

    async def ask_json(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: object = None
    ) -> tuple[Answer, Any]:
        """`ask`, and the JSON of the answer. Raises ServiceError when it is not JSON."""
        answer = await self.ask(method, path, params=params, json=json)
        try:
            if len(answer.body) > LARGE_JSON:
                return answer, await asyncio.to_thread(answer.json)
            return answer, answer.json()
        except (ValueError, RecursionError):
            raise self.reader.not_an_answer(answer) from None

    async def submit(self, path: str, body: Body, progress: Progress) -> Answer:
        """A paid upload on a fresh connection; the 2xx answer.

        Raises NetworkError(sent=False) only when certainly no byte of the request left, errors of the 4xx family as the
        service's refusal, UnknownOutcomeError for everything else. An answer whose body broke off after a 2xx head is
        returned with what arrived: its headers may already name the job.
        """
        client = await self._client("submit", httpx.Limits(max_keepalive_connections=0))
        async with aclosing(body.chunks(progress)) as chunks:
            return await self._submit(client, path, body, chunks)

    async def _submit(self, client: httpx.AsyncClient, path: str, body: Body, chunks: AsyncIterable[bytes]) -> Answer:
        trace = _Trace()
        request = client.build_request(
            "POST",
            self._url(path),
            content=chunks,
            headers={
                "Accept": "application/json",
                "Content-Type": body.content_type,
                "Content-Length": str(body.length),
            },
            timeout=self._timeouts.submitting(),
            extensions={"trace": trace},
        )
        try:
            answer = await self._exchange(client, request, keep_broken=True)
        except httpx.TransportError as exc:
            if not trace.started:
                raise connection_error(exc, self.facts, sent=False) from None
            raise self.reader.unconfirmed(f"{describe(exc)} · {body.sent_text}") from None
        except InputError as exc:  # the source could not be read on; part of it is out already
            if not trace.started:
                raise
            raise self.reader.unconfirmed(f"{exc.title}: {exc.details} · {body.sent_text}") from None
        if answer.is_success:
            return answer
        raise self.reader.error(answer, paid=True)

    async def put_link(self, link: str, body: Body, progress: Progress) -> Answer:
        """Sends a file to a signed link, without the key; the answer, whatever its status. Costs nothing.

        Raises ServiceError for a link that is not secure, NetworkError (never "sent": nothing is paid here), InputError.
        """
        url = link_address(link, self.base)
        client = await self._client("put", httpx.Limits(max_keepalive_connections=0))
        client.cookies.clear()
        async with aclosing(body.chunks(progress)) as chunks:
            request = client.build_request(
                "PUT",
                url,
                content=chunks,
                headers={"Content-Type": body.content_type, "Content-Length": str(body.length)},
                timeout=self._timeouts.submitting(),
            )
            try:
                return await self._exchange(client, request, with_key=False)
            except httpx.TransportError as exc:
                raise connection_error(exc, self.facts, sent=False) from None
            except httpx.DecodingError as exc:
                raise self._undecodable(exc) from None

    @asynccontextmanager
    async def open_link(self, link: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """An open answer of a signed link, any status; the body is not read yet. No key goes there.

        Raises ServiceError for a link that is not secure, NetworkError without connection.
        """
        url = link_address(link, self.base)
        client = await self._client("link", httpx.Limits(max_connections=64))
        client.cookies.clear()
        request = client.build_request(
            "GET", url, headers={**headers, "Accept-Encoding": "identity"}, timeout=self._timeouts.asking()
        )
        try:
            response = await client.send(request, stream=True)
        except httpx.TransportError as exc:
            raise connection_error(exc, self.facts, sent=False) from None
        try:
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Closes all connections."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    async def _exchange(
        self, client: httpx.AsyncClient, request: httpx.Request, *, keep_broken: bool = False, with_key: bool = True
    ) -> Answer:
        response = await client.send(request, stream=True, auth=self._auth if with_key else None)
        try:
            body = bytearray()
            try:
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        break
            except (httpx.TransportError, httpx.DecodingError):
                if not keep_broken:
                    raise
            return Answer(response.status_code, response.headers, bytes(body), request.url)
        finally:
            await response.aclose()

    async def _client(self, role: str, limits: httpx.Limits) -> httpx.AsyncClient:
        if role not in self._clients:
            context = self._context if self._context is not None else await asyncio.to_thread(_trusted)
            if role not in self._clients:
                mounts: dict[str, httpx.AsyncBaseTransport | None] = {}
                if role == "link":
                    mounts["http://"] = LoopbackTransport()
                elif is_loopback(self.base) or not _has_proxy():
                    # Through a proxy httpx's own transport does it: it hears a refusal only after all is sent.
                    mounts["all://"] = KeptTransport(context) if role == "ask" else UploadTransport(context)
                self._clients[role] = httpx.AsyncClient(
                    verify=context,
                    limits=limits,
                    follow_redirects=False,
                    # A proxy from the environment must not get to see calls to this computer itself.
                    trust_env=not is_loopback(self.base),
                    mounts=mounts,
                    headers={"User-Agent": f"topazdesk/{__version__}"},
                )
        return self._clients[role]

    def _url(self, path: str) -> httpx.URL:
        return httpx.URL(f"{self.base}{path}")

    def _undecodable(self, exc: httpx.DecodingError) -> ServiceError:
        return ServiceError(
            self.facts.say("The answer of {service} makes no sense"),
            "Nothing is lost. A newer version of topazdesk may understand it.",
            details=describe(exc),
            code="service.nonsense",
        )


def _has_proxy() -> bool:
    return not {"http", "https", "all"}.isdisjoint(urllib.request.getproxies())


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Certificates of httpx's bundle and of the system (companies add their own there). Slow: some 30 ms of disk."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context
