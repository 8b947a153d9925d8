"""Extend uvicorn's HTTP protocol so that scenarios can cut a connection, as real networks do and ASGI cannot."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """An HTTP protocol that records the transport of each connection by the client's address, as in the ASGI scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Record the connection."""
        super().connection_made(transport)
        if self.client is not None:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.client is not None:
            _open.pop(self.client, None)
        super().connection_lost(exc)


def cut(client: Any, *, reset: bool) -> None:
    """Close the connection of `client`: at once with a reset, or after sending what was written."""
    transport = _open.get(tuple(client)) if client else None
    if transport is None:
        return
    if reset:
        raw: socket.socket | None = transport.get_extra_info("socket")
        if raw is not None:
            # Lingering for 0 s makes the close a reset.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
