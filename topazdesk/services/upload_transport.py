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

from topazdesk.services.h11_answer import begun, read_answer
from topazdesk.services.talk import Talk, open_talk

#: Bytes up to which the head and pieces of a body are sent as one.
TOGETHER = 64 * 1024


class UploadTransport(httpx.AsyncBaseTransport):
    """POST with a body of known length, over TLS or plain; raises httpx's own exceptions.

    Calls the request's `trace` extension with "upload.send_request_headers.started" right before the first byte.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends, and returns the answer as soon as there is one."""
        timeout = request.extensions.get("timeout", {})
        talk = await open_talk(request.url, self._context, timeout)
        try:
            parser = h11.Connection(h11.CLIENT)
            head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
            if talk.is_over:
                raise httpx.ConnectError("the other side hung up before the first byte")
            if trace := request.extensions.get("trace"):
                await trace("upload.send_request_headers.started", {})
            early: h11.Response | None = None
            try:
                early = await _send(parser, talk, parser.send(head) or b"", cast(AsyncIterable[bytes], request.stream))
            except httpx.WriteError:
                if not talk.has_input:
                    raise
            return await read_answer(parser, talk, head=early)
        except BaseException:
            talk.close()
            raise


async def _send(parser: h11.Connection, talk: Talk, head: bytes, body: AsyncIterable[bytes]) -> h11.Response | None:
    """Sends until the end, or until an answer begins: its head then.

    Small pieces go out together: each sending wakes the other side.
    """
    held = head
    async for piece in body:
        data = parser.send(h11.Data(data=piece)) or b""
        if len(held) + len(data) <= TOGETHER:
            held += data
            continue
        if held and (early := await _send_one(parser, talk, held)):
            return early
        held = b""
        if len(data) <= TOGETHER:
            held = data
        elif early := await _send_one(parser, talk, data):
            return early
    if held and (early := await _send_one(parser, talk, held)):
        return early
    parser.send(h11.EndOfMessage())
    return None


async def _send_one(parser: h11.Connection, talk: Talk, data: bytes) -> h11.Response | None:
    """Sends, or when an answer has begun returns its head instead."""
    # Two turns of the loop: the first one polls the socket, the second one delivers what came.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if early := await begun(parser, talk, lambda: talk.has_input):
        return early
    await talk.send(data)
    return None
