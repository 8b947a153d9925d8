"""The servers of the tests leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import socket

from tests.support.listening import Listening


class Flood(Listening):
    """Says more than anybody takes, and closes."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(50_000_000))
        writer.close()


def test_what_nobody_takes_does_not_stay_open() -> None:
    """It was found when its loop was over, as a warning in whatever test came next."""
    with socket.socket() as client:
        with Flood("flood") as server:
            client.connect(("127.0.0.1", server.port))
            assert client.recv(1)
        gc.collect()


def test_what_comes_in_the_last_moment_does_not_stay_open() -> None:
    """Taken in the very turn in which the server closed, a connection got no task that could have ended it."""
    for _ in range(50):
        with Flood("flood") as server, socket.socket() as client:
            client.connect(("127.0.0.1", server.port))
    gc.collect()
