"""A real HTTP server on a real socket that does as it is told: answers, wrong answers, silence, resets at a chosen byte."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.listening import Listening, reset


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request.

    `reset_after_request`: reset once so many bytes of the body came in. `early`: answer without reading the body.
    `reset_after`/`close_after`: cut the answer's body there. `silent`: read the request, answer nothing.
    `drop`: read the request, reset. `pause_after`: stop the answer's body there and stay silent.
    `interim`: sent as soon as the request's head is there, before its body is read.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    reset_after_request: int | None = None
    early: bool = False
    reset_after: int | None = None
    close_after: int | None = None
    pause_after: int | None = None
    silent: bool = False
    drop: bool = False
    close: bool = False
    interim: bytes = b""

    @classmethod
    def of_json(cls, data: Any, status: int = 200, **headers: str) -> Reply:
        """A JSON answer; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(data).encode(), {"Content-Type": "application/json", **named})

    @classmethod
    def page(cls, status: int = 200) -> Reply:
        """What a captive portal sends."""
        return cls(
            status, b"<!DOCTYPE html><html><body>Welcome to the hotel</body></html>", {"Content-Type": "text/html"}
        )


@dataclass(slots=True)
class Seen:
    """A request as it arrived. `body` holds up to 4 MiB; `length` and `digest` cover all of it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    connection: int
    body: bytes = b""
    length: int = 0
    digest: str = ""

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)

    def parts(self) -> dict[str, tuple[str | None, str, bytes]]:
        """Fields of a multipart body: name → (file name, content type, content)."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message: Message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        assert message.is_multipart()
        found = {}
        for part in message.get_payload():
            assert isinstance(part, Message)
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found[str(name)] = (part.get_filename(), part.get_content_type(), content)
        return found


class ScriptedServer(Listening):
    """`with ScriptedServer(reply, …) as server`: replies in order, the last one for all that follows."""

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        super().__init__("scripted-server", tls=tls)
        self._replies = list(replies)
        self._connections = 0
        self.requests: list[Seen] = []
        #: A request has come whose answer is silence.
        self.is_silent = threading.Event()

    @property
    def falls_silent(self) -> bool:
        """Whether a client has to run out of patience with it."""
        return any(reply.silent or reply.pause_after is not None for reply in self._replies)

    @property
    def url(self) -> str:
        """Root address."""
        return f"{'https' if self._tls else 'http'}://{'localhost' if self._tls else '127.0.0.1'}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests one after the other."""
        self._connections += 1
        number = self._connections
        try:
            while await self._one(reader, writer, number):
                pass
        finally:
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        """Serves one request; whether the connection stays."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        parts = urlsplit(target)
        seen = Seen(method, parts.path, parse_qs(parts.query), headers, number)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        self.requests.append(seen)
        writer.write(reply.interim)
        if not reply.early and not await self._read_body(reader, seen, reply.reset_after_request):
            reset(writer)
            return False
        if reply.drop:
            reset(writer)
            return False
        if reply.silent:
            self.is_silent.set()
            await asyncio.Event().wait()
        return await self._answer(writer, reply, without_body=method == "HEAD")

    async def _read_body(self, reader: asyncio.StreamReader, seen: Seen, limit: int | None) -> bool:
        left = int(seen.headers.get("content-length", "0"))
        kept = bytearray()
        digest = hashlib.sha256()
        while left:
            if limit is not None and seen.length >= limit:
                return False
            wanted = left if limit is None else min(left, limit - seen.length)
            chunk = await reader.read(min(wanted, 1 << 20))
            if not chunk:
                raise asyncio.IncompleteReadError(b"", left)
            seen.length += len(chunk)
            left -= len(chunk)
            digest.update(chunk)
            if len(kept) < 4 << 20:
                kept += chunk
        seen.body, seen.digest = bytes(kept), digest.hexdigest()
        return limit is None

    async def _answer(self, writer: asyncio.StreamWriter, reply: Reply, *, without_body: bool) -> bool:
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        if reply.status == 204:
            headers.pop("Content-Length")
        lines = [f"HTTP/1.1 {reply.status} Told", *(f"{name}: {value}" for name, value in headers.items() if value)]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        cuts = [c for c in (reply.reset_after, reply.close_after, reply.pause_after) if c is not None]
        if not without_body:
            writer.write(reply.body[: cuts[0]] if cuts else reply.body)
        await writer.drain()
        if reply.pause_after is not None:
            await asyncio.Event().wait()
        if reply.reset_after is not None:
            reset(writer)
        return not (cuts or reply.close or reply.early)


@contextmanager
def unheard_port() -> Iterator[int]:
    """A port where nothing listens, and nothing can meanwhile."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        yield port
