"""Hears what other machines write: a thread that waits for PostgreSQL's notifications, and asks nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from topazdesk.errors import ComputerError
from topazdesk.team import own_name
from topazdesk.team.connections import Connections
from topazdesk.team.schema import CHANNEL

_log = logging.getLogger(__name__)
_LOOK_S = 1.0
_AGAIN_S = 0.5

#: What was told. `{"again": True}`: the line was down, so anything may have changed; `{"down": error}`: it is down;
#: `{"own_name": …}`: whether this program alone has the name that it claims.
Told = dict[str, Any]


class Ears:
    """Calls `heard` on the loop with each notification, and once at each (new) beginning.

    `claims`: the name that no other program may claim as long as this one listens; "" for none.
    """

    def __init__(self, connections: Connections, heard: Callable[[Told], None], claims: str = "") -> None:
        self._connections = connections
        self._claims = claims
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="topazdesk-ears", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """End the thread."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with self._connections.connect() as raw:
                    raw.execute(f"LISTEN {CHANNEL}")
                    self._tell({"again": True})
                    has_name: bool | None = None if self._claims else True
                    while not self._stop.is_set():
                        if not has_name and (found := own_name.claim(raw, self._claims)) is not has_name:
                            has_name = found
                            self._tell({"own_name": found})
                        for told in raw.notifies(timeout=_LOOK_S):
                            self._tell(json.loads(told.payload))
                            if self._stop.is_set():
                                break
            except (psycopg.Error, ComputerError, ValueError) as error:
                _log.info("the line to the team's database is down: %s", error)
                if isinstance(error, psycopg.Error) and not self._stop.is_set():
                    self._tell({"down": error})
                self._stop.wait(_AGAIN_S)

    def _tell(self, told: Told) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._heard, told)
