"""A TCP proxy that breaks connections on purpose, between a real client and a real server.

Each new connection takes the next fault of the plan; when the plan is empty, connections are clean. Bytes are counted per
connection and direction: "up" from client to server, "down" back. It runs an event loop of its own in a thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.listening import Listening, reset


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one connection. None: nothing.

    `cut_up`/`cut_down`: reset both sides once so many bytes went that way (0: before the first). `drop_answer`: the request
    goes through, the first byte of the answer ends the connection. `stall_down`: after so many bytes down, silence with the
    connection open. `corrupt_down`: the byte at this place is flipped. `delay_s`: before the first byte either way.
    `refuse`: reset right after the connect.
    """

    cut_up: int | None = None
    cut_down: int | None = None
    drop_answer: bool = False
    stall_down: int | None = None
    corrupt_down: int | None = None
    delay_s: float = 0.0
    refuse: bool = False


CLEAN = Fault()


class FaultProxy(Listening):
    """`with FaultProxy(server_url) as proxy`: clients use `proxy.url`."""

    def __init__(self, upstream: str, plan: Iterable[Fault] = ()) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self._upstream = (parts.hostname, parts.port)
        self._plan = deque(plan)
        self._always: Fault | None = None
        self._lock = threading.Lock()
        super().__init__("fault-proxy")
        self.connections = 0

    def plan(self, *faults: Fault) -> None:
        """Appends faults for the next connections."""
        with self._lock:
            self._plan.extend(faults)

    @property
    def left(self) -> int:
        """Faults of the plan that no connection has met yet."""
        with self._lock:
            return len(self._plan)

    def always(self, fault: Fault | None) -> None:
        """One fault for all new connections while set; a network that is gone: `always(Fault(refuse=True))`."""
        with self._lock:
            self._always = fault

    def clear(self) -> None:
        """No more faults; what is open stays open."""
        with self._lock:
            self._plan.clear()
            self._always = None

    def _next_fault(self) -> Fault:
        with self._lock:
            self.connections += 1
            if self._always is not None:
                return self._always
            return self._plan.popleft() if self._plan else CLEAN

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes the next fault of the plan."""
        fault = self._next_fault()
        above: asyncio.StreamWriter | None = None
        clean = False
        try:
            if fault.refuse:
                return
            await asyncio.sleep(fault.delay_s)
            from_above, above = await self.connect(*self._upstream)
            cut_down = 0 if fault.drop_answer else fault.cut_down
            flows = {
                asyncio.ensure_future(_up(reader, above, fault.cut_up)),
                asyncio.ensure_future(_down(from_above, writer, cut_down, fault)),
            }
            try:
                ended, _ = await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
                clean = all(flow.result() for flow in ended)
            finally:
                for flow in flows:
                    flow.cancel()
                await asyncio.gather(*flows, return_exceptions=True)
        finally:
            for one in (writer, above):
                if one is not None and clean:
                    one.close()
                elif one is not None:
                    reset(one)


async def _up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: int | None) -> bool:
    """Whether the client ended it; False when the fault did."""
    done = 0
    while cut is None or done < cut:
        data = await reader.read(65_536 if cut is None else min(65_536, cut - done))
        if not data:
            return True
        done += len(data)
        writer.write(data)
        await writer.drain()
    return False


async def _down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: int | None, fault: Fault) -> bool:
    """Whether the server ended it; False when the fault did."""
    done = 0
    while data := await reader.read(65_536):
        if fault.corrupt_down is not None and done <= fault.corrupt_down < done + len(data):
            place = fault.corrupt_down - done
            data = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        limits = [limit for limit in (cut, fault.stall_down) if limit is not None and done + len(data) > limit]
        writer.write(data[: limits[0] - done] if limits else data)
        await writer.drain()
        if limits and fault.stall_down is not None:
            await asyncio.Event().wait()
        if limits:
            return False
        done += len(data)
    return True
