"""A connection whose other side takes its time."""

from __future__ import annotations

import asyncio
import socket
import ssl

import httpx
import pytest

from topazdesk.services.talk import SLICE, open_talk

TIMEOUT: dict[str, float | None] = {"connect": 10, "read": 10, "write": 30}


async def _sent_to_a_stalled_side(length: int, taken_first: int) -> int:
    """How many bytes wait in this process when the other side stops reading after `taken_first` of `length`."""
    stalled, let_go = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(taken_first)
        stalled.set()
        await let_go.wait()
        writer.transport.abort()

    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLICE)  # the system itself would take megabytes
    server = await asyncio.start_server(serve, sock=listening, limit=SLICE)
    port = listening.getsockname()[1]
    talk = await open_talk(httpx.URL(f"http://127.0.0.1:{port}"), ssl.create_default_context(), TIMEOUT)

    async def send() -> None:
        for _ in range(length >> 20):
            await talk.send(bytes(1 << 20))

    sending = asyncio.create_task(send())
    await stalled.wait()
    waiting = -1
    while waiting <= 0 or waiting != talk.waiting_bytes:  # until the system takes no more
        waiting = talk.waiting_bytes
        await asyncio.sleep(0.02)
        assert not sending.done()
    let_go.set()
    with pytest.raises((httpx.WriteError, asyncio.CancelledError)):
        await sending
    talk.close()
    server.close()
    await server.wait_closed()
    return waiting


def test_a_line_that_has_proven_nothing_is_given_little_at_a_time() -> None:
    """A whole MiB in the 90 s of a submit would need 93 kbit/s: slower lines passed for silent, each upload for doubtful."""
    assert asyncio.run(_sent_to_a_stalled_side(32 << 20, 0)) <= 2 * SLICE
