"""Ensures one window per profile: a second program passes its pictures to the first and exits.

The first program listens on the loopback. Port and token are in a note in the profile, so only who can read the profile
knows them; requests without the token are refused. A stale note of a killed program is ignored. No Qt here: the answer
is needed before anything is painted.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from topazdesk.app.paths import Paths
from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json

_HOST = "127.0.0.1"
_LONGEST = 16 * 1024 * 1024
_TIMEOUT_S = 3.0


class Handover:
    """The first program's side. `received` is called in the event loop with the pictures.

    Without pictures it only asks to show the window.
    """

    def __init__(self, profile: Path, received: Callable[[list[Path]], None]) -> None:
        self._note = Paths(profile).window_note
        self._received = received
        self._token = secrets.token_hex(16)
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls, profile: Path, received: Callable[[list[Path]], None]) -> Handover:
        """Start to listen; only for the program that has claimed the profile.

        If the computer does not allow it, the program works without.
        """
        handover = cls(profile, received)
        with suppress(OSError):
            server = await asyncio.start_server(handover._serve, _HOST, 0, limit=_LONGEST)
            handover._server = server
            await asyncio.to_thread(handover._announce, int(server.sockets[0].getsockname()[1]))
        return handover

    def _announce(self, port: int) -> None:
        private_file.write(self._note, json.dumps({"port": port, "token": self._token, "pid": os.getpid()}))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                paths = self._read(await reader.readline())
                writer.write(json.dumps({"taken": paths is not None}).encode() + b"\n")
                await writer.drain()
            if paths is not None:
                self._received(paths)
        except (OSError, TimeoutError, ValueError):
            return  # the other side left or sent nonsense
        finally:
            writer.close()

    def _read(self, line: bytes) -> list[Path] | None:
        """Return the pictures in a request; None if it lacks the token."""
        data: Any = json.loads(line)
        if not isinstance(data, dict) or not hmac.compare_digest(
            str(data.get("token", "")).encode("utf-8", "replace"), self._token.encode()
        ):
            return None
        return [Path(str(path)) for path in data.get("paths", [])]

    async def close(self) -> None:
        """Stop listening and remove the note."""
        if self._server is None:
            return
        self._server.close()
        with suppress(OSError):
            await asyncio.to_thread(self._note.unlink, missing_ok=True)


def hand_over(profile: Path, paths: Sequence[Path]) -> bool:
    """Pass pictures to the window that runs on the profile; return False if there is none. Blocks for milliseconds."""
    try:
        note = read_json(Paths(profile).window_note, 4096)
        address = (_HOST, int(note["port"]))
        # JSON keeps surrogate escapes, so any file name arrives unchanged.
        absolute = [os.path.abspath(path) for path in paths]  # noqa: PTH100
        request = json.dumps({"token": str(note["token"]), "paths": absolute})
        with socket.create_connection(address, timeout=_TIMEOUT_S) as connection:
            connection.sendall(request.encode() + b"\n")
            answer = json.loads(connection.makefile("rb").readline(1024))
        return isinstance(answer, dict) and answer.get("taken") is True
    except (OSError, ValueError, KeyError, TypeError):
        return False
