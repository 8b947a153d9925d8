"""Reading an answer with h11 from any connection: the head, then the body, raw where its length is known.

Used by the two transports of our own; everything is reported as httpx's exceptions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import h11
import httpx

READ = 256 * 1024


class Wire(Protocol):
    """A connection. Both calls raise httpx.TransportError types."""

    async def send(self, data: bytes) -> None:
        """Hands the bytes to the connection."""
        ...

    async def receive(self, most: int) -> bytes:
        """Up to `most` bytes; b"" at the end."""
        ...

    def close(self) -> None:
        """Hangs up."""
        ...


async def read_answer(
    parser: h11.Connection,
    wire: Wire,
    keep: Callable[[], None] | None = None,
    *,
    straight: bool = True,
    head: h11.Response | None = None,
) -> httpx.Response:
    """The answer with its body still to come; closing the answer hangs up.

    Unless all of the body was read and the other side stays: `keep` is called then instead. Without `straight` all of it goes
    through the parser, which is ready for the next request afterwards. `head`: what `begun` has read already.
    """
    head = head or await _head(parser, wire)
    length = _plain_length(head) if straight else None
    body = Body(parser, wire, length, keep if _stays(head) else None)
    return httpx.Response(head.status_code, headers=list(head.headers), stream=body)


class Body(httpx.AsyncByteStream):
    """The body: straight from the socket when its length is known (`length`), else through the parser (chunked)."""

    def __init__(
        self, parser: h11.Connection, wire: Wire, length: int | None, keep: Callable[[], None] | None = None
    ) -> None:
        self._parser = parser
        self._wire = wire
        self._length = length
        self._keep = keep
        self._is_whole = False
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._parsed() if self._length is None else self._straight(self._length)
        async for part in parts:
            yield part

    async def aclose(self) -> None:
        """Hangs up, or keeps the connection; see `read_answer`."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._keep is not None and self._is_whole:
            self._keep()
        else:
            self._wire.close()

    async def _straight(self, left: int) -> AsyncIterator[bytes]:
        came = self._parser.trailing_data[0]
        part, too_much = came[:left], len(came) > left
        while left:
            left -= len(part)
            if part:
                yield part
            if left:
                part = await self._wire.receive(min(READ, left))
                if not part:
                    raise httpx.RemoteProtocolError(f"the connection ended {left} bytes early")
        self._is_whole = not too_much

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
                self._is_whole = True
                return


async def begun(parser: h11.Connection, wire: Wire, has_input: Callable[[], bool]) -> h11.Response | None:
    """The head of the answer that comes while the request is still being sent, or None.

    Interim answers (100, 102, 103) are no answer: they pass unasked through some gateways, and the request is to go on.
    """
    while has_input() or parser.trailing_data[0]:
        if (head := await _head_or_interim(parser, wire)) is not None:
            return head
    return None


async def _head(parser: h11.Connection, wire: Wire) -> h11.Response:
    while (head := await _head_or_interim(parser, wire)) is None:
        pass
    return head


async def _head_or_interim(parser: h11.Connection, wire: Wire) -> h11.Response | None:
    """The next head; None for an interim one."""
    while True:
        with _protocol():
            event = parser.next_event()
        if isinstance(event, h11.Response):
            return event
        if isinstance(event, h11.InformationalResponse):
            return None
        if event is not h11.NEED_DATA:
            raise httpx.RemoteProtocolError("no answer before the connection ended")
        data = await wire.receive(64 * 1024)
        with _protocol():
            parser.receive_data(data)


def _plain_length(response: h11.Response) -> int | None:
    """Length of a body that is nothing but its bytes; None where the parser is needed."""
    headers = dict(response.headers)
    length = headers.get(b"content-length", b"")
    if b"transfer-encoding" in headers or not length.isdigit() or response.status_code in (204, 304):
        return None
    return int(length)


def _stays(response: h11.Response) -> bool:
    """Whether the other side announces the end of the body and waits for another request then (RFC 9112, 9.3)."""
    headers = dict(response.headers)
    is_bounded = b"content-length" in headers or b"transfer-encoding" in headers
    return is_bounded and response.http_version == b"1.1" and b"close" not in headers.get(b"connection", b"").lower()


@contextmanager
def as_httpx(broken: type[httpx.TransportError], silent: type[httpx.TransportError]) -> Iterator[None]:
    """Operating system errors become httpx's: `silent` for a time-out, `broken` for the rest."""
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
