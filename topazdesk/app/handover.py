"""Ensures one window per profile: a second program passes its pictures to the first and exits.

The answer is needed before anything is painted, so this asks without an event loop. The first window's side is `owner`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from topazdesk.app.channel import HOST, PROTOCOL, SOON_S, Note, decoded, encoded, new_nonce
from topazdesk.app.paths import Paths

_LONGEST = 4096
_AT_ONCE = 65_536


def hand_over(profile: Path, paths: Sequence[Path]) -> bool:
    """Pass pictures to the window that runs on the profile; return False if there is none. Blocks for milliseconds.

    Without pictures it only asks to show the window.
    """
    note = Note.read(Paths(profile).owner_note)
    if note is None or note.program != "window":
        return False
    try:
        with socket.create_connection((HOST, note.port), timeout=SOON_S) as connection:
            lines = connection.makefile("rb")
            hello = decoded(lines.readline(_LONGEST))
            if hello.get("protocol") != PROTOCOL:
                return False
            nonce = new_nonce()
            connection.sendall(encoded({"proof": note.proof("guest", str(hello.get("nonce"))), "nonce": nonce}))
            if not note.is_proven("owner", nonce, decoded(lines.readline(_LONGEST)).get("proof")):
                return False
            absolute = [os.path.abspath(path) for path in paths]  # noqa: PTH100
            connection.sendall(encoded({"id": 1, "do": "show", "paths": absolute}))
            while (said := decoded(lines.readline(_AT_ONCE))).get("id") != 1:
                pass  # news of jobs
            return said.get("ok") is True
    except (OSError, ValueError, EOFError):
        return False
