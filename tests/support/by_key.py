"""One address, several accounts: each request goes to the server whose key it has, as at a real service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.support.listening import Listening


class ByKey(Listening):
    """`with ByKey({key: server_url}) as service`: clients use `service.url`. Without a known key the first server answers."""

    def __init__(self, servers: Mapping[str, str]) -> None:
        self._servers = {key.encode(): urlsplit(url) for key, url in servers.items()}
        super().__init__("by-key")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Find the key in the head of the only request, and pass everything on."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        address = next((url for key, url in self._servers.items() if key in head), next(iter(self._servers.values())))
        assert address.hostname is not None
        assert address.port is not None
        from_above, above = await self.connect(address.hostname, address.port)
        try:
            # Links to results are made of the address that was asked, and carry no key: they lead to the server itself.
            asked = f"Host: 127.0.0.1:{self.port}".encode()
            own = f"Host: {address.hostname}:{address.port}\r\nConnection: close".encode()
            above.write(head.replace(asked, own, 1).replace(asked.lower(), own, 1))
            flows = [asyncio.ensure_future(_pass(reader, above)), asyncio.ensure_future(_pass(from_above, writer))]
            try:
                await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for flow in flows:
                    flow.cancel()
                await asyncio.gather(*flows, return_exceptions=True)
        finally:
            above.close()
            writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
