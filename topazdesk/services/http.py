"""One service's HTTP: keys to its own origin only, no redirect followed, fitting timeouts, every failure in words.

Three kinds of call, each with connections of its own:

- `ask`: costs nothing, may be repeated; pooled connections.
- `submit`: paid; a fresh connection each time, because a pooled one that the server has just closed would leave it open
  whether the request arrived. Never repeated here.
- `open_link`, `put_link`: signed links at a storage host; no key, no cookies.

There is no deadline for a whole call: a slow connection is not a broken one. Silence is what counts.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import ssl
import sys
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from topazdesk import __version__
from topazdesk.errors import InputError, ServiceError
from topazdesk.services.address import base_address, link_address, origin
from topazdesk.services.answers import Answer, AnswerReader
from topazdesk.services.buffers import keep_freed_buffers
from topazdesk.services.channels import Channels, Role
from topazdesk.services.connection_trouble import connection_error, describe
from topazdesk.services.facts import ServiceFacts
from topazdesk.services.secret import Secret
from topazdesk.services.upload import Body, Progress

# These two log whole addresses (signed links are secrets) at INFO and headers at DEBUG, whatever the root logger is set to.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# httpcore looks for this module at every request, and Python looks through all folders each time for one that is missing.
if importlib.util.find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

#: An answer of the API is small; a page of 100 jobs has some 70 KB. This bounds what a broken server can make us hold.
LARGEST_ANSWER = 64 * 1024 * 1024
#: From here on JSON is decoded in a thread, so that the event loop keeps running.
LARGE_JSON = 512 * 1024

_AGENT = f"topazdesk/{__version__}"


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
        self._root, self._origin = str(self.base), origin(self.base)
        timeouts = timeouts or Timeouts()
        self._asking, self._submitting = timeouts.asking().as_dict(), timeouts.submitting().as_dict()
        self._channels = Channels(self.base, ssl_context)
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
        for attempt in (0, 1):
            trace = _Trace()
            url = self._url(path, params)
            request = self._request(method, url, self._asking, {"Accept": "application/json"}, trace, json=json)
            self._add_key(request)
            try:
                answer = await self._exchange(Role.ASK, request)
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
        async with aclosing(body.chunks(progress)) as chunks:
            return await self._submit(path, body, chunks)

    async def _submit(self, path: str, body: Body, chunks: AsyncIterable[bytes]) -> Answer:
        trace = _Trace()
        headers = {"Accept": "application/json", **_described(body)}
        request = self._request("POST", self._url(path), self._submitting, headers, trace, chunks)
        self._add_key(request)
        try:
            answer = await self._exchange(Role.SEND, request, keep_broken=True)
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
        async with aclosing(body.chunks(progress)) as chunks:
            request = self._request("PUT", url, self._submitting, _described(body), content=chunks)
            try:
                return await self._exchange(Role.SEND, request)
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
        request = self._request("GET", url, self._asking, {**headers, "Accept-Encoding": "identity"})
        try:
            response = await self._channels.send(Role.LINK, request)
        except httpx.TransportError as exc:
            raise connection_error(exc, self.facts, sent=False) from None
        try:
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Closes all connections."""
        await self._channels.close()

    async def _exchange(self, role: Role, request: httpx.Request, *, keep_broken: bool = False) -> Answer:
        response = await self._channels.send(role, request)
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

    def _request(
        self,
        method: str,
        url: httpx.URL,
        timeout: Mapping[str, float | None],
        headers: Mapping[str, str],
        trace: _Trace | None = None,
        content: AsyncIterable[bytes] | None = None,
        json: object = None,
    ) -> httpx.Request:
        return httpx.Request(
            method,
            url,
            headers={"User-Agent": _AGENT, "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive", **headers},
            content=content,
            json=json,
            extensions={"timeout": timeout} if trace is None else {"timeout": timeout, "trace": trace},
        )

    def _url(self, path: str, params: Mapping[str, str] | None = None) -> httpx.URL:
        return httpx.URL(f"{self._root}{path}", params=params) if params else httpx.URL(f"{self._root}{path}")

    def _add_key(self, request: httpx.Request) -> None:
        """To requests for the service's own origin only."""
        if self._key and origin(request.url) == self._origin:
            request.headers[self.facts.key_header] = self.facts.key_prefix + self._key.reveal()

    def _undecodable(self, exc: httpx.DecodingError) -> ServiceError:
        return ServiceError(
            self.facts.say("The answer of {service} makes no sense"),
            "Nothing is lost. A newer version of topazdesk may understand it.",
            details=describe(exc),
            code="service.nonsense",
        )


def _described(body: Body) -> dict[str, str]:
    return {"Content-Type": body.content_type, "Content-Length": str(body.length)}
