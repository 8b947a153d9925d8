"""HTTP to one service: the key goes to its own origin only, redirects are the caller's, every failure becomes an error.

There are three kinds of calls, each with connections of its own:

- `ask`: free and repeatable, over kept connections.
- `submit`: paid, over a fresh connection each time. On a kept one that the server has just closed it would be unclear
  whether the request arrived. Never repeated here.
- `open_link`, `put_link`: signed links at a storage host, without key and cookies.

Every call ends when the other side is silent for too long; headers and small answers also have a total time limit. Up-
and downloads have none, because a slow connection is not a broken one.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import httpx

from topazdesk import __version__
from topazdesk.services.address import base_address, is_loopback, link_address, origin
from topazdesk.services.aiohttp_transport import AiohttpTransport, Watch
from topazdesk.services.answers import Answer, AnswerReader
from topazdesk.services.connection_trouble import connection_error, describe, our_error
from topazdesk.services.facts import ServiceFacts
from topazdesk.services.secret import Secret
from topazdesk.services.upload import Body
from topazdesk.services.wire import WireError

# They log whole addresses at INFO (signed links are secrets) and headers at DEBUG, whatever the root logger's level.
for _name in ("httpx", "aiohttp"):
    logging.getLogger(_name).setLevel(logging.WARNING)

#: Most bytes of an answer. Real ones are small (about 70 KB for 100 jobs); this limits what a broken server can do.
LARGEST_ANSWER = 64 * 1024 * 1024
#: Most bytes of the answer to an upload, which has only a few ids.
LARGEST_RECEIPT = 1024 * 1024
#: Larger JSON is decoded and read in a thread, so that the event loop keeps running.
LARGE_JSON = 512 * 1024

_HEADERS = {
    "User-Agent": f"topazdesk/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits of a request, in seconds.

    Most limit the time without progress. Two are totals, however slowly an answer drips in: `whole_s` for the headers
    of a download and for a small answer, `read_after_upload_s` for the answer to an upload (a service may store half a
    gigabyte before it answers). `write_s` is for one piece of an upload.
    """

    connect_s: float = 20.0
    read_s: float = 30.0
    read_after_upload_s: float = 300.0
    write_s: float = 90.0
    pool_s: float = 120.0
    whole_s: float = 120.0


class _Role(Enum):
    """Kinds of calls, as (most connections at once, whether they are kept)."""

    ASK = (16, True)
    SEND = (0, False)
    LINK = (64, True)


class Http:
    """HTTP to the service at `base_url` (the root above `/image/v1`).

    The constructor raises UseError for an address that must not be used. `ssl_context` replaces the trusted
    certificates, for tests.
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
        self._root = str(self.base)
        self._origin = origin(self.base)
        self._timeouts = timeouts or Timeouts()
        self._context = ssl_context
        self._transports: dict[_Role, AiohttpTransport] = {}

    def __repr__(self) -> str:
        return f"Http({self.base})"

    async def ask(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: object = None
    ) -> Answer:
        """Make a free call and return the 2xx answer, read in full.

        Raises NetworkError, and for other answers the error from `AnswerReader.error`.
        """
        url = self._url(path, params)

        def request() -> httpx.Request:
            return httpx.Request(method, url, headers=self._with_key(url), json=json)

        answer = await self._repeatable(request, lambda one, watch: self._exchange(_Role.ASK, one, watch))
        if answer.is_success:
            return answer
        raise self.reader.error(answer)

    async def read(
        self,
        method: str,
        path: str,
        read: Callable[[object], T],
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> T:
        """Make a free call and return what `read` makes of the answer's JSON.

        Raises as `ask` does, and ServiceError if the answer is not JSON or `read` raises WireError.
        """
        answer = await self.ask(method, path, params=params, json=json)

        def parsed() -> T:
            return read(answer.json())

        try:
            return parsed() if len(answer.body) <= LARGE_JSON else await asyncio.to_thread(parsed)
        except ValueError as exc:
            raise self.reader.not_an_answer(answer, str(exc) if isinstance(exc, WireError) else "") from None

    def key_mark(self, name: str) -> str:
        """Return a mark of the key; see `Secret.mark`."""
        return self._key.mark(name)

    async def submit(self, path: str, body: Body) -> Answer:
        """Make a paid upload over a fresh connection and return the 2xx answer.

        Raises NetworkError(sent=False) only if certainly no byte of the request left this computer, the service's
        refusal for a 4xx answer, and UnknownOutcomeError for everything else. A 2xx answer whose body breaks off is
        returned with what arrived, because its headers may already name the job.
        """
        url = self._url(path)
        request, watch = _upload("POST", url, self._with_key(url), body), self._watch(body.length)
        try:
            answer = await self._exchange(_Role.SEND, request, watch, keep_broken=True)
        except httpx.TransportError as exc:
            ours = our_error(exc)  # the picture could not be read to its end; part of it may have left already
            if watch.is_started:
                why = describe(exc) if ours is None else f"{ours.title}: {ours.details}"
                raise self.reader.unconfirmed(f"{why} · {body.sent_text}", handed_over=watch.is_given) from None
            raise ours or connection_error(exc, self.facts, sent=False) from None
        if answer.is_success:
            return answer
        raise self.reader.error(answer, paid=True, handed_over=watch.is_given)

    async def put_link(self, link: str, body: Body) -> Answer:
        """Send a file to a signed link, without the key, and return the answer whatever its status. This is free.

        Raises ServiceError for a link that is not secure, NetworkError (with sent=False, since nothing is paid here)
        and InputError.
        """
        request = _upload("PUT", link_address(link, self.base), _HEADERS, body)
        try:
            return await self._exchange(_Role.SEND, request, self._watch(body.length))
        except httpx.TransportError as exc:
            raise our_error(exc) or connection_error(exc, self.facts, sent=False) from None

    @asynccontextmanager
    async def open_link(self, link: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """Open a signed link, without the key; give the answer whatever its status, its body not read yet.

        Raises ServiceError for a link that is not secure, and NetworkError without a connection.
        """
        url = link_address(link, self.base)
        wanted = {**_HEADERS, "Accept": "*/*", "Accept-Encoding": "identity", **headers}

        async def send(request: httpx.Request, watch: Watch) -> httpx.Response:
            async with _within(watch):
                return await self._send(_Role.LINK, request, watch)

        response = await self._repeatable(lambda: httpx.Request("GET", url, headers=wanted), send)
        try:
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close all connections."""
        transports = list(self._transports.values())
        self._transports.clear()
        for transport in transports:
            await transport.aclose()

    async def _repeatable(
        self, build: Callable[[], httpx.Request], send: Callable[[httpx.Request, Watch], Awaitable[T]]
    ) -> T:
        """Return what `send` returns; send once more if a kept connection turns out to be closed by the server.

        A DELETE of which anything has left is not repeated: the second answer would reflect what the first one did.
        """
        for is_last in (False, True):
            request, watch = build(), self._watch()
            try:
                return await send(request, watch)
            except httpx.TransportError as exc:
                was_dead = watch.is_reused and isinstance(exc, httpx.NetworkError | httpx.RemoteProtocolError)
                if is_last or not was_dead or (request.method == "DELETE" and watch.is_started):
                    raise connection_error(exc, self.facts, sent=watch.is_started) from None
        raise AssertionError("unreachable")

    async def _exchange(
        self, role: _Role, request: httpx.Request, watch: Watch, *, keep_broken: bool = False
    ) -> Answer:
        """Return the whole answer; with `keep_broken`, also one of which only the headers and part of the body came.

        Raises httpx.TransportError.
        """
        body, most = bytearray(), LARGEST_RECEIPT if role is _Role.SEND else LARGEST_ANSWER
        response: httpx.Response | None = None
        try:
            async with _within(watch):
                response = await self._send(role, request, watch)
                try:
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > most:
                            break
                finally:
                    await response.aclose()
        except httpx.TransportError:
            if response is None or not keep_broken:
                raise
        except httpx.DecodingError as exc:
            if not keep_broken and response is not None:
                unread = Answer(response.status_code, response.headers, b"", request.url)
                raise self.reader.not_an_answer(unread, describe(exc)) from None
        assert response is not None  # noqa: S101 otherwise it was raised above
        return Answer(response.status_code, response.headers, self._key.scrub_bytes(bytes(body)), request.url)

    async def _send(self, role: _Role, request: httpx.Request, watch: Watch) -> httpx.Response:
        if role not in self._transports:
            context = self._context if self._context is not None else await asyncio.to_thread(_trusted)
            if role not in self._transports:
                most, keep = role.value
                # A proxy from the environment must not see calls to this computer itself.
                self._transports[role] = AiohttpTransport(
                    context, limit=most, keep=keep, use_proxies=not is_loopback(self.base)
                )
        t = self._timeouts
        # Not for uploads: aiohttp's own limit on silence starts at the first interim answer, with the upload still
        # going on.
        read_s = None if role is _Role.SEND else t.read_s
        limits = httpx.Timeout(connect=t.connect_s, read=read_s, write=None, pool=t.pool_s)
        request.extensions = {"timeout": limits.as_dict(), "watch": watch}
        return await self._transports[role].handle_async_request(request)

    def _watch(self, length: int = 0) -> Watch:
        t = self._timeouts
        answer_s = t.read_after_upload_s if length else t.whole_s
        return Watch(wait_s=t.pool_s + t.connect_s, piece_s=t.write_s, answer_s=answer_s, length=length)

    def _url(self, path: str, params: Mapping[str, str] | None = None) -> httpx.URL:
        return httpx.URL(f"{self._root}{path}", params=params) if params else httpx.URL(f"{self._root}{path}")

    def _with_key(self, url: httpx.URL) -> dict[str, str]:
        """Return the headers of a call; they include the key only for the service's own origin."""
        if not self._key or origin(url) != self._origin:
            return _HEADERS
        return _HEADERS | {self.facts.key_header: self.facts.key_prefix + self._key.reveal()}


def _upload(method: str, url: httpx.URL, headers: dict[str, str], body: Body) -> httpx.Request:
    described = {"Content-Type": body.content_type, "Content-Length": str(body.length)}
    return httpx.Request(method, url, headers=headers | described, stream=body)


@asynccontextmanager
async def _within(watch: Watch) -> AsyncIterator[None]:
    try:
        async with watch.limit:
            yield
    except TimeoutError as exc:
        raise httpx.ReadTimeout("it took too long in total") from exc


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return a context with the certificates of httpx and of the system, to which companies add their own.

    Slow: reads from disk for about 30 ms.
    """
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context
