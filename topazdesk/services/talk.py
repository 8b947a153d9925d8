"""A connection that takes in what comes at any time, also while it sends; TLS or plain. See `h11_answer.Wire`."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import cast

import httpx

from topazdesk.services.address import literal
from topazdesk.services.h11_answer import as_httpx

#: Unread bytes of an answer beyond which the other side is made to wait.
HELD = 1024 * 1024
#: What a line that is not known to be fast is given at a time, so that a slow one is never taken for a silent one: within
#: the 90 s of a submit's `write_s` even 24 kbit/s take so much.
SLICE = 256 * 1024
#: A line is fast when it has taken so many bytes (more than a system keeps) without one wait longer than `_SLOW_S`.
_PROVEN = 16 * 1024 * 1024
_SLOW_S = 1.0


async def open_talk(url: httpx.URL, context: ssl.SSLContext, timeout: dict[str, float | None]) -> Talk:
    """A fresh connection to the host of `url`; `timeout` as in httpx's request extensions. Raises httpx.ConnectError and .ConnectTimeout."""
    secure = url.scheme == "https"
    with as_httpx(httpx.ConnectError, httpx.ConnectTimeout):
        async with asyncio.timeout(timeout.get("connect")):
            _, talk = await asyncio.get_running_loop().create_connection(
                lambda: Talk(timeout.get("read"), timeout.get("write")),
                url.host,
                url.port or (443 if secure else 80),
                ssl=context if secure else None,
                server_hostname=url.host if secure else None,
                happy_eyeballs_delay=None if literal(url.host) else 0.25,  # one address leaves nothing to race
            )
    return talk


class Talk(asyncio.Protocol):
    """The connection; silence in either direction for longer than `read_s` and `write_s` ends it."""

    def __init__(self, read_s: float | None, write_s: float | None) -> None:
        self._read_s = read_s
        self._write_s = write_s
        self._input = bytearray()
        self._ended = False
        self._lost: Exception | None = None
        self._came = asyncio.Event()
        self._is_full = False
        self._wake_sender = asyncio.Event()
        self._taken = 0  # bytes since the last long wait
        self._transport: asyncio.Transport | None = None

    @property
    def waiting_bytes(self) -> int:
        """Bytes handed over that the system has not taken yet (of TLS: encrypted ones)."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def be_patient(self, read_s: float | None, write_s: float | None) -> None:
        """For the next request."""
        self._read_s, self._write_s = read_s, write_s

    @property
    def has_input(self) -> bool:
        """Whether bytes of an answer have come."""
        return bool(self._input)

    @property
    def is_over(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._transport is None or self._ended or self._transport.is_closing()

    async def send(self, data: bytes) -> None:
        """Hands the bytes over and waits until the system has taken most of them, or an answer begins."""
        with as_httpx(httpx.WriteError, httpx.WriteTimeout):
            rest = memoryview(data)
            while rest:
                step = self._step(rest)
                await self._send_some(rest[:step])
                rest = rest[step:]
                if rest:
                    # What came is taken in before more is written: writing to a side that has hung up loses its answer.
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)
                if self._input and self.is_over:
                    return  # what came before the end is for the caller to read

    def _step(self, data: memoryview) -> int:
        """How many bytes the line is given next: all where an answer has begun, which the caller looks at then."""
        return len(data) if self._taken >= _PROVEN or self._input else SLICE

    async def _send_some(self, data: memoryview) -> None:
        if self._transport is None or self.is_over:
            raise self._lost or ConnectionResetError("the other side hung up")
        self._transport.write(data)
        self._taken += len(data)
        if self._is_full and not self._input:
            self._wake_sender.clear()
            begun = asyncio.get_running_loop().time()
            async with asyncio.timeout(self._write_s):
                await self._wake_sender.wait()
            if asyncio.get_running_loop().time() - begun > _SLOW_S:
                self._taken = 0
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
        self._wake_sender.set()  # whoever waits to send has an answer to look at now

    def eof_received(self) -> None:
        """The other side is done."""
        self._ended = True
        self._came.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """It broke, or was closed."""
        if exc is not None:
            self._input += self._unread()
        self._lost = exc
        self._ended = True
        self._came.set()
        self._is_full = False
        self._wake_sender.set()

    def _unread(self) -> bytes:
        """What came before the other side hung up, where writing to it was what told: asyncio then reads no more.

        A service that refuses a key in the middle of an upload does so; with its answer lost the job would be in doubt.
        """
        if self._transport is None or self._transport.get_extra_info("ssl_object") is not None:
            return b""  # of TLS only asyncio has the keys
        number = self._transport.get_extra_info("socket").fileno()
        found = bytearray()
        try:
            with socket.socket(fileno=os.dup(number)) as line:
                line.setblocking(False)
                while len(found) < HELD and (data := line.recv(HELD)):
                    found += data
        except OSError:
            pass  # there is no more
        return bytes(found)

    def pause_writing(self) -> None:
        """The system's buffer is full."""
        self._is_full = True

    def resume_writing(self) -> None:
        """There is room again."""
        self._is_full = False
        self._wake_sender.set()
