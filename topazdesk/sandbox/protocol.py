"""uvicorn's HTTP protocol, with a way for scenarios to cut a connection: real networks do that, ASGI cannot."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """Remembers the transport of each connection by the client's address, which the ASGI scope names."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the connection."""
        super().connection_made(transport)
        if self.client is not None:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self.client is not None:
            _open.pop(self.client, None)
        super().connection_lost(exc)


def cut(client: Any, *, reset: bool) -> None:
    """End the connection of `client`: at once with a reset, or after what was written has been sent."""
    transport = _open.get(tuple(client)) if client else None
    if transport is None:
        return
    if reset:
        raw: socket.socket | None = transport.get_extra_info("socket")
        if raw is not None:
            # Lingering for 0 s turns the close into a reset.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
