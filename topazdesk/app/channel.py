"""The one line between programs on a profile: from a second one to the one that works on the jobs.

It is a connection on the loopback, one JSON object a line. Where it listens, and a secret, stand in a note in the
profile that only its user can read; each side proves to the other that it has read it, and the secret itself is never
sent: a port of a program that was killed may belong to a stranger by now. A socket file would need a drive that can
have one and a path that is short enough; a profile may be on any drive, and Windows has none that asyncio can use.

No Qt here, and nothing heavy: a window asks before anything is painted.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topazdesk.disk import private_file
from topazdesk.disk.reading import read_json
from topazdesk.domain.strict_json import parse_json

HOST = "127.0.0.1"
#: Changes whenever a message does: programs of two versions then say so instead of misunderstanding each other.
PROTOCOL = 3
#: Bytes of one message; 200,000 pictures fit into it.
LONGEST = 64 * 1024 * 1024
#: Seconds for what costs the other side nothing: greeting and proof.
SOON_S = 5.0
_LONGEST_NOTE = 4096
_NONCE = 16


@dataclass(frozen=True, slots=True)
class Note:
    """Where the program that works on the profile listens, and what proves that somebody has read this."""

    port: int
    secret: str
    pid: int
    program: str
    protocol: int = PROTOCOL

    def write(self, path: Path) -> None:
        """Write the note, readable by the user alone. Raises OSError."""
        data = {
            "port": self.port,
            "secret": self.secret,
            "pid": self.pid,
            "program": self.program,
            "protocol": self.protocol,
        }
        private_file.write(path, json.dumps(data))

    @classmethod
    def read(cls, path: Path) -> Note | None:
        """Return the note, or None if there is none that can be read; it may be that of a program that was killed."""
        try:
            data: Any = read_json(path, _LONGEST_NOTE)
            port, pid, protocol = int(data["port"]), int(data["pid"]), int(data["protocol"])
            secret, program = str(data["secret"]), str(data["program"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cls(port, secret, pid, program, protocol) if 0 < port < 65_536 and len(secret) >= _NONCE else None

    @classmethod
    def new(cls, port: int, program: str) -> Note:
        """Return a note of this process with a fresh secret."""
        return cls(port, secrets.token_hex(32), os.getpid(), program)

    def proof(self, side: str, nonce: str) -> str:
        """Return what only a reader of the note can say to `nonce`; `side` keeps one from echoing the other's."""
        return hmac.new(self.secret.encode(), f"{side}:{nonce}".encode(), "sha256").hexdigest()

    def is_proven(self, side: str, nonce: str, said: Any) -> bool:
        """Return whether the other side has read the note."""
        return isinstance(said, str) and hmac.compare_digest(
            self.proof(side, nonce).encode(), said.encode("utf-8", "replace")
        )

    def account(self, url: str, key: str) -> str:
        """Return a mark by which two programs see whether they mean the same account, without telling its key."""
        return self.proof("account", f"{url}\n{key}")


def new_nonce() -> str:
    """Return a fresh challenge."""
    return secrets.token_hex(_NONCE)


def encoded(message: Mapping[str, Any]) -> bytes:
    """Return a message as a line. JSON keeps surrogate escapes, so any file name arrives unchanged."""
    return json.dumps(message).encode() + b"\n"


def decoded(line: bytes) -> dict[str, Any]:
    """Return the message of a line. Raises ValueError for anything else, and EOFError for an empty or cut line."""
    if not line.endswith(b"\n"):
        raise EOFError("the other side has left")
    data = parse_json(line)
    if not isinstance(data, dict):
        raise ValueError("a message is no object")
    return data
