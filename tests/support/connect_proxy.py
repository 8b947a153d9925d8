"""A web proxy as offices have it: tunnels by CONNECT, or refuses. It keeps what it could read."""

from __future__ import annotations

import asyncio

from tests.support.listening import Listening


class ConnectProxy(Listening):
    """`with ConnectProxy(answer) as proxy`: `answer` 200 tunnels to this computer, any other status refuses."""

    def __init__(self, answer: int = 200) -> None:
        super().__init__("connect-proxy")
        self._answer = answer
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One tunnel."""
        above: asyncio.StreamWriter | None = None
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            length = "" if self._answer == 200 else "Content-Length: 0\r\n"
            writer.write(f"HTTP/1.1 {self._answer} Told\r\n{length}\r\n".encode())
            await writer.drain()
            if self._answer == 200:
                port = int(head.split(" ")[1].rpartition(":")[2])
                from_above, above = await self.connect("127.0.0.1", port)
                await asyncio.gather(_copy(reader, above), _copy(from_above, writer))
        finally:
            for one in (writer, above):
                if one is not None:
                    one.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
